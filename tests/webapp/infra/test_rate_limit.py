from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.harness.flags import Clock
from webapp.infra import rate_limit
from webapp.infra.rate_limit import LIMITS, Limiter

FEW = {"event": "100 per minute", "ask": "3 per 10 seconds"}


def test_limit_moves_with_time() -> None:
    clock = Clock()
    limiter = Limiter(clock, FEW)
    assert [limiter.allow("ana", "ask") for _ in range(4)] == [True, True, True, False]
    clock.go_on(seconds=9.9)
    assert not limiter.allow("ana", "ask")
    clock.go_on(seconds=0.1)
    assert limiter.allow("ana", "ask")


def test_people_and_actions_do_not_share() -> None:
    limiter = Limiter(Clock(), FEW)
    assert [limiter.allow("ana", "ask") for _ in range(4)][-1] is False
    assert limiter.allow("bo", "ask")
    assert limiter.allow("ana", "else")


def test_asking_counts_nothing() -> None:
    limiter = Limiter(Clock(), FEW)
    assert not any(limiter.blocked("ana", "ask") for _ in range(10))
    assert [limiter.allow("ana", "ask") for _ in range(4)] == [True, True, True, False]
    assert limiter.blocked("ana", "ask")


def test_action_without_a_limit_of_its_own_has_that_of_events() -> None:
    limiter = Limiter(Clock(), FEW)
    assert [limiter.allow("ana", "unlisted") for _ in range(101)].count(True) == 100


def test_factor_raises_every_limit() -> None:
    limiter = Limiter(Clock(), FEW, factor=2)
    assert [limiter.allow("ana", "ask") for _ in range(10)].count(True) == 6


def test_every_limit_can_be_read() -> None:
    limiter = Limiter(Clock())
    assert all(limiter.allow("ana", action) for action in LIMITS)


@given(st.lists(st.floats(0, 8), max_size=60))
def test_never_more_than_the_limit_in_any_window(pauses: list[float]) -> None:
    clock = Clock()
    limiter = Limiter(clock, FEW)
    allowed = []
    for pause in pauses:
        clock.go_on(seconds=pause)
        if limiter.allow("ana", "ask"):
            allowed.append(clock.now)
    for first, fourth in zip(allowed, allowed[3:], strict=False):
        assert (fourth - first).total_seconds() >= 10


def test_windows_of_those_who_left_are_thrown_away() -> None:
    clock = Clock()
    limiter = Limiter(clock, FEW)
    for person in range(rate_limit.IDLE_SWEEP):
        limiter.allow(str(person), "ask")
    clock.go_on(minutes=2)
    limiter.allow("one more", "ask")
    assert len(limiter._windows) == 1


def test_limit_lasts_no_longer_when_the_clock_is_set_back() -> None:
    clock = Clock()
    limiter = Limiter(clock, {"event": "2 per 10 seconds"})
    assert [limiter.allow("p", "event") for _ in range(3)] == [True, True, False]
    clock.go_on(hours=-3)
    assert not limiter.allow("p", "event"), "nor is anything forgiven"
    clock.go_on(seconds=11)
    assert limiter.allow("p", "event")
