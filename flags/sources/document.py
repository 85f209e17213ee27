"""From the states of features to the document that the SDK evaluates.

The format is that of Unleash's client API (GET /api/client/features, version 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flags.catalogue import GatedFeature
from flags.sources.base import FeatureState

GROUP = "soundcheck"
"""One group for every feature: a person's place in the percentage is the same in all of them."""


def document_of(
    states: Iterable[FeatureState], catalogue: Mapping[str, GatedFeature]
) -> dict[str, Any]:
    """The client-features document of these states."""
    states = list(states)
    segments = _segments(states)
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


def _segments(states: Iterable[FeatureState]) -> dict[str, int]:
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


def _feature(
    state: FeatureState, gated: GatedFeature, segments: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "name": state.key,
        "type": "release",
        "description": gated.purpose,
        "project": "default",
        "stale": False,
        "enabled": state.enabled,
        "impressionData": False,
        "strategies": strategies_of(state, segments),
        "variants": [dict(variant) for variant in state.feature_variants],
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
