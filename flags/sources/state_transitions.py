"""What an edit makes of a feature's state, whatever the source. No I/O.

Every function returns the state itself when it changes nothing, and raises BadEdit for values that
make no sense.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flags.catalogue import WHOLE_WEIGHT
from flags.sources.interface import BadEdit, Closing, FeatureState

LONGEST_NAME = 80
"""In characters: of a cohort, and of who edits."""

PLAIN: Mapping[str, Any] = {"custom": (), "feature_variants": ()}
"""Whoever chooses cohorts, a percentage or weights gives up what was made by hand elsewhere."""

Edit = Callable[[FeatureState], FeatureState]


def opened(state: FeatureState) -> FeatureState:
    """On, for the cohorts and the percentage that it has."""
    return replace(state, enabled=True)


def closed(state: FeatureState, closing: Closing) -> FeatureState:
    """Off for everybody. A drain that is going on can be hardened into a cut, not softened."""
    # Once it is cut there is nobody left inside to be drained.
    if not state.enabled and state.closing is Closing.CUT:
        return state
    return replace(state, enabled=False, closing=closing)


def rolled_out(state: FeatureState, percent: int, closing: Closing) -> FeatureState:
    """For `percent` of each cohort; `closing` is for those who lose it."""
    if not 0 <= percent <= 100:
        raise BadEdit(f"a percentage is between 0 and 100, not {percent}")
    closing = closing if percent < state.rollout else state.closing
    return replace(state, rollout=percent, closing=closing, **PLAIN)


def with_cohort(state: FeatureState, cohort: str, on: bool, closing: Closing) -> FeatureState:
    """With a cohort let in, or taken out; `closing` is for those who lose it."""
    check_name(cohort, "a cohort")
    if on == (cohort in state.cohorts) and not (state.custom or state.feature_variants):
        return state
    others = tuple(name for name in state.cohorts if name != cohort)
    if on:
        kept = state.cohorts if cohort in state.cohorts else (*others, cohort)
        return replace(state, cohorts=kept, **PLAIN)
    return replace(state, cohorts=others, closing=closing, **PLAIN)


def with_variants(state: FeatureState, weights: Mapping[str, int]) -> FeatureState:
    """With other weights, of 1000 in all, for the variants that it has."""
    if set(weights) != set(state.variants):
        raise BadEdit(f"the variants are {', '.join(sorted(state.variants)) or 'none'}")
    check_weights(weights)
    return replace(state, variants=dict(weights), **PLAIN)


def exactly(state: FeatureState, wanted: FeatureState) -> FeatureState:
    """As `wanted` says, in everything that an editor chooses."""
    if not 0 <= wanted.rollout <= 100:
        raise BadEdit(f"a percentage is between 0 and 100, not {wanted.rollout}")
    for cohort in wanted.cohorts:
        check_name(cohort, "a cohort")
    if len(set(wanted.cohorts)) != len(wanted.cohorts):
        raise BadEdit("a cohort is named twice")
    if wanted.variants:
        check_weights(wanted.variants)
    return replace(
        wanted,
        key=state.key,
        revision=state.revision,
        strategies=state.strategies,
        upstream=state.upstream,
        untold=state.untold,
    )


def closes(before: FeatureState, after: FeatureState) -> bool:
    """May anybody lose the feature by this?"""
    return (
        after.closing is not before.closing
        or before.enabled > after.enabled
        or before.rollout > after.rollout
        or not set(before.cohorts) <= set(after.cohorts)
        or before.custom != after.custom
        or before.feature_variants != after.feature_variants
    )


def check_weights(weights: Mapping[str, int]) -> None:
    """BadEdit unless they divide the whole."""
    if any(weight < 0 for weight in weights.values()) or sum(weights.values()) != WHOLE_WEIGHT:
        raise BadEdit(f"the weights must add up to {WHOLE_WEIGHT}")


def check_name(name: str, whose: str) -> None:
    """BadEdit unless it can stand in a history."""
    if not name.strip() or len(name) > LONGEST_NAME:
        raise BadEdit(f"{whose} has a name, of at most {LONGEST_NAME} characters")
