"""Listening seats that play, or are silent, against what is wanted."""

from __future__ import annotations

from collections.abc import Callable

from media.seat_manager import Seats
from webapp.audio.webrtc.seat_registry import LISTEN, Places, seat_id


class Corrections:
    """Looked for in rounds. A seat is corrected (`correct(slug, person_id)`) when two rounds in a
    row have found it wrong: between them, a change may just be under way."""

    def __init__(self, seats: Seats, places: Places, correct: Callable[[str, str], None]) -> None:
        self._seats = seats
        self._places = places
        self._correct = correct
        self._before: set[tuple[str, str]] = set()
        self._wrong: set[tuple[str, str]] = set()

    def begin_round(self) -> None:
        self._before, self._wrong = self._wrong, set()

    def look(self, slug: str, person_id: str, listening: bool) -> None:
        """`listening`: whether the person wants to hear the Space."""
        place = self._places.find(slug, person_id)
        state = self._seats.state(seat_id(slug, person_id, LISTEN))
        if place is None or state is None or not state.connected:
            return
        if state.paused == (not listening or place.talk_live):
            return
        if (slug, person_id) in self._before:
            self._correct(slug, person_id)
        else:
            self._wrong.add((slug, person_id))
