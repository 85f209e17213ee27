"""Long work gives way, and stands by while something presses."""

from __future__ import annotations

import pytest

from webapp.infra import cooperative
from webapp.infra.cooperative import Breath, pressing

Slept = list[float]


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Slept:
    """Every sleep, in seconds."""
    slept: Slept = []
    monkeypatch.setattr(cooperative.time, "sleep", slept.append)
    cooperative.giving_way_by(cooperative.pause)
    return slept


def test_others_come_in_between(slept: Slept) -> None:
    items = cooperative.in_slices(range(3), Breath(seconds=-1))
    assert list(items) == [0, 1, 2]
    assert slept == [cooperative.PAUSE_SECONDS] * 3


def test_nobody_gives_way_before_it_is_time(slept: Slept) -> None:
    assert list(cooperative.in_slices(range(3), Breath(seconds=3600))) == [0, 1, 2]
    assert slept == []


def test_work_stands_by_while_something_presses(
    slept: Slept, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way = pressing()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            under_way.__exit__(None, None, None)

    monkeypatch.setattr(cooperative.time, "sleep", sleep)
    under_way.__enter__()
    Breath().take()
    assert slept == [cooperative.STANDBY_SECONDS] * 3 + [cooperative.PAUSE_SECONDS]


def test_what_presses_and_what_is_waited_for_does_not(slept: Slept) -> None:
    with pressing():
        Breath(stands_by=False).take()
    assert slept == [cooperative.PAUSE_SECONDS]


def test_nobody_stands_by_for_ever(slept: Slept) -> None:
    with pressing():
        Breath().take()
    assert slept == [cooperative.STANDBY_SECONDS] * cooperative.STANDBYS + [
        cooperative.PAUSE_SECONDS
    ]
