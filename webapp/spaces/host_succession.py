"""Who runs a Space: its host, co-hosts, and whoever keeps it going while the host is away.

A host whose connection dropped has `patience` to come back before anything happens; one who has
never been there yet has more, to arrive on a slow line. Then a co-host
stands in, or the longest-standing speaker if the host chose so; with neither a countdown begins.
The host who comes back takes over again, whatever had begun.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.http.errors import AppError
from webapp.infra.database import Database
from webapp.infra.event_bus import Events
from webapp.spaces import events as happened
from webapp.spaces import store
from webapp.spaces.models import HOST_ABSENT, HOST_AWAY, MOST_CO_HOSTS, SPEAKER, Space
from webapp.spaces.service import Spaces


@dataclass(frozen=True)
class Patience:
    """How long a host may be away before somebody stands in, how long a Space without anybody to
    lead it goes on from there, and how long a host has to arrive for the first time."""

    away: timedelta
    countdown: timedelta
    arrival: timedelta


class Succession:
    """Rules of who runs a Space. `is_here(slug, person_id)`: whether somebody's browser is
    connected and in it. Raises AppError with a code of `webapp.http.errors`."""

    def __init__(
        self,
        db: Database,
        events: Events,
        clock: Callable[[], datetime],
        spaces: Spaces,
        is_here: Callable[[str, str], bool],
        patience: Patience,
    ) -> None:
        self._db = db
        self._events = events
        self._clock = clock
        self._spaces = spaces
        self._is_here = is_here
        self._patience = patience
        # A process that starts anew gives everybody the time again: they have to come back to it.
        self._away_since: dict[str, datetime] = {}

    def set_co_host(self, slug: str, host_id: str, person_id: str, co_host: bool) -> None:
        """The host makes a speaker a co-host, or a speaker again. `stage_full` for one too many."""
        with self._db.session() as db_session:
            store.lock_space(db_session, slug)
            self._require_host(db_session, slug, host_id)
            participant = store.participant(db_session, slug, person_id)
            if participant is None or participant.role != SPEAKER:
                raise AppError("not_on_stage")
            if participant.co_host == co_host:
                return
            if co_host and store.count_co_hosts(db_session, slug) >= MOST_CO_HOSTS:
                raise AppError("stage_full")
            participant.co_host = co_host
            self._tell(db_session, slug, person_id)

    def set_goes_on(self, slug: str, host_id: str, goes_on: bool) -> None:
        """The host chooses whether a speaker keeps the Space going without them."""
        with self._db.session() as db_session:
            self._require_host(db_session, slug, host_id).goes_on = goes_on

    def goes_on(self, slug: str) -> bool:
        with self._db.reading() as db_session:
            space = store.space(db_session, slug)
            return space is not None and space.goes_on

    def step_back(self, slug: str, person_id: str) -> None:
        """Takes away a co-host's part; on stage they stay."""
        with self._db.session() as db_session:
            participant = store.participant(db_session, slug, person_id)
            if participant is not None and participant.co_host:
                participant.co_host = False
                self._tell(db_session, slug, person_id)

    def was_chosen(self, slug: str, person_id: str) -> bool:
        """Whether somebody is a live Space's host or co-host. A stand-in fell into it: that opens
        nothing to them that was closed before."""
        with self._db.reading() as db_session:
            space = store.space(db_session, slug)
            participant = store.participant(db_session, slug, person_id)
            if space is None or not space.live:
                return False
            return space.host_id == person_id or bool(participant and participant.co_host)

    def co_hosts(self) -> list[tuple[Person, str]]:
        """Every co-host of a live Space, with its slug."""
        with self._db.reading() as db_session:
            return store.co_hosts(db_session)

    def look(self) -> None:
        """Sees to it that somebody leads every live Space, or ends it. Called each second."""
        live = {space.slug: space for space, _host in self._spaces.hosted()}
        self._away_since = {slug: at for slug, at in self._away_since.items() if slug in live}
        for slug, space in live.items():
            if self._is_host_here(slug, space.host_id):
                self._away_since.pop(slug, None)
                self._take_over(slug, None)
                self._call_off_countdown(space)
            elif self._is_lasting(space):
                self._replace(space)

    def _is_host_here(self, slug: str, host_id: str) -> bool:
        return self._is_here(slug, host_id) and self._spaces.standing(slug, host_id) is not None

    def _is_lasting(self, space: Space) -> bool:
        since = self._away_since.setdefault(space.slug, self._clock())
        patience = self._patience.away if space.host_arrived else self._patience.arrival
        return self._clock() - since >= patience

    def _replace(self, space: Space) -> None:
        slug = space.slug
        successor = self._successor(slug)
        self._take_over(slug, successor)
        if successor is None:
            because = HOST_AWAY if space.host_arrived else HOST_ABSENT
            self._spaces.begin_countdown(slug, self._patience.countdown, because)
        else:
            self._call_off_countdown(space)

    def _call_off_countdown(self, space: Space) -> None:
        if space.ending_because in (HOST_AWAY, HOST_ABSENT):
            self._spaces.call_off_countdown(space.slug, space.ending_because)

    def _successor(self, slug: str) -> str | None:
        with self._db.reading() as db_session:
            space = store.space(db_session, slug)
            speakers = store.speakers_by_standing(db_session, slug)
            here = [one for one in speakers if self._is_here(slug, one.person_id)]
            if space is None:
                return None
            candidates = [one for one in here if one.co_host] or (here if space.goes_on else [])
            ids = [one.person_id for one in candidates]
        # Whoever leads goes on leading: a Space is not handed round.
        return space.stand_in_id if space.stand_in_id in ids else next(iter(ids), None)

    def _take_over(self, slug: str, person_id: str | None) -> None:
        """Makes somebody the stand-in; None: nobody, the host leads or is waited for."""
        with self._db.reading() as db_session:
            space = store.space(db_session, slug)
            if space is None or space.stand_in_id == person_id:
                return
        with self._db.session() as db_session:
            space = self._spaces.live_space(db_session, slug)
            before, space.stand_in_id = space.stand_in_id, person_id
            for concerned in {before, person_id, space.host_id} - {None}:
                self._tell(db_session, slug, str(concerned))

    def _require_host(self, db_session: Session, slug: str, host_id: str) -> Space:
        space = self._spaces.live_space(db_session, slug)
        self._spaces.present_participant(db_session, slug, host_id)
        if space.host_id != host_id:
            raise AppError("not_allowed")
        return space

    def _tell(self, db_session: Session, slug: str, person_id: str) -> None:
        self._events.after(db_session, happened.StandingChanged(slug, person_id))
        self._events.after(db_session, happened.StageChanged(slug))
        self._events.after(db_session, happened.QueueChanged(slug))
