"""Who hears through HLS, and who comes over to WebRTC when there is room.

The server decides; a browser is told, and follows without a tap. What somebody hears by is their
variant of listening: `webrtc`, `hls`, or `auto`, which is WebRTC as long as there is room.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from media.events import Connected, Lost, SeatEvent
from media.hls_streams import PLAYLIST, Streams
from webapp.audio.hls.stream_links import Links
from webapp.audio.webrtc.seat_registry import LISTEN, TALK, seat_parts
from webapp.audio.webrtc.service import Sound
from webapp.http.errors import AppError
from webapp.infra.event_bus import Events
from webapp.infra.runtime import Runtime
from webapp.spaces import events as happened

log = logging.getLogger(__name__)

WEBRTC, DELAYED = "webrtc", "hls"

SECONDS_FOR_STREAMS = 8.0
MOVES_AT_ONCE = 20
"""People who are asked over with one look: as many as negotiate without a queue."""

MOVING = timedelta(seconds=10)
"""Room is kept so long for somebody who was asked over."""

Where = tuple[str, str]
"""Slug and person id."""


@dataclass(slots=True)
class Late:
    """Somebody's way to a stream. `stays`: their variant is HLS, whatever room there is."""

    token: str
    stays: bool
    since: datetime
    hears: bool = False


class Hls:
    """Between people and `media.hls_streams`. `tell(event, data, slug, person_id)` reaches a
    browser."""

    def __init__(
        self,
        streams: Streams,
        links: Links,
        sound: Sound,
        runtime: Runtime,
        events: Events,
        clock: Callable[[], datetime],
        tell: Callable[[str, dict[str, Any], str, str], None],
        *,
        room: int,
        unused_for: timedelta,
    ) -> None:
        self._streams = streams
        self._links = links
        self._sound = sound
        self._runtime = runtime
        self._clock = clock
        self._tell = tell
        self._room = room
        self._unused_for = unused_for
        self._late: dict[Where, Late] = {}
        self._moving: dict[Where, datetime] = {}
        events.subscribe(happened.Left, self._left)
        events.subscribe(happened.Ended, lambda e: self._end_space(e.slug))

    # --- after another process ------------------------------------------------------------

    def start(self) -> None:
        """Knows the addresses that the process before this one gave out, and goes on with those of
        people who are still there. Encoders of Spaces where there is nobody left are ended. To be
        called before the sound begins; `take_up` follows after."""
        for link in self._links.left():
            standing = self._sound.spaces.standing(link.slug, link.person_id)
            where = link.slug, link.person_id
            if (before := self._late.pop(where, None)) is not None:
                self._links.remove(link.slug, before.token)
            if standing is None:
                self._links.remove(link.slug, link.token)
            else:
                self._late[where] = Late(link.token, link.stays, self._clock(), standing.listening)
        self._run(self._streams.end_others(frozenset(slug for slug, _ in self._late)))

    def take_up(self) -> None:
        """Goes on with the streams of these people, but for those who have come over meanwhile, or
        have gone on stage."""
        for slug, person_id in list(self._late):
            self._run(self._streams.hold(slug))
            place = self._sound.places.find(slug, person_id)
            if place is not None and place.live:
                self.end(slug, person_id)

    # --- what people do -------------------------------------------------------------------

    def address(self, slug: str, person_id: str, variant: str | None) -> str | None:
        """The playlist by which somebody is to hear; None when WebRTC has room for them."""
        where = slug, person_id
        if where in self._moving:
            return None  # the address is good until they have come over
        if not self._is_for(slug, person_id, variant):
            self.end(slug, person_id)
            return None
        late = self._late.get(where)
        if late is None:
            self._run(self._streams.hold(slug))
            stays = variant == DELAYED
            folder = self._streams.folder_of(slug)
            token = self._links.add(slug, person_id, folder, stays=stays)
            late = self._late[where] = Late(token, stays, self._clock())
            if self._sound.spaces.standing(slug, person_id) is None:
                # They left, or it ended, meanwhile.
                self.end(slug, person_id)
                raise AppError("not_in_space")
        return f"/hls/{slug}/{late.token}/{PLAYLIST}"

    def hears(self, slug: str, person_id: str) -> bool:
        """Sound on, for somebody who has an address. Returns whether they have one."""
        late = self._late.get((slug, person_id))
        if late is not None:
            late.hears = True
        return late is not None

    def end(self, slug: str, person_id: str) -> bool:
        """Takes somebody's address away: their next request finds nothing. Returns whether there
        was one."""
        late = self._late.pop((slug, person_id), None)
        if late is None:
            return False
        self._links.remove(slug, late.token)
        self._run(self._streams.release(slug))
        return True

    def holds(self, slug: str, person_id: str) -> bool:
        return (slug, person_id) in self._late

    def spaces_of(self, person_id: str) -> list[str]:
        """The Spaces that somebody has an address in."""
        return [slug for slug, listener in self._late if listener == person_id]

    def stream_of(self, slug: str, person_id: str, token: str) -> Path | None:
        """The files behind somebody's own address; None for any other."""
        late = self._late.get((slug, person_id))
        return self._links.stream(slug, token) if late and late.token == token else None

    # --- what happens to them -------------------------------------------------------------

    def on_seat(self, event: SeatEvent) -> None:
        """Who has come over hears it now; who is on the bridge would hear everything twice."""
        if not isinstance(event, Connected | Lost):
            return
        slug, person_id, kind = seat_parts(event.seat_id)
        if isinstance(event, Lost):
            self._moving.pop((slug, person_id), None)
            return
        if kind == LISTEN:
            self._moving.pop((slug, person_id), None)
            self.end(slug, person_id)
            self._tell("listening.arrived", {}, slug, person_id)
        elif kind == TALK and self.end(slug, person_id):
            self._tell("listening.lost", {}, slug, person_id)

    def look(self) -> None:
        """Asks people over where there is room, those who have waited longest first; takes unused
        addresses away."""
        now = self._clock()
        for where, since in list(self._moving.items()):
            if now - since > MOVING:
                del self._moving[where]
        for (slug, person_id), late in list(self._late.items()):
            if not late.hears and now - late.since > self._unused_for:
                self.end(slug, person_id)
                self._tell("listening.lost", {}, slug, person_id)
        self._ask_over(now)

    def _ask_over(self, now: datetime) -> None:
        waiting = [
            where
            for where, late in self._late.items()
            if late.hears and not late.stays and where not in self._moving
        ]
        for slug, person_id in waiting[:MOVES_AT_ONCE]:
            if not self._has_room():
                return
            log.info("%s is asked over in %s", person_id, slug)
            self._moving[slug, person_id] = now
            self._tell("listening.move", {}, slug, person_id)

    def _is_for(self, slug: str, person_id: str, variant: str | None) -> bool:
        if variant in (WEBRTC, DELAYED):
            return variant == DELAYED
        place = self._sound.places.find(slug, person_id)
        if place is not None and (place.listen or place.talk):
            return False
        return not self._has_room()

    def _has_room(self) -> bool:
        """Whether one more fits in. Seats that are only kept ready make way, the oldest first."""
        # Somebody may have half a seat who still hears the stream.
        places = self._sound.places
        while places.listening_seats(self._late) + len(self._moving) >= self._room:
            if not self._sound.cool_oldest():
                return False
        return True

    def _left(self, event: happened.Left) -> None:
        self._moving.pop((event.slug, event.person_id), None)
        self.end(event.slug, event.person_id)

    def _end_space(self, slug: str) -> None:
        for where in [where for where in self._late if where[0] == slug]:
            del self._late[where]
        self._links.remove_space(slug)
        self._run(self._streams.close(slug))

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._runtime.run(coroutine, SECONDS_FOR_STREAMS)
