"""The only place where a request or a socket event meets a gate, and where gates are kept live.

A person is admitted to a feature when the engine says so, or when the feature is draining and they
are still inside it. Whatever is not admitted answers as if it had never been written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flags.catalogue import CATALOGUE
from flags.context import context_of, seen_as
from flags.forced_flags import overridden
from flags.gate import Decision, Gate, packed
from flags.sources.interface import Closing, Source
from webapp.accounts.models import Person
from webapp.gating.closings import Closings
from webapp.gating.model import Asked, Difference, Folder, Wire, below, rooms_of
from webapp.http.preview_prefix import base_of
from webapp.infra.cooperative import Breath, pressing
from webapp.infra.failure_log import FailureLog
from webapp.realtime.presence import Connection, Presence

log = logging.getLogger(__name__)

Involved = set[tuple[str, str, str]]
"""Who was involved in what, where: key, person id, slug."""


def _unheard(_person: Person, _answers: Mapping[str, Decision], _slug: str | None) -> None:
    return None


class Gating:
    """Decisions for people, and their re-evaluation whenever definitions or people change.

    `payload(folder, variant, language)` is what a browser needs to load a feature.
    """

    def __init__(
        self,
        gate: Gate,
        source: Source,
        presence: Presence,
        clock: Callable[[], datetime],
        payload: Callable[[Folder, str | None, str], dict[str, Any]],
    ) -> None:
        self._gate = gate
        self._presence = presence
        self._clock = clock
        self._payload = payload
        self._closings = Closings(source)
        self._applying = False
        self._again = False
        self._unfinished = False
        self._failures = FailureLog(log)
        self._behind: list[Connection] = []
        self._stirred: set[str] = set()
        self._asked: dict[tuple[str, str | None], Asked] = {}
        self._asked_before: dict[tuple[str, str | None], Asked] = {}
        self.folders: dict[str, Folder] = {}
        self.wire: Wire | None = None
        self.people_first: Callable[[], None] = lambda: None
        """Brings connected people up to date, before new definitions are applied to them."""
        self.met: Callable[[Person, Mapping[str, Decision], str | None], None] = _unheard
        """Told whenever a browser is given its gates' answers, and in which Space, if it is in
        one."""
        self.may_be_inside: Callable[[str, str], bool] = lambda _slug, _person_id: True
        """Whether a person (slug, person id) was ever in that live Space, from memory. The database
        is asked about nobody else: the time of a refusal must not tell that a feature exists."""

    @property
    def gate(self) -> Gate:
        return self._gate

    def add(self, folder: Folder) -> None:
        """Takes a feature's folder in. Order: parents first, as in the catalogue."""
        if folder.key not in CATALOGUE:
            raise ValueError(f"{folder.key} is not in the catalogue")
        self.folders[folder.key] = folder

    def start(self) -> None:
        """Starts the engine; to be called in the process that serves, after any fork."""
        self._gate.start()
        self._closings.read()

    def decide(self, person: Person, key: str, asked: Asked | None = None) -> Decision:
        """The answer for a person, now: the engine's, unless a preview forces another one. `asked`
        is what `asking` made of the person, for several questions at once."""
        asked = asked or self.asking(person)
        decision = asked.answers.get(key)
        if decision is None:
            decision = asked.answers[key] = self._decided(key, asked)
        return decision

    def _decided(self, key: str, asked: Asked) -> Decision:
        if asked.forced is None:
            return self._gate.decide(key, asked.context)
        # Weighed, not decided: what QA looks at counts nowhere.
        return overridden(self._gate.weigh(key, asked.context), key, asked.forced)

    def asking(self, person: Person, slug: str | None = None) -> Asked:
        """What the engine is told of a person, in a Space if they are in one: the variants of some
        features go by Space. It is for now: whoever asks again later makes it anew."""
        context = context_of(person, self._clock(), slug)
        if not person.preview:
            return Asked(packed(context), self._gate.footing)
        seen = seen_as(context, person.gates_as) if person.gates_as else context
        return Asked(packed(seen), self._gate.footing, person.overrides)

    def is_open(self, person: Person, key: str, asked: Asked | None = None) -> bool:
        """Whether a person may newly enter a feature."""
        return self.decide(person, key, asked).enabled

    def admits(self, person: Person, key: str, slug: str | None = None) -> bool:
        """Whether a person may use a feature, also because it is draining and they are inside."""
        return self._answer(person, key, slug).enabled

    def gates(
        self, person: Person, slug: str | None = None, concerned: Involved | None = None
    ) -> dict[str, str | None]:
        """The features that a person has, with their variants. `concerned`: the only ones who can
        still be inside a closed feature, where that is known."""
        return _open(self._answers(person, slug, None, concerned))

    def folder_names(self, person: Person) -> set[str]:
        """The folders whose files a person may load: of open features, and of those that a
        browser of theirs still has because they finish."""
        keys = set(self.gates(person))
        for connection in self._presence.of_person(person.id):
            keys.update(connection.gates)
        names: set[str] = set()
        for key in keys:
            names.update((self.folders[key].name, *self.folders[key].shares))
        return names

    def evaluate(self, connection: Connection) -> None:
        """Works out which features a new connection has, once. `greet` also tells its browser."""
        if not connection.evaluated:
            self._move(connection, self.gates(connection.person, connection.where))

    def greet(self, connection: Connection) -> None:
        """Tells a new connection which features it has."""
        answers = self._answers(connection.person, connection.where)
        self._move(connection, _open(answers))
        self._note_met(connection, answers)
        person = connection.person if connection.person.preview else None
        features = [
            self._described(key, variant, connection.language, person)
            for key, variant in connection.gates.items()
        ]
        self._send("features", {"features": features}, connection.sid)

    def refresh(self) -> None:
        """Follows the source: cheap when nothing has changed, else re-evaluates everybody.

        A source that cannot be reached changes nothing: decisions stand as they were.
        """
        if self._gate.refresh():
            self._closings.read()
            self.people_first()
            self.apply()
        elif self._unfinished:
            self.apply()

    def apply(self) -> None:
        """Brings everybody in line with their gates: first those who must stop, then the pages.

        In slices, between which others get their turn. Whatever changes meanwhile is taken up at
        once: those who must stop by it come first again, and then who has waited longest.
        """
        self._again = True
        self._asked.clear()
        if self._applying:
            return
        self._applying = True
        try:
            with pressing():
                while self._again:
                    self._again = False
                    self._bring_in_line(Breath(stands_by=False))
        finally:
            self._applying = False

    def update(self, connection: Connection) -> None:
        """Tells one browser what has changed for it, if anything has."""
        if difference := self._moved(connection, None):
            self._tell(difference, [connection.sid])

    def update_person(self, person_id: str) -> None:
        """The same for all connections of somebody who came out of a draining feature."""
        self._stirred.add(person_id)
        for connection in self._presence.of_person(person_id):
            self.update(connection)

    def _bring_in_line(self, breath: Breath) -> None:
        self._stirred.clear()
        concerned = self._close_where_closed(breath)
        waiting = {connection.sid: connection for connection in self._behind}
        waiting |= {connection.sid: connection for connection in self._presence.everyone()}
        self._behind = list(waiting.values())[::-1]
        while self._behind and not self._again:
            self._go_through_some(concerned, breath)
            breath.take()
        self._behind.reverse()
        if not self._again:
            self._asked_before, self._asked = self._asked, {}

    def _asking_once(self, person: Person, slug: str | None) -> Asked:
        """The same for all questions about somebody while everybody is brought in line: each is
        asked once, and not at all where the answer of the last time still holds. Anew when the
        definitions have changed in between."""
        if not self._applying:
            return self.asking(person, slug)
        place = (person.id, slug)
        asked = self._asked.get(place)
        if asked is None or asked.footing is not self._gate.footing:
            asked = self._asked[place] = self.asking(person, slug)
            if before := self._asked_before.get(place):
                for key, said in before.still_said(asked, tuple(self.folders)):
                    asked.answers[key] = self._gate.again(key, said)
        return asked

    def _go_through_some(self, concerned: Involved | None, breath: Breath) -> None:
        """As many pages as one slice has time for, one at least. Who is told the same is told it at
        once."""
        same: dict[Difference, list[str]] = {}
        while self._behind:
            connection = self._behind.pop()
            difference = self._moved_safely(connection, concerned)
            if difference is not None:
                same.setdefault(difference, []).append(connection.sid)
            if breath.is_due():
                break
        for difference, sids in same.items():
            self._tell_safely(difference, sids)

    def _moved_safely(
        self, connection: Connection, concerned: Involved | None
    ) -> Difference | None:
        """The same for one of many: when it fails, those behind it are not held up."""
        with self._trying_again("a connection is not in line with its gates"):
            if self._presence.is_connected(connection):  # else it went away meanwhile
                return self._moved(connection, concerned)
        return None

    def _moved(self, connection: Connection, concerned: Involved | None) -> Difference | None:
        """Puts a connection where its gates are now; None when they are what they were."""
        person, before = connection.person, connection.gates
        asked = self._asking_once(person, connection.where)
        answers = self._answers(person, connection.where, asked, concerned)
        after = _open(answers)
        self._move(connection, after)
        if before != after or connection.slug != connection.met_in:
            self._note_met(connection, answers)
        if before == after:
            return None
        opened = [key for key in after if key not in before or before[key] != after[key]]
        closed = [key for key in before if key not in after or before[key] != after[key]]
        return Difference(
            tuple((key, after[key]) for key in opened),
            tuple((key, self._mode(person, key, asked)) for key in reversed(closed)),
            connection.language,
            person if person.preview else None,
        )

    def _tell_safely(self, difference: Difference, sids: list[str]) -> None:
        """All at once; when that fails, one by one."""
        try:
            self._tell(difference, sids)
        except Exception:  # noqa: BLE001 - noted below, for each of them
            for sid in sids:
                with self._trying_again("a connection could not be told of its gates"):
                    self._tell(difference, [sid])

    def _tell(self, difference: Difference, sids: list[str]) -> None:
        opened = [
            self._described(key, variant, difference.language, difference.preview)
            for key, variant in difference.opened
        ]
        closed = [{"key": key, "closing": mode.value} for key, mode in difference.closed]
        # No revision: it would tell how often others' features change.
        self._send("features.changed", {"opened": opened, "closed": closed}, *sids)

    def _note_met(self, connection: Connection, answers: Mapping[str, Decision]) -> None:
        connection.met_in = connection.slug
        self.met(connection.person, answers, connection.slug)

    def _answers(
        self,
        person: Person,
        slug: str | None,
        asked: Asked | None = None,
        concerned: Involved | None = None,
    ) -> dict[str, Decision]:
        asked = asked or self.asking(person, slug)
        return {key: self._answer(person, key, slug, asked, concerned) for key in self.folders}

    def _answer(
        self,
        person: Person,
        key: str,
        slug: str | None,
        asked: Asked | None = None,
        concerned: Involved | None = None,
    ) -> Decision:
        asked = asked or self.asking(person, slug)
        decision = self.decide(person, key, asked)
        if decision.enabled or slug is None or key not in self.folders:
            return decision
        if not self.may_be_inside(slug, person.id):
            return decision
        # To ask for each person would take longer than all the rest.
        known = concerned is not None and person.id not in self._stirred
        if concerned is not None and known and (key, person.id, slug) not in concerned:
            return decision
        if self._drains(person, key, slug, asked) or self.folders[key].leaving(person.id, slug):
            return Decision(True, self._held_variant(person, key, slug), decision.revision)
        return decision

    def _drains(self, person: Person, key: str, slug: str, asked: Asked) -> bool:
        draining = self._mode(person, key, asked) is Closing.DRAIN
        return draining and self.folders[key].inside(person.id, slug)

    def _held_variant(self, person: Person, key: str, slug: str) -> str | None:
        """Somebody who finishes keeps the variant that their browser has, in that Space first."""
        having = [one for one in self._presence.of_person(person.id) if key in one.gates]
        there = [one for one in having if one.where == slug]
        return next((one.gates[key] for one in there or having), None)

    def _mode(self, person: Person, key: str, asked: Asked) -> Closing:
        """How a closed gate was closed: by the topmost feature in its line that is closed."""
        return self._closings.mode(key, lambda parent: self.is_open(person, parent, asked))

    def _close_where_closed(self, breath: Breath) -> Involved | None:
        """What fails for one person holds up nobody else, and is tried again with the next look.

        Returns who was involved. None when that is not known.
        """
        self._unfinished = False
        concerned = set()
        for folder in self._closings.most_urgent_first(self.folders.values()):
            with self._trying_again(f"closing {folder.key} is not finished"):
                for person, slug in folder.involved():
                    concerned.add((folder.key, person.id, slug))
                    with self._trying_again(f"closing {folder.key} is not finished"):
                        self._settle(folder, person, slug)
                    breath.take_if_due()
                    if self._again:
                        return None
            breath.take()
        return None if self._unfinished else concerned

    def _settle(self, folder: Folder, person: Person, slug: str) -> None:
        asked = self._asking_once(person, slug)
        if self.is_open(person, folder.key, asked) or self._drains(person, folder.key, slug, asked):
            folder.reopen(person.id, slug)
        elif not folder.leaving(person.id, slug):
            folder.close(person.id, slug)

    @contextmanager
    def _trying_again(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - nobody's gates must depend on those of somebody else
            self._failures.note(what, error)
            self._unfinished = True

    def _move(self, connection: Connection, gates: Mapping[str, str | None]) -> None:
        """Keeps the connection in exactly the rooms of its open gates."""
        if connection.told_revision is None or connection.gates != gates:
            connection.told_revision = self._gate.revision
        wanted = rooms_of(connection.slug, tuple(gates))
        # A socket that has ended has no rooms any more.
        if self.wire is not None and self._presence.is_connected(connection):
            self.wire.move(connection, wanted)
        connection.gates = dict(gates)
        connection.evaluated = True

    def _described(
        self, key: str, variant: str | None, language: str, preview: Person | None
    ) -> dict[str, Any]:
        described = self._payload(self.folders[key], variant, language)
        if preview is None:
            return described
        return below(base_of(preview.id), described) | {"forced": key in preview.overrides}

    def _send(self, event: str, data: dict[str, Any], *sids: str) -> None:
        if self.wire is not None:
            self.wire.send(event, data, list(sids))


def _open(answers: Mapping[str, Decision]) -> dict[str, str | None]:
    return {key: decision.variant for key, decision in answers.items() if decision.enabled}
