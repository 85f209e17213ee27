"""From the states of features to the document that the SDK evaluates.

The format is that of Unleash's client API (GET /api/client/features, version 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flags.catalogue import SPACE, GatedFeature
from flags.sources.interface import FeatureState

GROUP = "soundcheck"
"""One group for every feature: a person's place in the percentage is the same in all of them."""

DRAWN = frozenset({"random", "sessionId", "remoteAddress"})
"""What variants stick to that no person's context has (see `flags.context`): the engine would draw
lots at each evaluation."""

BY_SPACE = "space"
"""The property of the context (see `flags.context`) by which the variants of some features go."""


def document_of(
    states: Iterable[FeatureState], catalogue: Mapping[str, GatedFeature]
) -> dict[str, Any]:
    """The client-features document of these states, as the engine is given it."""
    states = list(states)
    segments = segments_of(states)
    return {
        "version": 2,
        "features": [_feature(state, catalogue[state.key], segments) for state in states],
        "segments": [
            {"id": number, "name": f"cohort {cohort}", "constraints": [in_cohort(cohort)]}
            for cohort, number in segments.items()
        ],
    }


def strategies_of(state: FeatureState, segments: Mapping[str, int]) -> list[dict[str, Any]]:
    """One flexibleRollout per cohort that is on. `segments`: the segment number of each cohort."""
    if state.custom:
        return [dict(strategy) for strategy in state.custom]
    if not state.cohorts:
        # Unleash opens a feature without strategies to everybody: nobody has to be said.
        return [_rollout(state, 0, [])]
    return [_rollout(state, state.rollout, [segments[cohort]]) for cohort in state.cohorts]


def segments_of(states: Iterable[FeatureState]) -> dict[str, int]:
    """The number of each cohort's segment."""
    cohorts = sorted({cohort for state in states for cohort in state.cohorts})
    return {cohort: number for number, cohort in enumerate(cohorts, start=1)}


def in_cohort(cohort: str) -> dict[str, Any]:
    """The constraint of a cohort's segment."""
    return {"contextName": "cohort", "operator": "IN", "values": [cohort]}


def _rollout(state: FeatureState, percent: int, segments: list[int]) -> dict[str, Any]:
    return {
        "name": "flexibleRollout",
        "parameters": {"rollout": str(percent), "stickiness": "userId", "groupId": GROUP},
        "constraints": [dict(constraint) for constraint in state.constraints],
        "segments": segments,
        "variants": variants_of(state),
    }


def draws_lots(state: FeatureState) -> bool:
    """Whether the engine would draw anew at each evaluation: a page, its scripts and its socket
    would each get another answer. Such a percentage, or such variants, stick to the person here."""
    return _sticky(list(state.custom)) != list(state.custom) or any(
        _is_drawn(variant) for variant in state.feature_variants
    )


def _sticky(strategies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_sticky_strategy(strategy) for strategy in strategies]


def _sticky_strategy(strategy: dict[str, Any]) -> dict[str, Any]:
    """The same percentage of people, each with the same answer every time."""
    parameters = strategy.get("parameters") or {}
    if strategy["name"] == "gradualRolloutRandom":
        rollout = {"rollout": parameters.get("percentage", ""), "stickiness": "default"}
        return {
            **strategy,
            "name": "flexibleRollout",
            "parameters": {**rollout, "groupId": GROUP},
        }
    if parameters.get("stickiness") == "random":
        return {**strategy, "parameters": {**parameters, "stickiness": "default"}}
    return strategy


def _is_drawn(variant: Mapping[str, Any]) -> bool:
    return variant.get("stickiness") in DRAWN


def _feature(
    state: FeatureState, gated: GatedFeature, segments: Mapping[str, int]
) -> dict[str, Any]:
    strategies: list[dict[str, Any]] = strategies_of(state, segments)
    strategies = _sticky(strategies)
    variants = [
        {**variant, "stickiness": "default"} if _is_drawn(variant) else dict(variant)
        for variant in state.feature_variants
    ]
    if gated.assigned_by == SPACE:
        strategies, variants = _by_space(strategies, variants)
    return {
        "name": state.key,
        "type": "release",
        "description": gated.purpose,
        "project": "default",
        "stale": False,
        "enabled": state.enabled,
        "impressionData": False,
        "strategies": strategies,
        "variants": variants,
        "dependencies": [{"feature": gated.parent, "enabled": True}] if gated.parent else [],
    }


def variants_of(state: FeatureState) -> list[dict[str, Any]]:
    """A feature's variants, as every one of its strategies has them."""
    return [
        {
            "name": name,
            "weight": weight,
            "weightType": "variable",
            "stickiness": "userId",
        }
        for name, weight in sorted(state.variants.items())
    ]


def _by_space(
    strategies: list[dict[str, Any]], variants: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Variants lifted out of the strategies, where the engine would deal them out by person, to the
    feature, where it deals them out by Space (in the feature's own group).

    Strategies that somebody made by hand and that deal out different variants stay as they are:
    there, a variant goes with the strategy that lets a person in.
    """
    dealt = [_shares(strategy.get("variants") or ()) for strategy in strategies]
    if dealt and dealt[0] and all(shares == dealt[0] for shares in dealt):
        variants = strategies[0]["variants"]
        strategies = [{**strategy, "variants": []} for strategy in strategies]
    return strategies, [{**variant, "stickiness": BY_SPACE} for variant in variants]


def _shares(variants: Iterable[Mapping[str, Any]]) -> list[tuple[str, int]]:
    return [(variant["name"], variant["weight"]) for variant in variants]
