"""Definitions that an Unleash server has: edits go there, and what comes back is mirrored.

The mirror is the same store that the embedded source keeps its definitions in. So the history, the
last known good definitions on disk, and what is evaluated are one thing for both sources; and an
Unleash that is away, slow or talking nonsense changes nothing that is decided.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flags.catalogue import CATALOGUE, GatedFeature
from flags.sources.base import Change, FeatureState, SourceUnavailable, UnknownFeature
from flags.sources.document import in_cohort
from flags.sources.edits import Edit, check_name, closes
from flags.sources.embedded import (
    ATTEMPTS,
    DefinitionStore,
    EmbeddedSource,
    seed_state,
    utc_now,
)
from flags.sources.unleash_api import ENVIRONMENT, ClientFeatures, UnleashApi
from flags.sources.unleash_states import same_strategy, segment_name, state_from, wanted_strategies

log = logging.getLogger(__name__)

Json = dict[str, Any]

IN_UNLEASH = "in Unleash"
"""Who edited, where Unleash's audit log does not say."""


class UnleashSource(EmbeddedSource):
    """A Source (see `flags.sources.base`) over an Unleash server, mirrored in `store`.

    `sync` brings the mirror up to date; call it often, and when Unleash says that something
    changed. Reading never asks Unleash; editing raises SourceUnavailable when it does not answer.
    """

    def __init__(
        self,
        api: UnleashApi,
        store: DefinitionStore,
        clock: Callable[[], datetime] = utc_now,
        catalogue: Mapping[str, GatedFeature] = CATALOGUE,
    ) -> None:
        super().__init__(store, clock, catalogue)
        self._api = api
        self._etag = ""
        self._syncing = threading.Lock()
        self.synced_at: datetime | None = None
        """When Unleash was last heard, whether or not anything had changed."""

    def seed(self, by: str = "seed") -> int:
        """Makes in Unleash what it does not have of the catalogue. Returns how many features."""
        made = 0
        for feature in self._catalogue.values():
            made += self._make(feature)
        self._etag = ""
        self.sync()
        return made

    def sync(self) -> bool:
        """Mirrors what Unleash has. True when something had changed. Raises SourceUnavailable."""
        with self._syncing:
            answer = self._api.client_features(self._etag)
            self.synced_at = self._clock()
            if answer is None:
                return False
            changed = [key for key in self._catalogue if self._mirror(key, answer)]
            self._etag = answer.etag
            return bool(changed)

    # --- reading Unleash ------------------------------------------------------------------

    def _mirror(self, key: str, answer: ClientFeatures) -> bool:
        found = {feature["name"]: feature for feature in answer.document["features"]}.get(key)
        if found is None:
            return False
        for _ in range(ATTEMPTS):
            snapshot = self._store.load()
            before = snapshot.states.get(key)
            start = before or replace(seed_state(self._catalogue[key]), enabled=False)
            after = replace(state_from(found, start), upstream=answer.revision)
            # The client API lags: an answer from before the last edit would undo it.
            if before is not None and (after == before or answer.revision < before.upstream):
                return False
            by, stored = self._author(key, start.upstream), before.as_dict() if before else {}
            closing = after.closing if before and closes(before, after) else None
            change = self._change(snapshot, key, "unleash", by, stored, after.as_dict(), closing)
            if self._saved(change):
                return True
        raise SourceUnavailable(f"{key} could not be mirrored: others kept writing")

    def _author(self, key: str, since: int) -> str:
        """Who made the latest change of a feature, from Unleash's audit log."""
        try:
            events = self._api.events(key, 1)
        except SourceUnavailable:
            return IN_UNLEASH
        latest = events[0] if events else {}
        named = latest.get("createdBy") if latest.get("id", 0) > since else None
        return str(named)[:80] if named else IN_UNLEASH

    # --- writing to Unleash ---------------------------------------------------------------

    def _edit(
        self, key: str, action: str, by: str, expected: int | None, edit: Edit
    ) -> Change | None:
        check_name(by, "who edits")
        if key not in self._catalogue:
            raise UnknownFeature(key)
        for _ in range(ATTEMPTS):
            self.sync()
            snapshot = self._store.load()
            before = snapshot.states.get(key)
            if before is None:
                raise UnknownFeature(key)
            after = edit(before)
            if after == before:
                return None
            if expected is not None and expected != before.revision:
                raise self._conflict(before)
            self._write(before, after)
            upstream = self._latest_event(key)
            closing = after.closing if closes(before, after) else None
            after = replace(after, upstream=upstream)
            change = self._change(
                snapshot, key, action, by, before.as_dict(), after.as_dict(), closing
            )
            if saved := self._saved(change):
                return saved
        raise SourceUnavailable(f"{key} could not be changed: others kept writing")

    def _write(self, before: FeatureState, after: FeatureState) -> None:
        """Closing first, opening last: at no moment does anybody have more than they should."""
        if before.enabled and not after.enabled:
            self._api.switch(after.key, False)
        self._write_strategies(after)
        if after.enabled and not before.enabled:
            self._api.switch(after.key, True)

    def _write_strategies(self, state: FeatureState) -> None:
        if state.custom:
            return
        there = self._strategies(state.key)
        wanted = wanted_strategies(state, self._segments(state.cohorts))
        for strategy in wanted:
            same = _of_same_segments(strategy, there)
            if same is None:
                self._api.add_strategy(state.key, strategy)
            elif not same_strategy(same, strategy):
                self._api.put_strategy(state.key, same["id"], strategy)
        kept = [_of_same_segments(strategy, there) for strategy in wanted]
        # Last: a feature whose last strategy goes is turned off by Unleash.
        for strategy in there:
            if strategy not in kept:
                self._api.delete_strategy(state.key, strategy["id"])

    def _strategies(self, key: str) -> list[Json]:
        feature = self._api.feature(key)
        if feature is None:
            raise SourceUnavailable(f"Unleash has no feature {key}")
        for environment in feature["environments"]:
            if environment["name"] == ENVIRONMENT:
                return list(environment["strategies"])
        raise SourceUnavailable(f"Unleash has no environment {ENVIRONMENT}")

    def _segments(self, cohorts: tuple[str, ...]) -> dict[str, int]:
        there = self._api.segments()
        numbers = {}
        for cohort in cohorts:
            name = segment_name(cohort)
            number = there.get(name)
            numbers[cohort] = (
                self._api.create_segment(name, [in_cohort(cohort)]) if number is None else number
            )
        return numbers

    def _latest_event(self, key: str) -> int:
        events = self._api.events(key, 1)
        return int(events[0]["id"]) if events else 0

    def _make(self, feature: GatedFeature) -> bool:
        if self._api.feature(feature.key) is not None:
            return False
        state = seed_state(feature)
        self._api.create_feature(feature.key, feature.purpose)
        if feature.parent is not None:
            self._api.depend(feature.key, feature.parent)
        self._write_strategies(state)
        if state.enabled:
            self._api.switch(feature.key, True)
        return True


def _of_same_segments(strategy: Json, there: list[Json]) -> Json | None:
    """The strategy of the same cohort that Unleash has already."""
    for other in there:
        if other["name"] == strategy["name"] and sorted(other["segments"]) == strategy["segments"]:
            return other
    return None
