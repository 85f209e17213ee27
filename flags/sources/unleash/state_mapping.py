"""Between Unleash's strategies and the states of features. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from flags.sources.interface import Closing, FeatureState
from flags.sources.state_transitions import closes
from flags.sources.unleash_document import GROUP, in_cohort, strategies_of

Json = dict[str, Any]

EMPTY: Mapping[str, Any] = {"values": [], "inverted": False, "caseInsensitive": False, "value": ""}
"""What Unleash writes into constraints where nothing was said."""

LISTS = frozenset(
    {"IN", "NOT_IN", "STR_CONTAINS", "STR_STARTS_WITH", "STR_ENDS_WITH", "STR_CONTAINS_ANY"}
)
"""Operators that look at `values`: an empty list says something there."""

EVERYBODY: Mapping[str, Any] = {
    "name": "default",
    "parameters": {},
    "constraints": [],
    "segments": [],
    "variants": [],
}
"""What Unleash means by a feature that is on and has no strategies."""


def segment_name(cohort: str) -> str:
    """The segment of a cohort, as people find it in Unleash's interface."""
    return f"cohort {cohort}"


def state_from(feature: Json, before: FeatureState) -> FeatureState:
    """The state that a feature of the client document is in, having been in `before`.

    Strategies that cohorts, a percentage, constraints and variants cannot express become `custom`.
    Whoever loses the feature by this may finish: Unleash has no other word for closing.
    """
    strategies = [tidied(strategy) for strategy in feature["strategies"]]
    on_feature = tuple(dict(variant) for variant in feature.get("variants") or ())
    state = replace(before, enabled=feature["enabled"], strategies=())
    understood = None if on_feature else _understood(strategies, state)
    if understood is None:
        by_hand = replace(state, custom=tuple(strategies)) if strategies else _without(state)
        understood = replace(by_hand, feature_variants=on_feature)
    return _gently(before, understood)


def gone(before: FeatureState) -> FeatureState:
    """A feature that Unleash does not have any more."""
    return _gently(before, replace(before, enabled=False))


def as_client_feature(feature: Json, environment: str, segments: Iterable[Json]) -> Json | None:
    """What SDKs will be given for a feature of the Admin API; None without this environment."""
    rules = {segment["id"]: segment["constraints"] for segment in segments}
    for there in feature["environments"]:
        if there["name"] == environment:
            return {
                "name": feature["name"],
                "description": feature.get("description"),
                "enabled": there["enabled"],
                "strategies": [
                    _inlined(strategy, rules)
                    for strategy in there["strategies"]
                    if not strategy.get("disabled")
                ],
                "variants": there.get("variants") or [],
            }
    return None


def _inlined(strategy: Json, rules: Mapping[int, list[Json]]) -> Json:
    named = [rule for number in strategy.get("segments") or () for rule in rules.get(number, ())]
    constraints = [*(strategy.get("constraints") or ()), *named]
    return {**strategy, "constraints": constraints, "segments": []}


def tidied(strategy: Json) -> Json:
    """A strategy without what only Unleash needs, and without what says nothing."""
    return {
        "name": strategy["name"],
        "parameters": dict(strategy.get("parameters") or {}),
        "constraints": [_tidy_constraint(c) for c in strategy.get("constraints") or ()],
        "segments": list(strategy.get("segments") or ()),
        "variants": [dict(variant) for variant in strategy.get("variants") or ()],
    }


def wanted_strategies(state: FeatureState, segments: Mapping[str, int]) -> list[Json]:
    """What Unleash should have for a state; `segments`: the segment number of each cohort."""
    wanted = strategies_of(state, segments)
    return [
        {**strategy, "variants": weighed(strategy.get("variants") or []), "disabled": False}
        for strategy in wanted
    ]


def weighed(variants: list[Json]) -> list[Json]:
    """Variants whose weights Unleash keeps: it deals out anew, in equal parts, whatever the fixed
    ones leave to the variable ones, and insists on at least one of these."""
    last = len(variants) - 1
    return [
        {**variant, "weightType": "variable" if place == last else "fix"}
        for place, variant in enumerate(variants)
    ]


def paired(wanted: list[Json], there: list[Json]) -> list[Json | None]:
    """For each strategy wanted the one in Unleash that should become it; each at most once."""
    left = list(there)
    found: list[Json | None] = [_take(left, partial(same_strategy, one)) for one in wanted]
    for place, one in enumerate(wanted):
        if found[place] is None:
            found[place] = _take(left, partial(_same_place, one))
    return found


def _take(left: list[Json], fits: Callable[[Json], bool]) -> Json | None:
    for place, other in enumerate(left):
        if fits(other):
            return left.pop(place)
    return None


def _same_place(one: Json, other: Json) -> bool:
    same_name: bool = one["name"] == other["name"]
    return same_name and sorted(one["segments"]) == sorted(other["segments"])


def same_strategy(one: Json, other: Json) -> bool:
    """Do two strategies say the same, whatever Unleash has added to one of them?"""
    return _comparable(one) == _comparable(other)


def is_segment_of(cohort: str, segment: Json) -> bool:
    """Does a segment say what the cohort's should? Its name tells nothing: people edit them."""
    return [_tidy_constraint(c) for c in segment["constraints"]] == [in_cohort(cohort)]


def _comparable(strategy: Json) -> Json:
    tidy = tidied(strategy)
    tidy["segments"] = sorted(tidy["segments"])
    tidy["disabled"] = bool(strategy.get("disabled"))
    tidy["variants"] = [(v["name"], v["weight"], v.get("stickiness")) for v in tidy["variants"]]
    return tidy


def _gently(before: FeatureState, after: FeatureState) -> FeatureState:
    if before.enabled and closes(before, after):
        return replace(after, closing=Closing.DRAIN)
    return after


def _understood(strategies: list[Json], state: FeatureState) -> FeatureState | None:
    """The state whose own strategies these are; None when there is none."""
    if not strategies:
        return _without(state)
    read = [_cohort_strategy(strategy) for strategy in strategies]
    first = read[0]
    if first is None or any(one is None or one[1:] != first[1:] for one in read):
        return None
    cohorts = [one[0] for one in read if one is not None]
    _, percent, constraints, weights = first
    state = replace(
        state, constraints=constraints, variants=weights, custom=(), feature_variants=()
    )
    if cohorts == [None]:
        # Nobody, as we write it; everybody when there is a percentage.
        return replace(state, cohorts=()) if percent == 0 else None
    if None in cohorts or len(set(cohorts)) != len(cohorts):
        return None
    named = tuple(cohort for cohort in cohorts if cohort is not None)
    kept = state.cohorts if set(state.cohorts) == set(named) else named
    return replace(state, cohorts=kept, rollout=percent)


def _without(state: FeatureState) -> FeatureState:
    """Everybody when it is on; and when it is off, nobody has been chosen yet."""
    if state.enabled:
        return replace(state, custom=(dict(EVERYBODY),), feature_variants=())
    return replace(state, cohorts=(), custom=(), feature_variants=())


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
    cohort, percent = _only_cohort(in_cohort), str(parameters.get("rollout", ""))
    weights = _weights(strategy["variants"])
    if cohort == "" or weights is None or not (percent.isascii() and percent.isdigit()):
        return None
    return cohort, int(percent), others, weights


def _weights(variants: list[Json]) -> dict[str, int] | None:
    """By name; None when they are not as we write them: in order and sticky."""
    names = [variant["name"] for variant in variants]
    plain = all(
        variant.get("stickiness") == "userId"
        and not variant.get("payload")
        and not variant.get("overrides")
        for variant in variants
    )
    return {v["name"]: v["weight"] for v in variants} if plain and names == sorted(names) else None


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
    return {name: value for name, value in constraint.items() if _says(constraint, name, value)}


def _says(constraint: Json, name: str, value: Any) -> bool:
    if name == "values" and constraint.get("operator") in LISTS:
        return True
    return name not in EMPTY or value not in (EMPTY[name], None)
