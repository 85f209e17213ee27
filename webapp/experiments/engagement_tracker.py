"""Outcomes that nobody reports: how long people hear and are heard, and when their sound breaks
off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from webapp.accounts.models import Person
from webapp.experiments.exposure_recorder import Figures
from webapp.experiments.outcome_kinds import DROP, LISTENING, SPEAKING
from webapp.infra.event_bus import Events
from webapp.infra.runtime import Runtime
from webapp.realtime.presence import Connection, Presence
from webapp.spaces import events as happened
from webapp.spaces.service import Spaces

STILL_THERE_SECONDS = 2.0
"""Sound also ends because a page is closed or loaded again: then the same page is not there any
more a moment later."""


@dataclass(slots=True)
class Since:
    """Since when somebody hears a Space, or is heard in it."""

    person: Person
    at: datetime


class Watching:
    """Follows what happens in Spaces. Whoever goes on is taken down piece by piece, so that a crash
    loses a minute at most."""

    def __init__(
        self,
        figures: Figures,
        events: Events,
        presence: Presence,
        spaces: Spaces,
        runtime: Runtime,
        clock: Callable[[], datetime],
    ) -> None:
        self._figures = figures
        self._presence = presence
        self._spaces = spaces
        self._runtime = runtime
        self._clock = clock
        self._going_on: dict[tuple[str, str, str], Since] = {}
        self._joined: dict[tuple[str, str], Connection] = {}
        """The connection through which somebody joined a Space last, also when it has ended."""
        figures.gather = self.note
        events.subscribe(happened.Joined, lambda e: self._note_joined(e.slug, e.person_id))
        events.subscribe(happened.StandingChanged, lambda e: self._look(e.slug, e.person_id))
        events.subscribe(happened.TalkingChanged, self._talking)
        events.subscribe(happened.Left, lambda e: self._gone(e.slug, e.person_id))
        events.subscribe(happened.Ended, self._ended)
        events.subscribe(happened.SoundLost, self._lost)

    def note(self) -> None:
        """Takes down what has passed until now."""
        for place in list(self._going_on):
            self._take(place)

    def _note_joined(self, slug: str, person_id: str) -> None:
        connection = self._presence.in_space(slug, person_id)
        if connection is not None:
            self._joined[slug, person_id] = connection
        self._look(slug, person_id)

    def _look(self, slug: str, person_id: str) -> None:
        standing = self._spaces.standing(slug, person_id)
        self._set(LISTENING, slug, person_id, standing is not None and standing.listening)

    def _talking(self, event: happened.TalkingChanged) -> None:
        self._set(SPEAKING, event.slug, event.person_id, event.talking)

    def _set(self, kind: str, slug: str, person_id: str, on: bool) -> None:
        place = (kind, slug, person_id)
        if on == (place in self._going_on):
            return
        if not on:
            self._take(place)
            del self._going_on[place]
            return
        connection = self._presence.in_space(slug, person_id)
        if connection is not None:
            self._going_on[place] = Since(connection.person, self._clock())

    def _take(self, place: tuple[str, str, str]) -> None:
        since, now = self._going_on[place], self._clock()
        kind, slug, person_id = place
        connection = self._presence.in_space(slug, person_id)
        if connection is not None:
            # As they are now: they may have chosen not to be measured.
            since.person = connection.person
        seconds = (now - since.at).total_seconds()
        if seconds > 0:
            self._figures.outcome(since.person, kind, seconds, slug)
            since.at = now

    def _gone(self, slug: str, person_id: str) -> None:
        self._joined.pop((slug, person_id), None)
        for kind in (LISTENING, SPEAKING):
            self._set(kind, slug, person_id, False)

    def _ended(self, event: happened.Ended) -> None:
        going_on = {(slug, person_id) for _kind, slug, person_id in self._going_on}
        for slug, person_id in going_on | set(self._joined):
            if slug == event.slug:
                self._gone(slug, person_id)

    def _lost(self, event: happened.SoundLost) -> None:
        lost = self._joined.get((event.slug, event.person_id))
        if lost is not None:
            self._runtime.later(STILL_THERE_SECONDS, lambda: self._note_drop(event, lost))

    def _note_drop(self, event: happened.SoundLost, lost: Connection) -> None:
        """Counts sound that broke off for a page which is still there. `lost`: through which it was
        in the Space then."""
        connection = self._presence.in_space(event.slug, event.person_id)
        if connection is None or not connection.is_same_page_as(lost):
            return
        standing = self._spaces.standing(event.slug, event.person_id)
        if standing is None:
            return
        if standing.listening or standing.role != "listener":
            self._figures.outcome(connection.person, DROP, 1, event.slug)
