"""Two people's changes of one feature, brought together."""

from __future__ import annotations

from dataclasses import replace

from flags.sources.interface import Closing, FeatureState
from webapp.console.three_way_merge import merged

BASE = FeatureState("reactions", True, 100, ("staff", "alpha"), {"tray": 500, "tapback": 500})


def test_what_does_not_collide_is_all_kept() -> None:
    mine = replace(BASE, rollout=30, cohorts=("staff", "alpha", "beta"))
    theirs = replace(BASE, variants={"tray": 900, "tapback": 100}, cohorts=("staff",), revision=9)
    merge = merged(BASE, mine, theirs, Closing.CUT)
    assert merge.collisions == ()
    assert merge.state == replace(
        theirs, rollout=30, cohorts=("staff", "beta"), closing=Closing.CUT
    )


def test_where_both_changed_the_same_it_has_mine_and_says_so() -> None:
    mine = replace(BASE, rollout=30, variants={"tray": 100, "tapback": 900})
    theirs = replace(BASE, rollout=60, variants={"tray": 900, "tapback": 100})
    merge = merged(BASE, mine, theirs, Closing.DRAIN)
    assert merge.collisions == ("percent", "variants")
    assert (merge.state.rollout, merge.state.variants) == (30, mine.variants)


def test_the_same_change_twice_is_no_collision() -> None:
    both = replace(BASE, rollout=30, closing=Closing.CUT)
    merge = merged(BASE, both, both, Closing.DRAIN)
    assert (merge.collisions, merge.state) == ((), both)


def test_what_only_they_changed_stays() -> None:
    theirs = replace(BASE, enabled=False, closing=Closing.CUT)
    merge = merged(BASE, replace(BASE, rollout=100), theirs, Closing.DRAIN)
    assert merge.state == theirs


def test_rules_made_elsewhere_collide_with_nothing_that_leaves_them_alone() -> None:
    theirs = replace(BASE, custom=({"name": "default"},))
    assert merged(BASE, replace(BASE, rollout=30), theirs, Closing.DRAIN).collisions == ()
