"""Trying out one's own sound: a mix for one person alone, for a minute at the most.

The person speaks into it and hears it over its mountpoint, the way that listeners hear a Space.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from media.errors import SoundError
from media.sdp import IceCandidate, SanitizedSdp
from media.seat_manager import Seats
from webapp.audio.webrtc.seat_registry import LISTEN, TALK, seat_id
from webapp.http.errors import AppError
from webapp.infra.event_bus import Events
from webapp.infra.runtime import Runtime
from webapp.realtime.presence import Connection, Disconnected, Presence

log = logging.getLogger(__name__)

T = TypeVar("T")

MIX = "check-"
"""What the names of these mixes begin with: no Space's slug does."""

LONGEST_SECONDS = 60.0
MOST_AT_ONCE = 20
"""An open room costs Janus a little even when nobody talks."""

SECONDS_FOR_JANUS = 8.0


@dataclass(frozen=True, slots=True)
class TryOut:
    """Two seats of one person: what Janus answered to the one, what it offers for the other."""

    talk: str
    answer: str
    listen: str
    offer: str


@dataclass(eq=False, slots=True)
class SoundCheck:
    """One that is under way. `connection` is whose page it runs on; `cancel_timer` calls its
    automatic end off."""

    connection: Connection
    cancel_timer: Callable[[], None]


class SoundChecks:
    """All that are under way in this process, one per person. Each ends with its socket. Methods
    raise SoundError."""

    def __init__(self, seats: Seats, runtime: Runtime, presence: Presence, events: Events) -> None:
        self._seats = seats
        self._runtime = runtime
        self._presence = presence
        self._checks: dict[str, SoundCheck] = {}
        events.subscribe(Disconnected, lambda event: self._end_of(event.connection))

    def begin(self, connection: Connection, sdp: SanitizedSdp) -> TryOut:
        """Both seats; those that this person had before are left. `sdp`: the browser's offer.
        `try_again` when there are too many at once, `seat_gone` when its socket ends meanwhile."""
        person_id = connection.person.id
        self.end(person_id)
        if len(self._checks) >= MOST_AT_ONCE:
            raise AppError("try_again")
        if not self._presence.is_connected(connection):
            raise AppError("seat_gone")
        check = SoundCheck(
            connection, self._runtime.later(LONGEST_SECONDS, lambda: self._finish(check))
        )
        self._checks[person_id] = check
        mix = MIX + person_id
        talk, listen = (seat_id(mix, person_id, kind) for kind in (TALK, LISTEN))
        try:
            answer = self._run(self._seats.speak(mix, talk, sdp, muted=False))
            self._require(check)
            offer = self._run(self._seats.listen(mix, listen))
            self._require(check)
        except Exception:
            self._finish(check)
            raise
        return TryOut(talk, answer, listen, offer)

    def under_way(self) -> list[Connection]:
        """The connections of those who are trying out their sound."""
        return [check.connection for check in self._checks.values()]

    def holds(self, person_id: str) -> bool:
        return person_id in self._checks

    def answer(self, person_id: str, sdp: SanitizedSdp) -> None:
        """The browser's answer to the offer: it hears itself from now on."""
        seat = seat_id(MIX + person_id, person_id, LISTEN)
        self._run(self._seats.answer(seat, sdp, paused=False))

    def candidate(self, person_id: str, seat: str, candidate: IceCandidate | None) -> None:
        if seat not in (seat_id(MIX + person_id, person_id, kind) for kind in (TALK, LISTEN)):
            raise AppError("seat_gone")
        self._run(self._seats.candidate(seat, candidate))

    def end(self, person_id: str) -> None:
        """Leaves nothing of it in Janus. Nothing happens when there is none."""
        check = self._checks.get(person_id)
        if check is not None:
            self._finish(check)

    def _end_of(self, connection: Connection) -> None:
        check = self._checks.get(connection.person.id)
        if check is not None and check.connection is connection:
            self._finish(check)

    def _finish(self, check: SoundCheck) -> None:
        """Unless another one has taken its place. A Janus that does not answer has lost the seats,
        or loses them with the mix: whoever ends a check has more to do."""
        person_id = check.connection.person.id
        check.cancel_timer()
        if self._checks.get(person_id) is not check:
            return
        del self._checks[person_id]
        try:
            self._run(self._seats.leave_mix(MIX + person_id))
        except (SoundError, TimeoutError) as error:
            log.warning("a sound check was not ended properly: %s", type(error).__name__)

    def _require(self, check: SoundCheck) -> None:
        if self._checks.get(check.connection.person.id) is not check:
            raise AppError("seat_gone")

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._runtime.run(coroutine, SECONDS_FOR_JANUS)
