"""What a serving process does by itself: follow definitions and people, end what is due."""

from __future__ import annotations

from collections.abc import Callable

from flask_socketio import SocketIO

from webapp.accounts.events import LoginEnded, PeopleChanged, PersonChanged
from webapp.accounts.models import Person
from webapp.app.services import Core
from webapp.app.socketio_server import drop_login
from webapp.console.schedules import Schedules
from webapp.http.rejection_counters import REPORT_SECONDS as REFUSALS_SECONDS
from webapp.infra.cooperative import Breath
from webapp.infra.gc_tuning import LOOK_SECONDS as GARBAGE_SECONDS
from webapp.infra.gc_tuning import Garbage
from webapp.qa.explain.service import Explain
from webapp.realtime.presence import Connection
from webapp.spaces import events as happened

DEFINITIONS_SECONDS = 0.1
"""Between looks for changes that another process has made (the command line)."""

PEOPLE_SECONDS = 1.0
COUNTDOWN_SECONDS = 0.5
LEADING_SECONDS = 1.0
SCHEDULES_SECONDS = 1.0
SWEEP_SECONDS = 2.0
PREVIEWS_SECONDS = 2.0
ROOM_SECONDS = 1.0
DECISIONS_SECONDS = 5.0
EXPOSURES_SECONDS = 5.0
OUTCOMES_SECONDS = 60.0
HEARING_SECONDS = 2.0
MEASURED_SECONDS = 10.0
RETENTION_SECONDS = 3600.0
DAY_SECONDS = 24 * 3600.0

Found = tuple[Connection, Person | None]
"""None for whoever is gone, or signed out."""

AT_ONCE = 250
"""Connected people, read in one go: about four milliseconds."""


def start(core: Core, socketio: SocketIO) -> None:
    """Begins all of it; `core.runtime.stop` ends it."""
    people = _People(core, socketio)
    _follow_spaces(core)
    core.events.subscribe(PersonChanged, people.changed)
    core.events.subscribe(PeopleChanged, lambda _event: people.catch_up())
    core.events.subscribe(
        LoginEnded, lambda event: drop_login(core, socketio, event.login_id, event.person_id)
    )
    # What closed while nobody served has not been carried out yet.
    core.runtime.spawn(core.gating.apply)
    core.db.checkpoint_by(core.runtime.beside)
    core.gating.people_first = people.read_if_moved
    core.runtime.every(DEFINITIONS_SECONDS, core.gating.refresh)
    if core.upstream is not None:
        core.upstream.start(core.runtime)
    core.runtime.every(PEOPLE_SECONDS, people.look)
    core.runtime.every(COUNTDOWN_SECONDS, core.spaces.end_due)
    core.runtime.every(LEADING_SECONDS, core.succession.look)
    core.runtime.every(SCHEDULES_SECONDS, Schedules(core).carry_out)
    core.runtime.every(SWEEP_SECONDS, core.sound.sweep)
    core.runtime.every(PREVIEWS_SECONDS, core.previews.sweep)
    core.runtime.every(ROOM_SECONDS, core.hls.look)
    core.runtime.every(DECISIONS_SECONDS, core.decisions.note)
    core.runtime.every(EXPOSURES_SECONDS, core.figures.write_exposures)
    core.runtime.every(OUTCOMES_SECONDS, core.figures.write_outcomes)
    core.runtime.every(REFUSALS_SECONDS, core.refusals.report)
    core.runtime.every(GARBAGE_SECONDS, Garbage(core.presence.connected).look)
    core.quality.follow()
    core.runtime.every(HEARING_SECONDS, core.quality.look)
    core.runtime.every(MEASURED_SECONDS, core.quality.store)
    core.runtime.every(DAY_SECONDS, core.quality.sweep)
    core.runtime.every(RETENTION_SECONDS, core.privacy.forget)
    core.runtime.every(DAY_SECONDS, Explain(core).sweep)


def _follow_spaces(core: Core) -> None:
    """Whoever comes out of a feature that is draining has it no longer."""
    update = core.gating.update_person
    core.events.subscribe(happened.StandingChanged, lambda event: update(event.person_id))
    core.events.subscribe(happened.Left, lambda event: _out(core, event.slug, event.person_id))
    core.events.subscribe(happened.Ended, lambda event: _empty(core, event.slug))


def _out(core: Core, slug: str, person_id: str) -> None:
    """Also where the server itself took somebody out: their socket is in the Space no longer."""
    connection = core.presence.in_space(slug, person_id)
    if connection is not None:
        core.presence.leave(connection)
    core.gating.update_person(person_id)


def _empty(core: Core, slug: str) -> None:
    for connection in core.presence.everyone():
        if connection.slug == slug:
            core.presence.leave(connection)
            core.gating.update(connection)


class _People:
    """Keeps the connected people as the database has them."""

    def __init__(self, core: Core, socketio: SocketIO) -> None:
        self._core = core
        self._socketio = socketio
        self._revision = core.accounts.people.revision()

    def look(self) -> None:
        if self._core.accounts.people.revision() != self._revision:
            self.catch_up()

    def catch_up(self) -> None:
        """People first, then definitions, and only then who has what: whoever renames a cohort
        changes both, and nobody may lose anything in between."""
        self._read(Breath(stands_by=False).take)
        self._follow()

    def changed(self, event: PersonChanged) -> None:
        """The same after a change of one person: only they are read, if it is the only change."""
        if event.revision == self._revision + 1:
            self._take(event.revision, self._found(self._core.presence.of_person(event.person_id)))
            self._follow()
        else:
            self.catch_up()

    def read_if_moved(self) -> None:
        """For whoever has just taken definitions that may know people as they are by now. In one
        go: nobody may be asked about by the ones without the others."""
        if self._core.accounts.people.revision() != self._revision:
            self._read(lambda: None)

    def _follow(self) -> None:
        self._core.gating.refresh()
        self._core.gating.apply()

    def _read(self, between: Callable[[], None]) -> None:
        """Everybody anew, some at a time; in `between` others may have their turn."""
        revision = self._core.accounts.people.revision()
        connections = self._core.presence.everyone()
        found: list[Found] = []
        for first in range(0, len(connections), AT_ONCE):
            found += self._found(connections[first : first + AT_ONCE])
            between()
        self._take(revision, found)

    def _found(self, connections: list[Connection]) -> list[Found]:
        """As the database has them."""
        people = self._core.accounts.people.by_id({c.person.id for c in connections})
        still_in = self._core.accounts.logins.still_in({c.login_id for c in connections})
        return [
            (c, people.get(c.person.id) if c.login_id in still_in else None) for c in connections
        ]

    def _take(self, revision: int, found: list[Found]) -> None:
        """All of them at once. Nothing, if others have read something newer meanwhile."""
        if revision < self._revision:
            return
        self._revision = revision
        for connection, person in found:
            if person is not None:
                connection.person = person
        for connection, person in found:
            if person is None and self._core.presence.by_sid(connection.sid) is connection:
                drop_login(self._core, self._socketio, connection.login_id, connection.person.id)
