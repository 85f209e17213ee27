"""A feature as a whole: its switch, its parents, its strategies, its variants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flags.explain.evaluation_context import Draw, Person, lot, person_of
from flags.explain.model import Choice, Explanation, Parent, Reason, Rollout, Strategy
from flags.explain.strategies import strategy
from flags.explain.variants import choice

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _World:
    features: Mapping[str, Json]
    segments: Mapping[int, Json]
    person: Person


def explain(document: Json, key: str, context: Mapping[str, Any], draw: Draw = lot) -> Explanation:
    """Why the person of `context` has the feature, or has not, by this client-features document.

    `draw` stands in for the engine's dice, where there is nothing to stick to.
    """
    world = _World(
        {feature["name"]: feature for feature in document["features"]},
        {segment["id"]: segment for segment in document.get("segments") or ()},
        person_of(context, draw),
    )
    feature = world.features.get(key)
    if feature is None:
        return Explanation(key, False, None, Reason.UNKNOWN, False)
    return _explained(feature, world, key)


def _explained(feature: Json, world: _World, asker: str) -> Explanation:
    parents = tuple(_parent(rule, world, asker) for rule in feature.get("dependencies") or ())
    strategies = _strategies(feature, world, asker)
    dealt = choice(feature, strategies, world.person)
    reason = _reason(feature, parents, strategies, dealt)
    enabled = reason in (Reason.STRATEGY, Reason.EVERYBODY)
    return Explanation(
        key=feature["name"],
        enabled=enabled,
        variant=dealt.name if enabled and dealt else None,
        reason=reason,
        on=bool(feature["enabled"]),
        parents=parents,
        strategies=strategies,
        decided=_first_met(strategies) if reason is Reason.STRATEGY else None,
        choice=dealt if enabled else None,
        drawn=_by_luck(parents, strategies, dealt),
    )


def _strategies(feature: Json, world: _World, asker: str) -> tuple[Strategy, ...]:
    rules = feature.get("strategies") or ()
    return tuple(strategy(rule, world.person, world.segments, asker) for rule in rules)


def _reason(
    feature: Json, parents: Iterable[Parent], strategies: tuple[Strategy, ...], dealt: Choice | None
) -> Reason:
    if not feature["enabled"]:
        return Reason.OFF
    if not all(parent.met for parent in parents):
        return Reason.PARENT
    if any(each.unreadable for each in strategies):
        return Reason.UNREADABLE
    if strategies and _first_met(strategies) is None:
        return Reason.NO_STRATEGY
    if _fails(dealt):
        return Reason.BROKEN_VARIANTS
    return Reason.STRATEGY if strategies else Reason.EVERYBODY


def _first_met(strategies: Iterable[Strategy]) -> int | None:
    return next((number for number, each in enumerate(strategies) if each.met), None)


def _fails(dealt: Choice | None) -> bool:
    return dealt is not None and dealt.name is None


def _parent(rule: Json, world: _World, asker: str) -> Parent:
    wants_enabled = rule.get("enabled") is not False
    wanted = tuple(rule.get("variants") or ())
    feature = world.features.get(rule["feature"])
    nested = feature is not None and bool(feature.get("dependencies"))
    if feature is None or nested:
        return Parent(rule["feature"], wants_enabled, wanted, None, None, nested, False)
    explanation = _explained(feature, world, asker)
    dealt = choice(feature, explanation.strategies, world.person)
    variant = dealt.name if dealt else None
    # A parent that deals out no variants satisfies every wish for one.
    right_variant = not wanted or dealt is None or variant in wanted
    met = explanation.enabled is wants_enabled and right_variant and not _fails(dealt)
    return Parent(rule["feature"], wants_enabled, wanted, explanation, variant, False, met)


def _by_luck(
    parents: Iterable[Parent], strategies: Iterable[Strategy], dealt: Choice | None
) -> bool:
    return (
        any(parent.explanation.drawn for parent in parents if parent.explanation)
        or any(_open_draw(each.rollout) for each in strategies if each.rollout)
        or (dealt is not None and dealt.drawn and dealt.override is None and _several(dealt))
    )


def _open_draw(rollout: Rollout) -> bool:
    return rollout.drawn and 0 < rollout.percent < 100


def _several(dealt: Choice) -> bool:
    return sum(each.last >= each.first for each in dealt.ranges) > 1
