"""When a feature has outlived its experiment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from flags.catalogue import CATALOGUE, REACTIONS, WEB_LISTENING, WEB_SPEAKING
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import Closing
from flags.stale import Reason, stale_features
from tests.harness.flags import Clock, seeded_source

COHORTS = ("staff", "alpha", "beta")


def look(source: EmbeddedSource, clock: Clock) -> dict[str, tuple[Reason, ...]]:
    found = stale_features(CATALOGUE, lambda key: source.history(key), COHORTS, clock())
    return {one.feature.key: one.reasons for one in found}


def after(days: float, *edits: Callable[[EmbeddedSource], object]) -> dict[str, tuple[Reason, ...]]:
    clock = Clock()
    source = seeded_source(clock)
    for edit in edits:
        edit(source)
    clock.go_on(days=days)
    return look(source, clock)


def off(source: EmbeddedSource) -> object:
    return source.turn_off(REACTIONS, Closing.CUT, "a test")


def beta_speaks(source: EmbeddedSource) -> object:
    return source.set_cohort(WEB_SPEAKING, "beta", True, "a test")


def test_open_for_everybody_for_a_month() -> None:
    assert after(29) == {}
    assert after(30) == {WEB_LISTENING: (Reason.EVERYBODY,)}
    assert after(30, beta_speaks)[WEB_SPEAKING] == (Reason.EVERYBODY,)


def test_open_for_nobody_for_a_month() -> None:
    assert REACTIONS not in after(29, off)
    assert after(30, off)[REACTIONS] == (Reason.NOBODY,)
    assert after(30, lambda s: s.set_rollout(REACTIONS, 0, "a test"))[REACTIONS] == (Reason.NOBODY,)


def test_nobody_has_everything_of_what_needs_a_part() -> None:
    shut = after(30, beta_speaks, lambda s: s.set_rollout(WEB_LISTENING, 50, "a test"))
    assert shut == {}


def test_a_change_that_changes_nothing_for_anybody_is_none() -> None:
    clock = Clock()
    source = seeded_source(clock)
    off(source)
    clock.go_on(days=29)
    source.set_rollout(REACTIONS, 10, "a test")
    clock.go_on(days=1)
    assert look(source, clock)[REACTIONS] == (Reason.NOBODY,)


def test_a_break_begins_it_anew() -> None:
    clock = Clock()
    source = seeded_source(clock)
    off(source)
    clock.go_on(days=29)
    source.turn_on(REACTIONS, "a test")
    off(source)
    clock.go_on(days=2)
    assert REACTIONS not in look(source, clock)


def test_a_rename_is_no_break() -> None:
    clock = Clock()
    source = seeded_source(clock)
    clock.go_on(days=20)
    state = source.feature(WEB_LISTENING)
    both = replace(state, cohorts=("staff", "alpha", "beta", "friends"))
    source.put(both, "a test", action="rename")
    source.put(replace(both, cohorts=("staff", "alpha", "friends")), "a test", action="rename")
    clock.go_on(days=11)
    found = stale_features(
        CATALOGUE, lambda key: source.history(key), ("staff", "alpha", "friends"), clock()
    )
    assert [(one.feature.key, one.since) for one in found] == [
        (WEB_LISTENING, clock() - timedelta(days=31))
    ]


def test_past_its_expected_end() -> None:
    clock = Clock()
    source = seeded_source(clock)
    last_day = CATALOGUE[REACTIONS].expected_end
    clock.go_on(days=(last_day - clock().date()).days)
    assert Reason.ENDED not in look(source, clock).get(REACTIONS, ())
    clock.go_on(days=1)
    assert look(source, clock)[REACTIONS] == (Reason.ENDED,)
