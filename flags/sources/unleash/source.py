"""Definitions that an Unleash server has: edits go there, and what comes back is mirrored.

The mirror is the same store that the embedded source keeps its definitions in. So the history, the
last known good definitions on disk, and what is evaluated are one thing for both sources; and an
Unleash that is away, slow or talking nonsense changes nothing that is decided.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum

from flags.catalogue import CATALOGUE, GatedFeature
from flags.sources.embedded import (
    ATTEMPTS,
    DefinitionStore,
    EmbeddedSource,
    Snapshot,
    seed_state,
    utc_now,
)
from flags.sources.interface import (
    Actor,
    Change,
    Closing,
    FeatureState,
    SourceUnavailable,
    UnknownFeature,
    actor_id,
)
from flags.sources.state_transitions import Edit, check_name, closed, closes
from flags.sources.unleash.admin_api import ClientFeatures, Event, UnleashApi
from flags.sources.unleash.http_client import understood
from flags.sources.unleash.state_mapping import gone, state_from
from flags.sources.unleash.strategy_writer import SETTING_UP, Writer

IN_UNLEASH = "in Unleash"
"""Who edited, where Unleash's audit log does not say."""

LAG = timedelta(seconds=10)
"""For so long an answer may be older than an edit of ours: the client API lags by up to a second,
more when several Unleash servers share a database. After it, its numbers have begun anew."""

GRACE_SECONDS = 2.0
"""An edit through a token is probably one that another process of ours is writing into the history
just now, with the name of who made it: so long it is left to that one."""

TURN_SECONDS = 10.0
"""How long an edit waits for another one, or for an answer to a look, in this process."""


NEVER = datetime.min.replace(tzinfo=UTC)


class Seen(Enum):
    """What a look at one feature brought."""

    SAME = "same"
    NEW = "new"
    LATER = "later"  # it is to be looked at again


@dataclass(frozen=True)
class Contact:
    """How it stands between us and Unleash. `heard_at` is when it last made sense, whether or not
    anything had changed; `problem` is empty while it does."""

    heard_at: datetime | None = None
    problem: str = "not asked yet"


class UnleashSource(EmbeddedSource):
    """A Source (see `flags.sources.interface`) over an Unleash server, mirrored in `store`.

    `sync` brings the mirror up to date; call it often, and when Unleash says that something
    changed. Reading never asks Unleash; editing raises SourceUnavailable when it does not answer.
    Turning off alone does not: it takes hold in the mirror at once, and there it holds whatever
    Unleash says, until Unleash has it off too.
    """

    def __init__(
        self,
        api: UnleashApi,
        store: DefinitionStore,
        clock: Callable[[], datetime] = utc_now,
        catalogue: Mapping[str, GatedFeature] = CATALOGUE,
    ) -> None:
        super().__init__(store, clock, catalogue)
        self.api = api
        self.contact = Contact()
        self._writer = Writer(api, clock)
        self._etag = ""
        self._turn = threading.Lock()
        self._seeded = False
        self._unfinished: dict[str, tuple[str, datetime]] = {}
        self._by_token: dict[str, tuple[int, float]] = {}

    def seed(self, by: str = "seed") -> int:
        """Makes in Unleash what it does not have, as it is in the mirror (an installation that has
        used the embedded source loses nothing), else as the catalogue says. What Unleash has is
        left alone. Returns how many features were made; repeatable."""
        with self._asking():
            known = self._store.load().states
            states = [known.get(key) or seed_state(gated) for key, gated in self._catalogue.items()]
            made = sum(self._make(state, by, "seed") is not None for state in states)
            for state in states:
                self._take_fresh(state.key)
            self._seeded = True
            return made

    def read_now(self) -> None:
        """Mirrors what Unleash's editors see now, without making anything. For commands, which do
        not follow."""
        with self._asking():
            for key in self._catalogue:
                self._take_fresh(key)

    def turn_off(
        self, key: str, closing: Closing, by: str, expected: int | None = None
    ) -> Change | None:
        if expected is None and (stopped := self.stop(key, closing, by)):
            with suppress(SourceUnavailable), self._asking():
                self._tell(key)
            return stopped
        # Off here already, or never mirrored: Unleash may have it on.
        return super().turn_off(key, closing, by, expected)

    def stop(self, key: str, closing: Closing, by: str) -> Change | None:
        def stopped(state: FeatureState) -> FeatureState:
            after = closed(state, closing)
            return replace(after, untold=True) if state.enabled else after

        try:
            return super()._edit(key, "off", by, None, stopped)
        except UnknownFeature:
            if key not in self._catalogue:
                raise
            return None

    def sync(self) -> bool:
        """Mirrors what Unleash has. True when something had changed. Raises SourceUnavailable.

        Seeds first if that was never done. Where the admin token is not good for it, what the
        backend token reads still counts.
        """
        problem = self._seed_if_never_done()
        for key in self._untold():
            with self._asking():
                self._tell(key)
        changed = self._look()
        if problem is not None:
            self.contact = replace(self.contact, problem=str(problem))
        return changed

    def _seed_if_never_done(self) -> SourceUnavailable | None:
        try:
            if not self._seeded:
                self.seed()
        except SourceUnavailable as error:
            return error
        return None

    def _look(self) -> bool:
        with self._asking():
            answer = self.api.client_features("" if self._untold() else self._etag)
            if answer is None:
                return False
            if self._catalogue.keys().isdisjoint(answer.features):
                if self._lags(answer):
                    return False
                raise SourceUnavailable(
                    "Unleash has none of our features: its token is for another project"
                )
            seen = [self._mirror(key, answer) for key in self._catalogue]
            if Seen.LATER not in seen:
                self._etag = answer.etag
            return Seen.NEW in seen

    def _edit(
        self, key: str, action: str, by: str, expected: int | None, edit: Edit
    ) -> Change | None:
        check_name(by, "who edits")
        if key not in self._catalogue:
            raise UnknownFeature(key)
        with self._asking():
            before = self._tell(key)
            if before is None:
                raise UnknownFeature(key)
            after = edit(before)
            if after == before:
                return None
            if expected is not None and expected != before.revision:
                raise self._conflict(before)
            after = replace(after, untold=before.untold and not after.enabled)
            self._unfinished[key] = (by, self._clock())
            if self._writer.write(before, after):
                after = replace(after, upstream=self._latest_event(key))
            change = self._kept(key, action, by, before, after)
            del self._unfinished[key]
            return change

    def _seed(self, state: FeatureState, by: str, action: str = "seed") -> Change | None:
        with self._asking():
            return self._make(state, by, action)

    # --- one at a time ----------------------------------------------------------------------

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """One at a time in this process; notes whether Unleash made sense."""
        if not self._turn.acquire(timeout=TURN_SECONDS):
            raise SourceUnavailable("Unleash keeps an earlier question waiting")
        try:
            yield
            self.contact = Contact(self._clock(), "")
        except SourceUnavailable as error:
            self.contact = Contact(self.contact.heard_at, str(error))
            raise
        finally:
            self._turn.release()

    # --- reading Unleash ----------------------------------------------------------------------

    def _take_fresh(self, key: str) -> FeatureState | None:
        """A feature as Unleash's editors see it now, mirrored; None when nothing is known of it."""
        found = self._writer.read(key)
        answer = ClientFeatures({} if found is None else {key: found}, self._latest_event(key))
        self._mirror(key, answer, patient=False)
        return self._store.load().states.get(key)

    def _untold(self) -> list[str]:
        return [key for key, state in self._store.load().states.items() if state.untold]

    def _tell(self, key: str) -> FeatureState | None:
        """The same; but first what was stopped here is turned off there."""
        state = self._take_fresh(key)
        if state is None or not state.untold:
            return state
        there = self._writer.read(key)
        if there is not None and there["enabled"]:
            self.api.switch(key, False)
        self._store.annotate(replace(state, upstream=self._latest_event(key)))
        return self._store.load().states.get(key)

    def _is_told(self, answer: ClientFeatures, state: FeatureState) -> bool:
        """Do SDKs have it off too? Unleash's client API lags behind its editors'."""
        found = answer.features.get(state.key)
        off = found is None or not found["enabled"]
        return state.untold and off and answer.revision >= state.upstream

    def _mirror(self, key: str, answer: ClientFeatures, patient: bool = True) -> Seen:
        """`patient`: what may be ours, or old, is left for later."""
        for _ in range(ATTEMPTS):
            snapshot = self._store.load()
            before = snapshot.states.get(key)
            if before and patient and self._is_told(answer, before):
                before = replace(before, untold=False)
                self._store.annotate(before)
            after = self._read(key, answer, before)
            if after is None or after == before:
                return Seen.SAME
            since = before.upstream if before else 0
            if patient and before and self._is_old(answer, before):
                return Seen.LATER
            event = self._event(key, since, answer.revision)
            if patient and event and self._is_under_way(key, event):
                return Seen.LATER
            by, at = self._author(key, event)
            after = replace(after, upstream=answer.revision)
            action = "unleash" if before else "seed"
            if self._kept_at(snapshot, key, action, by, before, after, at):
                return Seen.NEW
        raise SourceUnavailable(f"{key} could not be mirrored: others kept writing")

    def _read(
        self, key: str, answer: ClientFeatures, before: FeatureState | None
    ) -> FeatureState | None:
        found = answer.features.get(key)
        if found is not None and found.get("description") == SETTING_UP:
            return None
        if found is None:
            return gone(before) if before else None
        start = before or replace(seed_state(self._catalogue[key]), enabled=False)
        with understood("a feature"):
            after = state_from(found, start)
        # What was stopped here stays so, whatever Unleash says, until it has heard of it.
        return replace(after, enabled=False, closing=start.closing) if start.untold else after

    def _lags(self, answer: ClientFeatures) -> bool:
        known = self._store.load().states.values()
        return any(self._is_old(answer, state) for state in known)

    def _is_old(self, answer: ClientFeatures, state: FeatureState) -> bool:
        """From before the edit that made `state`?"""
        if answer.revision >= state.upstream:
            return False
        latest = self._store.changes(state.key, 1)
        return bool(latest) and self._clock() - latest[0].at < LAG

    def _event(self, key: str, since: int, until: int) -> Event | None:
        """What happened last to a feature after one event, up to another if anything did: a
        document may be newer than its number."""
        try:
            events = [*self.api.events(key), *self.api.segment_events()]
        except SourceUnavailable:
            return None
        newer = [event for event in events if event.id > since]
        return next((event for event in newer if event.id <= until), newer[-1] if newer else None)

    def _is_under_way(self, key: str, event: Event) -> bool:
        if not event.by_token or key in self._unfinished:
            return False
        number, first_seen = self._by_token.get(key, (0, 0.0))
        if number != event.id:
            first_seen = time.monotonic()
            self._by_token[key] = (event.id, first_seen)
        return time.monotonic() - first_seen < GRACE_SECONDS

    def _author(self, key: str, event: Event | None) -> tuple[str, datetime]:
        if event is None or not event.by:
            return IN_UNLEASH, self._clock()
        by, tried_at = self._unfinished.pop(key, (event.by, NEVER))
        if not event.by_token or abs(event.at - tried_at) > LAG:
            by = event.by
        # Its clock may be ahead of ours: nothing has happened in the future.
        return Actor(by[:80], actor_id(by)), min(event.at, self._clock())

    def _latest_event(self, key: str) -> int:
        events = self.api.events(key)
        return events[0].id if events else 0

    # --- writing --------------------------------------------------------------------------------

    def _make(self, state: FeatureState, by: str, action: str) -> Change | None:
        if not self._writer.make(self._catalogue[state.key], state):
            return None
        after = replace(state, upstream=self._latest_event(state.key))
        return self._kept(state.key, action, by, None, after)

    def _kept(
        self, key: str, action: str, by: str, before: FeatureState | None, after: FeatureState
    ) -> Change:
        """Writes into the history what Unleash has taken."""
        for _ in range(ATTEMPTS):
            snapshot, now = self._store.load(), self._clock()
            if change := self._kept_at(snapshot, key, action, by, before, after, now):
                return change
        raise SourceUnavailable(f"{key} is changed in Unleash; the history could not be written")

    def _kept_at(
        self,
        snapshot: Snapshot,
        key: str,
        action: str,
        by: str,
        before: FeatureState | None,
        after: FeatureState,
        at: datetime,
    ) -> Change | None:
        """None when somebody else has written since `snapshot`."""
        stored = before.as_dict() if before else {}
        closing = after.closing if before and closes(before, after) else None
        change = self._change(snapshot, key, action, by, stored, after.as_dict(), closing)
        return self._saved(replace(change, at=at))
