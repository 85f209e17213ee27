"""What Opus is told to expect, from what browsers report."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.opus_fec import (
    BETWEEN,
    SLACK,
    START,
    STEPS,
    WEIGHT_OF_ONE,
    Expectation,
    after,
    fitting,
)

SHARES = st.floats(0, 1)
REPORTS = st.lists(st.tuples(SHARES, st.floats(0, 30)), max_size=60)
"""Share lost, and seconds since the report before."""

BATCH = 5.0
UNKNOWN = Expectation()


def told(reports: list[tuple[float, float]]) -> list[tuple[float, Expectation]]:
    """Everything that was expected, with its time."""
    now, expected, found = 0.0, Expectation(), []
    for share, seconds in reports:
        now += seconds
        expected = after(expected, share, now)
        found.append((now, expected))
    return found


def settled(*shares: float, start: Expectation = UNKNOWN, rounds: int = 40) -> Expectation:
    """These shares in turn, for a long time."""
    expected = start
    for number in range(rounds):
        expected = after(expected, shares[number % len(shares)], number * BATCH)
    return expected


@given(REPORTS)
def test_the_protection_is_never_off_and_janus_can_have_it(
    reports: list[tuple[float, float]],
) -> None:
    assert all(expected.percent in STEPS for _, expected in told(reports))
    assert 1 <= STEPS[0] <= START <= STEPS[-1] <= 20


@given(REPORTS)
def test_it_does_not_change_more_often_than_allowed(reports: list[tuple[float, float]]) -> None:
    all_of_them = [(0.0, UNKNOWN), *told(reports)]
    changed = [
        now
        for (_, before), (now, expected) in pairwise(all_of_them)
        if expected.percent != before.percent
    ]
    assert all(later - earlier >= BETWEEN for earlier, later in pairwise(changed))


@given(SHARES, SHARES)
def test_a_lasting_loss_is_covered_whatever_was_before(share: float, before: float) -> None:
    percent = settled(share, start=settled(before)).percent
    assert fitting(100 * share) <= percent <= fitting(SLACK * 100 * share + 0.01)


@pytest.mark.parametrize(
    ("share", "percent"),
    [(0, 1), (0.008, 1), (0.02, 5), (0.07, 10), (0.11, 10), (0.3, 10), (1, 10)],
)
def test_a_lasting_loss_has_its_step(share: float, percent: int) -> None:
    assert settled(share).percent == percent


def test_a_loss_around_a_border_changes_nothing_for_ever() -> None:
    expected = settled(0.045, 0.055)
    assert expected.since < 20 * BATCH
    assert expected.percent == 10


def test_one_listener_of_many_says_little() -> None:
    before = Expectation(loss=0.0)
    assert after(before, 0.5, 0, WEIGHT_OF_ONE).percent == START
    expected = before
    for number in range(1000):
        expected = after(expected, 0.2 if number % 10 == 0 else 0.0, number, WEIGHT_OF_ONE)
    assert expected.percent == fitting(2)


def test_one_bad_report_is_no_bad_network() -> None:
    expected = after(settled(0), 0.1, 1000)
    assert expected.percent < fitting(10)
