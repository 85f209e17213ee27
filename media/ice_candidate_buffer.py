"""ICE candidates that come before the seat they belong to (event handlers run side by side)."""

from __future__ import annotations

from collections import OrderedDict

from media.sdp import IceCandidate

PER_SEAT = 64
SEATS = 256


class EarlyCandidates:
    """Bounded on both sides: per seat, and the seats that wait longest are given up first."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, list[IceCandidate | None]] = OrderedDict()
        self._left: OrderedDict[str, None] = OrderedDict()

    def keep(self, seat_id: str, candidate: IceCandidate | None) -> None:
        """Nothing is kept for a seat that was left: its last candidates come after it."""
        if seat_id in self._left:
            return
        waiting = self._waiting.setdefault(seat_id, [])
        if len(waiting) < PER_SEAT:
            waiting.append(candidate)
        while len(self._waiting) > SEATS:
            self._waiting.popitem(last=False)

    def take(self, seat_id: str) -> list[IceCandidate | None]:
        return self._waiting.pop(seat_id, [])

    def begin(self, seat_id: str) -> None:
        """The seat is being taken (again): candidates are for it from now on."""
        self._left.pop(seat_id, None)

    def end(self, seat_id: str) -> None:
        """The seat is no more."""
        self._waiting.pop(seat_id, None)
        self._left[seat_id] = None
        while len(self._left) > SEATS:
            self._left.popitem(last=False)
