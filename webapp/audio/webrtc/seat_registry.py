"""What this process knows of each person's seats. No I/O: it only remembers and decides."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime, timedelta

LISTEN = "listen"
TALK = "talk"

HEARS_ALONE = timedelta(seconds=60)
"""Without a socket, and without sound from them, somebody may be there for so long."""


@dataclass(slots=True)
class Place:
    """One person in one Space. `listen` and `talk` tell whether a seat of that kind is held, the
    `*_live` ones whether its sound is connected."""

    listen: bool = False
    listen_live: bool = False
    talk: bool = False
    talk_live: bool = False
    talking: bool = False
    warm_since: datetime | None = None
    away_since: datetime | None = None
    absent_since: datetime | None = None

    @property
    def live(self) -> bool:
        return self.listen_live or self.talk_live

    @property
    def empty(self) -> bool:
        return not (self.listen or self.talk)


class Places:
    """All places of this process, by Space and person."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._places: dict[tuple[str, str], Place] = {}

    def get(self, slug: str, person_id: str) -> Place:
        return self._places.setdefault((slug, person_id), Place())

    def find(self, slug: str, person_id: str) -> Place | None:
        return self._places.get((slug, person_id))

    def drop(self, slug: str, person_id: str) -> Place | None:
        return self._places.pop((slug, person_id), None)

    def of_space(self, slug: str) -> list[str]:
        """Ids of the people of whom something is remembered in a Space."""
        return [person_id for space, person_id in self._places if space == slug]

    def of_person(self, person_id: str) -> list[str]:
        """Slugs of the Spaces in which something of somebody is remembered."""
        return [slug for slug, holder in self._places if holder == person_id]

    def all(self) -> list[tuple[str, str]]:
        """Slug and person id of everybody of whom something is remembered."""
        return list(self._places)

    def is_talking(self, slug: str, person_id: str) -> bool:
        place = self._places.get((slug, person_id))
        return place is not None and place.talking

    def warm(self) -> list[tuple[str, str]]:
        """Seats that are ready and unused, the longest first. Somebody on stage uses theirs: it
        waits for them to come back."""
        waiting = [
            (place.warm_since, where)
            for where, place in self._places.items()
            if place.warm_since is not None and not place.talk
        ]
        return [where for _, where in sorted(waiting)]

    def cold(self, after: timedelta) -> list[tuple[str, str]]:
        """Warm seats that nobody has used for `after`."""
        limit = self._clock() - after
        return [
            where for where in self.warm() if (self._places[where].warm_since or limit) <= limit
        ]

    def listening_seats(self, apart_from: Container[tuple[str, str]]) -> int:
        """Listening seats that cost something, or will with a tap: not those of people on stage,
        who hear through the bridge."""
        return sum(
            place.listen and not place.talk and where not in apart_from
            for where, place in self._places.items()
        )

    def begin_warmth(self, slug: str, person_id: str) -> None:
        self.get(slug, person_id).warm_since = self._clock()

    def end_warmth(self, slug: str, person_id: str) -> None:
        self.get(slug, person_id).warm_since = None

    def see(self, slug: str, person_id: str) -> None:
        """Takes note that somebody's browser is there now, also between two looks: it opened the
        Space's page, connected a socket, or joined. Their absence begins anew."""
        place = self.find(slug, person_id)
        if place is not None:
            place.away_since = place.absent_since = None

    def absent_for(self, slug: str, person_id: str, reachable: bool) -> timedelta:
        """How long somebody has had neither a socket nor sound. `reachable`: there is a socket, or
        sound comes from them. To hear alone counts for a while only: nothing tells whether anybody
        is still there."""
        place, now = self.get(slug, person_id), self._clock()
        if reachable:
            self.see(slug, person_id)
            return timedelta(0)
        place.away_since = place.away_since or now
        if place.live and now - place.away_since < HEARS_ALONE:
            place.absent_since = None
            return timedelta(0)
        place.absent_since = place.absent_since or now
        return now - place.absent_since


def seat_id(slug: str, person_id: str, kind: str) -> str:
    """The name of a seat towards media/: the same for the same place, so that a new one replaces
    the old one."""
    return f"{slug}.{person_id}.{kind}"


def seat_parts(seat: str) -> tuple[str, str, str]:
    """Slug, person id and kind of a seat."""
    slug, person_id, kind = seat.split(".")
    return slug, person_id, kind
