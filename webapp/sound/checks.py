"""Trying out one's own sound: a mix for one person alone, for a minute at the most.

The person speaks into it and hears it over its mountpoint, the way that listeners hear a Space.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from media.seats import Seats
from webapp.errors import AppError
from webapp.runtime import Runtime
from webapp.sound.places import LISTEN, TALK, seat_id

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


class SoundChecks:
    """All that are under way in this process, one per person. Methods raise SoundError."""

    def __init__(self, seats: Seats, runtime: Runtime) -> None:
        self._seats = seats
        self._runtime = runtime
        self._call_off: dict[str, Callable[[], None]] = {}

    def begin(self, person_id: str, sdp: str) -> TryOut:
        """Both seats; those that this person had before are left. `sdp`: the browser's offer."""
        self.end(person_id)
        if len(self._call_off) >= MOST_AT_ONCE:
            raise AppError("try_again")
        self._call_off[person_id] = self._runtime.later(
            LONGEST_SECONDS, lambda: self.end(person_id)
        )
        mix = MIX + person_id
        talk, listen = (seat_id(mix, person_id, kind) for kind in (TALK, LISTEN))
        try:
            answer = self._run(self._seats.speak(mix, talk, sdp, muted=False))
            offer = self._run(self._seats.listen(mix, listen))
        except Exception:
            self.end(person_id)
            raise
        return TryOut(talk, answer, listen, offer)

    def answer(self, person_id: str, sdp: str) -> None:
        """The browser's answer to the offer: it hears itself from now on."""
        seat = seat_id(MIX + person_id, person_id, LISTEN)
        self._run(self._seats.answer(seat, sdp, paused=False))

    def candidate(self, person_id: str, seat: str, candidate: dict[str, Any] | None) -> None:
        if seat not in (seat_id(MIX + person_id, person_id, kind) for kind in (TALK, LISTEN)):
            raise AppError("seat_gone")
        self._run(self._seats.candidate(seat, candidate))

    def end(self, person_id: str) -> None:
        """Leaves nothing of it in Janus. Nothing happens when there is none."""
        call_off = self._call_off.pop(person_id, None)
        if call_off is not None:
            call_off()
            self._run(self._seats.leave_mix(MIX + person_id))

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._runtime.run(coroutine, SECONDS_FOR_JANUS)
