"""Leaving the stage, with Janus' events in every order between the steps of the way back: whoever
listens hears, and whoever is on the bridge does not hear twice."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement, permutations
from typing import Any

import pytest

from flags.sources.interface import Closing
from media.events import Connected, Lost, SeatEvent
from tests.harness.house import OFFER, Guest, House, Tab
from webapp.audio.webrtc.seat_registry import LISTEN, TALK

STEPS = 5
"""More than there are steps in which the way back waits for Janus."""

EVENTS: dict[str, Callable[[str], SeatEvent]] = {
    "talk connected": lambda where: Connected(f"{where}.{TALK}"),
    "talk lost": lambda where: Lost(f"{where}.{TALK}", "hangup"),
    "listen connected": lambda where: Connected(f"{where}.{LISTEN}"),
}

ORDERS = [
    (order, steps)
    for size in (1, 2)
    for order in permutations(EVENTS, size)
    for steps in combinations_with_replacement(range(STEPS), size)
]
"""Which events come, in which order, and after how many answers of Janus each."""


class Between:
    """Delivers events of Janus after so many of its answers, as its own greenlet would."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._run = house.runtime.run
        self._due: list[tuple[int, SeatEvent]] = []
        self._answers = 0
        house.runtime.run = self._answered  # type: ignore[method-assign]

    def deliver(self, events: list[tuple[int, SeatEvent]]) -> None:
        self._answers, self._due = 0, events
        self._tell()

    def rest(self) -> None:
        """What came after all was done."""
        self._answers = STEPS
        self._tell()
        self._house.settle()

    def _answered(self, coroutine: Any, timeout: float) -> Any:
        result = self._run(coroutine, timeout)
        self._answers += 1
        self._tell()
        return result

    def _tell(self) -> None:
        while self._due and self._due[0][0] <= self._answers:
            _, event = self._due.pop(0)
            self._house.core.sound.on_seat(event)


@pytest.fixture
def between(house: House) -> Between:
    return Between(house)


@pytest.fixture
def evening(house: House) -> tuple[Tab, str, Guest, Tab]:
    """Somebody on stage with a listening seat, beside their host."""
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.listening(guest, slug)
    tab.does("speaking.request")
    host.does("hosting.accept", person=guest.id)
    return host, slug, guest, tab


def publish(house: House, tab: Tab, guest: Guest, slug: str) -> None:
    """The offer is answered, and Janus has not yet told that the seat is connected."""
    core = house.core
    handed = core.engine.seats._tell
    core.engine.seats._tell = lambda _event: None
    tab.does("stage.offer", sdp=OFFER)
    core.engine.seats._tell = handed
    assert house.on_bridge(slug) == {guest.id}


WAYS = ("removed", "left", "cut")


@pytest.mark.parametrize("way", WAYS)
def test_whoever_leaves_the_stage_hears(
    house: House, evening: tuple[Tab, str, Guest, Tab], between: Between, way: str
) -> None:
    host, slug, guest, tab = evening
    where = f"{slug}.{guest.id}"
    silent = []
    for order, steps in ORDERS:
        publish(house, tab, guest, slug)
        events = [(at, EVENTS[name](where)) for at, name in zip(steps, order, strict=True)]
        between.deliver(events)
        leave(house, way, host, tab)
        between.rest()
        if not hears(house, where):
            silent.append((order, steps))
            house.core.sound.settle_listening(slug, guest.id)
        assert house.on_bridge(slug) == set()
        back(house, way, host, tab)
    assert silent == []


def leave(house: House, way: str, host: Tab, tab: Tab) -> None:
    if way == "cut":
        house.close_gate("web-speaking", Closing.CUT)
    elif way == "removed":
        host.does("hosting.remove", person=tab.guest.id)
    else:
        tab.does("speaking.leave")


def back(house: House, way: str, host: Tab, tab: Tab) -> None:
    """On stage again, for the next order."""
    if way == "cut":
        house.open_gate("web-speaking")
    tab.does("speaking.request")
    host.does("hosting.accept", person=tab.guest.id)


def hears(house: House, where: str) -> bool:
    """Janus plays what the listening seat is for."""
    state = house.seats()[f"{where}.{LISTEN}"]
    return not state.paused


def test_whoever_is_back_on_stage_meanwhile_stays_there(
    house: House, evening: tuple[Tab, str, Guest, Tab]
) -> None:
    host, slug, guest, tab = evening
    tab.does("stage.offer", sdp=OFFER)
    run, waiting = house.runtime.run, [True]

    def again(coroutine: Any, timeout: float) -> Any:
        result = run(coroutine, timeout)
        if waiting.pop() if waiting else False:
            tab.does("speaking.request")
            host.does("hosting.accept", person=guest.id)
            tab.does("stage.offer", sdp=OFFER)
        return result

    house.runtime.run = again  # type: ignore[method-assign]
    host.does("hosting.remove", person=guest.id)
    house.settle()
    assert house.on_bridge(slug) == {guest.id}
    seats = house.seats()
    assert not seats[f"{slug}.{guest.id}.{TALK}"].muted
    assert seats[f"{slug}.{guest.id}.{LISTEN}"].paused


@pytest.mark.parametrize("paused", [True, False])
def test_the_sweep_corrects_a_seat_that_is_wrong(
    house: House, evening: tuple[Tab, str, Guest, Tab], paused: bool
) -> None:
    _, slug, guest, tab = evening
    if not paused:
        tab.does("listening.stop")
    seat = f"{slug}.{guest.id}.{LISTEN}"
    seats = house.core.engine.seats
    house.runtime.run(seats.pause(seat) if paused else seats.start(seat), 5)
    house.core.sound.sweep()
    assert house.seats()[seat].paused == paused, "a change may be under way"
    house.core.sound.sweep()
    assert house.seats()[seat].paused != paused
