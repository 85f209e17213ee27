"""Trying out one's own sound: two seats for a while, and nothing of them afterwards."""

from __future__ import annotations

import pytest

from tests.harness.house import OFFER, House, Tab
from webapp.audio.webrtc import sound_check


def begun(house: House, name: str = "Tomas") -> Tab:
    tab = house.tab(house.guest(name))
    tab.does("check.begin", sdp=OFFER)
    tab.does("check.answer", sdp=OFFER)
    return tab


def test_somebody_hears_themselves_alone(house: House) -> None:
    tab = begun(house)
    mix = f"check-{tab.guest.id}"
    seats = house.seats()
    assert {(one.mix, one.role) for one in seats.values()} == {(mix, "speaker"), (mix, "listener")}
    assert [one.paused for one in seats.values() if one.role == "listener"] == [False]
    tab.does("check.end")
    assert (house.seats(), house.audit().rooms) == ({}, {})


def test_who_begins_again_or_forgets_it_leaves_nothing(house: House) -> None:
    tab = begun(house)
    tab.does("check.begin", sdp=OFFER)
    assert len(house.seats()) == 2
    house.go_on(seconds=sound_check.LONGEST_SECONDS - 1)
    house.runtime.due()
    assert len(house.seats()) == 2
    house.go_on(seconds=2)
    house.runtime.due()
    assert (house.seats(), house.audit().rooms) == ({}, {})


def test_of_somebody_elses_nothing_is_touched(house: House) -> None:
    tab, other = begun(house), begun(house, "Sofia")
    seat = f"check-{other.guest.id}.{other.guest.id}.talk"
    assert tab.refused("check.candidate", seat=seat, candidate=None) == "seat_gone"
    tab.does("check.end")
    assert {one.mix for one in house.seats().values()} == {f"check-{other.guest.id}"}


def test_not_everybody_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_check, "MOST_AT_ONCE", 1)
    first = begun(house)
    second = house.tab(house.guest("Sofia"))
    assert second.refused("check.begin", sdp=OFFER) == "try_again"
    first.does("check.end")
    second.does("check.begin", sdp=OFFER)
