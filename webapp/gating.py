"""The only place where a request or a socket event meets a gate, and where gates are kept live.

A person is admitted to a feature when the engine says so, or when the feature is draining and they
are still inside it. Whatever is not admitted answers as if it had never been written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flags.catalogue import CATALOGUE
from flags.context import context_of
from flags.gate import Decision, Gate
from flags.sources.base import Closing, Source, SourceUnavailable
from webapp.accounts.models import Person
from webapp.presence import Connection, Presence

log = logging.getLogger(__name__)


def _nobody(_person_id: str, _slug: str) -> bool:
    return False


def _nothing(_person_id: str, _slug: str) -> None:
    return None


def _no_one() -> Iterable[tuple[Person, str]]:
    return ()


@dataclass(frozen=True)
class Folder:
    """A feature's folder, as its `feature.py` describes it.

    `inside` tells whether a person is using the feature in a Space (and so may finish when it
    drains); `leaving` whether a cut that takes its time is still under way for them; `involved`
    names everybody whom its closing may concern, connected or not; `close` takes the feature away
    from one of them, `reopen` tells that they keep it after all. Both are called again and again
    and must do nothing the second time.
    """

    key: str
    name: str
    module: str
    styles: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    inside: Callable[[str, str], bool] = _nobody
    leaving: Callable[[str, str], bool] = _nobody
    involved: Callable[[], Iterable[tuple[Person, str]]] = _no_one
    close: Callable[[str, str], None] = _nothing
    reopen: Callable[[str, str], None] = _nothing


@dataclass(frozen=True)
class Wire:
    """How gating reaches a browser: `send(event, data, sid)`, and rooms to enter and leave."""

    send: Callable[[str, Any, str], None]
    enter: Callable[[str, str], None]
    leave: Callable[[str, str], None]


def space_room(slug: str, key: str) -> str:
    """The socket room of those in a Space whose gate for a feature is open."""
    return f"space:{slug}:{key}"


def lobby_room(key: str) -> str:
    """The socket room of everybody connected whose gate for a feature is open."""
    return f"open:{key}"


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
        self._source = source
        self._presence = presence
        self._clock = clock
        self._payload = payload
        self._closing: dict[str, Closing] = {}
        self._applying = False
        self._again = False
        self._unfinished = False
        # While everybody is brought in line: the only ones who can still be inside a closed
        # feature. To ask for each person would take longer than all the rest.
        self._concerned: set[tuple[str, str, str]] | None = None
        self.folders: dict[str, Folder] = {}
        self.wire: Wire | None = None

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
        self._note_closings()

    def decide(self, person: Person, key: str) -> Decision:
        """The engine's answer for a person, now."""
        return self._gate.decide(key, context_of(person, self._clock()))

    def is_open(self, person: Person, key: str) -> bool:
        """Whether a person may newly enter a feature."""
        return self.decide(person, key).enabled

    def admits(self, person: Person, key: str, slug: str | None = None) -> bool:
        """Whether a person may use a feature, also because it is draining and they are inside."""
        return self._answer(person, key, slug).enabled

    def gates(self, person: Person, slug: str | None = None) -> dict[str, str | None]:
        """The features that a person has, with their variants."""
        found = {}
        for key in self.folders:
            decision = self._answer(person, key, slug)
            if decision.enabled:
                found[key] = decision.variant
        return found

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

    def greet(self, connection: Connection) -> None:
        """Tells a new connection which features it has."""
        self._move(connection, self.gates(connection.person, connection.where))
        features = [self._described(key, connection) for key in connection.gates]
        self._send("features", {"revision": self._gate.revision, "features": features}, connection)

    def refresh(self) -> None:
        """Follows the source: cheap when nothing has changed, else re-evaluates everybody.

        A source that cannot be reached changes nothing: decisions stand as they were.
        """
        if self._gate.refresh():
            self._note_closings()
            self.apply()
        elif self._unfinished:
            self.apply()

    def apply(self) -> None:
        """Brings everybody in line with their gates: first those who must stop, then the pages."""
        self._again = True
        if self._applying:
            return
        self._applying = True
        try:
            while self._again:
                self._again = False
                self._concerned = self._close_where_closed()
                for connection in self._presence.everyone():
                    self.update(connection)
        finally:
            self._applying, self._concerned = False, None

    def update(self, connection: Connection) -> None:
        """Tells one browser what has changed for it, if anything has."""
        before, after = connection.gates, self.gates(connection.person, connection.where)
        self._move(connection, after)
        if before == after:
            return
        opened = [key for key in after if key not in before or before[key] != after[key]]
        closed = [key for key in before if key not in after or before[key] != after[key]]
        difference = {
            "revision": self._gate.revision,
            "opened": [self._described(key, connection) for key in opened],
            "closed": [
                {"key": key, "closing": self._mode(connection.person, key).value}
                for key in reversed(closed)
            ],
        }
        self._send("features.changed", difference, connection)

    def update_person(self, person_id: str) -> None:
        """The same for all connections of somebody who came out of a draining feature."""
        for connection in self._presence.of_person(person_id):
            self.update(connection)

    def _answer(self, person: Person, key: str, slug: str | None) -> Decision:
        decision = self.decide(person, key)
        if decision.enabled or slug is None or key not in self.folders:
            return decision
        if self._concerned is not None and (key, person.id, slug) not in self._concerned:
            return decision
        if self._drains(person, key, slug) or self.folders[key].leaving(person.id, slug):
            return Decision(True, self._held_variant(person, key), decision.revision)
        return decision

    def _drains(self, person: Person, key: str, slug: str) -> bool:
        draining = self._mode(person, key) is Closing.DRAIN
        return draining and self.folders[key].inside(person.id, slug)

    def _held_variant(self, person: Person, key: str) -> str | None:
        """Somebody who finishes keeps the variant that their browser has."""
        for connection in self._presence.of_person(person.id):
            if key in connection.gates:
                return connection.gates[key]
        return None

    def _mode(self, person: Person, key: str) -> Closing:
        """How a closed gate was closed: by the topmost feature in its line that is closed."""
        mode = self._closing.get(key, Closing.DRAIN)
        parent = CATALOGUE[key].parent
        while parent is not None:
            if not self.is_open(person, parent):
                mode = self._closing.get(parent, Closing.DRAIN)
            parent = CATALOGUE[parent].parent
        return mode

    def _close_where_closed(self) -> set[tuple[str, str, str]] | None:
        """What fails for one person holds up nobody else, and is tried again with the next look.

        Returns who was involved in what, where: key, person id, slug. None when that is not known.
        """
        self._unfinished = False
        concerned = set()
        for folder in self.folders.values():
            with self._trying_again(folder.key):
                for person, slug in folder.involved():
                    concerned.add((folder.key, person.id, slug))
                    with self._trying_again(folder.key):
                        self._settle(folder, person, slug)
        return None if self._unfinished else concerned

    def _settle(self, folder: Folder, person: Person, slug: str) -> None:
        if self.is_open(person, folder.key) or self._drains(person, folder.key, slug):
            folder.reopen(person.id, slug)
        elif not folder.leaving(person.id, slug):
            folder.close(person.id, slug)

    @contextmanager
    def _trying_again(self, key: str) -> Iterator[None]:
        try:
            yield
        except Exception:  # a closing must not depend on that of somebody else
            log.exception("closing %s is not finished", key)
            self._unfinished = True

    def _note_closings(self) -> None:
        try:
            self._closing = {state.key: state.closing for state in self._source.features()}
        except SourceUnavailable as error:
            log.warning("closings cannot be read: %s", error)

    def _move(self, connection: Connection, gates: Mapping[str, str | None]) -> None:
        """Keeps the connection in exactly the rooms of its open gates."""
        connection.gates = dict(gates)
        wanted = {lobby_room(key) for key in gates}
        if connection.slug is not None:
            wanted |= {space_room(connection.slug, key) for key in gates}
        if self.wire is None or wanted == connection.rooms:
            return
        for room in connection.rooms - wanted:
            self.wire.leave(connection.sid, room)
        for room in wanted - connection.rooms:
            self.wire.enter(connection.sid, room)
        connection.rooms = wanted

    def _described(self, key: str, connection: Connection) -> dict[str, Any]:
        folder = self.folders[key]
        return self._payload(folder, connection.gates[key], connection.language)

    def _send(self, event: str, data: dict[str, Any], connection: Connection) -> None:
        if self.wire is not None:
            self.wire.send(event, data, connection.sid)
