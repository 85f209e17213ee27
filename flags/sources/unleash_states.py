"""Between Unleash's strategies and the states of features. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flags.sources.base import FeatureState
from flags.sources.document import GROUP, strategies_of

Json = dict[str, Any]

EMPTY: Mapping[str, Any] = {"values": [], "inverted": False, "caseInsensitive": False, "value": ""}
"""What Unleash writes into constraints where nothing was said."""


def segment_name(cohort: str) -> str:
    """The segment of a cohort, as people find it in Unleash's interface."""
    return f"cohort {cohort}"


def state_from(feature: Json, before: FeatureState) -> FeatureState:
    """The state that a feature of the client document is in, having been in `before`.

    Strategies that cohorts, a percentage, constraints and variants cannot express become `custom`.
    """
    strategies = [tidied(strategy) for strategy in feature["strategies"]]
    state = replace(before, enabled=feature["enabled"], strategies=())
    understood = None if feature.get("variants") else _understood(strategies, state)
    return understood or replace(state, custom=tuple(strategies))


def tidied(strategy: Json) -> Json:
    """A strategy without what only Unleash needs, and without what says nothing."""
    return {
        "name": strategy["name"],
        "parameters": dict(strategy.get("parameters") or {}),
        "constraints": [_tidy_constraint(c) for c in strategy.get("constraints") or ()],
        "segments": list(strategy.get("segments") or ()),
        "variants": sorted(
            (dict(variant) for variant in strategy.get("variants") or ()),
            key=lambda variant: str(variant["name"]),
        ),
    }


def wanted_strategies(state: FeatureState, segments: Mapping[str, int]) -> list[Json]:
    """What Unleash should have for a state; `segments`: the segment number of each cohort."""
    return strategies_of(state, segments)


def _understood(strategies: list[Json], state: FeatureState) -> FeatureState | None:
    """The state whose own strategies these are; None when there is none."""
    if not strategies:
        # For everybody: nothing that we would ever write.
        return None
    read = [_cohort_strategy(strategy) for strategy in strategies]
    if len(read) == 1 and read[0] is not None and read[0][0] is None:
        _, percent, constraints, weights = read[0]
        nobody = replace(state, cohorts=(), constraints=constraints, variants=weights, custom=())
        return nobody if percent == 0 else None
    cohorts: list[str] = []
    first = read[0]
    for one in read:
        if one is None or first is None or one[0] is None or one[1:] != first[1:]:
            return None
        cohorts.append(one[0])
    if first is None or len(set(cohorts)) != len(cohorts):
        return None
    kept = state.cohorts if set(state.cohorts) == set(cohorts) else tuple(cohorts)
    return replace(
        state,
        cohorts=kept,
        rollout=first[1],
        constraints=first[2],
        variants=first[3],
        custom=(),
    )


Read = tuple[str | None, int, tuple[Json, ...], dict[str, int]]


def _cohort_strategy(strategy: Json) -> Read | None:
    """Cohort, percentage, other constraints, variant weights; None when it is not one of ours."""
    parameters = strategy["parameters"]
    ours = {"stickiness": "userId", "groupId": GROUP}
    if strategy["name"] != "flexibleRollout" or strategy["segments"]:
        return None
    if {name: parameters.get(name) for name in ours} != ours:
        return None
    in_cohort = [c for c in strategy["constraints"] if c["contextName"] == "cohort"]
    others = tuple(c for c in strategy["constraints"] if c["contextName"] != "cohort")
    cohort = _only_cohort(in_cohort)
    weights = {variant["name"]: variant["weight"] for variant in strategy["variants"]}
    if cohort == "" or not str(parameters.get("rollout", "")).isdigit():
        return None
    return cohort, int(parameters["rollout"]), others, weights


def _only_cohort(constraints: list[Json]) -> str | None:
    """The one cohort that they name; None without any constraint, empty when it is not so plain."""
    if not constraints:
        return None
    only = constraints[0]
    plain = len(constraints) == 1 and set(only) == {"contextName", "operator", "values"}
    if not plain or only["operator"] != "IN" or len(only["values"]) != 1:
        return ""
    return str(only["values"][0])


def _tidy_constraint(constraint: Json) -> Json:
    return {
        name: value
        for name, value in constraint.items()
        if not (name in EMPTY and value in (EMPTY[name], None))
    }


def same_strategy(one: Json, other: Json) -> bool:
    """Do two strategies say the same, whatever Unleash has added to one of them?"""
    return _comparable(one) == _comparable(other)


def _comparable(strategy: Json) -> Json:
    tidy = tidied(strategy)
    tidy["segments"] = sorted(tidy["segments"])
    return tidy
