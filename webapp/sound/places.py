"""What this process knows of each person's seats. No I/O: it only remembers and decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

LISTEN = "listen"
TALK = "talk"


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

    def begin_warmth(self, slug: str, person_id: str) -> None:
        self.get(slug, person_id).warm_since = self._clock()

    def end_warmth(self, slug: str, person_id: str) -> None:
        self.get(slug, person_id).warm_since = None

    def absent_for(self, slug: str, person_id: str, reachable: bool) -> timedelta:
        """How long somebody has had neither a socket nor sound."""
        place = self.get(slug, person_id)
        if reachable or place.live:
            place.absent_since = None
            return timedelta(0)
        if place.absent_since is None:
            place.absent_since = self._clock()
        return self._clock() - place.absent_since


def seat_id(slug: str, person_id: str, kind: str) -> str:
    """The name of a seat towards media/: the same for the same place, so that a new one replaces
    the old one."""
    return f"{slug}.{person_id}.{kind}"


def seat_parts(seat: str) -> tuple[str, str, str]:
    """Slug, person id and kind of a seat."""
    slug, person_id, kind = seat.split(".")
    return slug, person_id, kind
