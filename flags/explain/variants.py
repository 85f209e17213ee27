"""Variants: which one a person is dealt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from flags.explain.evaluation_context import FIELDS, Person
from flags.explain.model import Choice, Override, Range, Strategy
from flags.explain.operands import place

Json = Mapping[str, Any]

SEED = 86028157
"""Of the hash for variants: another one than for percentages, so that the two are independent."""


def choice(feature: Json, strategies: Sequence[Strategy], person: Person) -> Choice | None:
    """The variants dealt out and the one that comes up; None when there are none.

    The first strategy that lets the person in deals out its own, if it has any; else the feature's
    are dealt. Those of a strategy stick to what the strategy sticks to: the engine does not look at
    a stickiness of their own.
    """
    first = next((number for number, each in enumerate(strategies) if each.met), None)
    readable = not any(each.unreadable for each in strategies)
    if first is not None and readable and feature["strategies"][first].get("variants"):
        return _of_strategy(feature, first, person)
    variants = feature.get("variants") or ()
    if not variants:
        return None
    stickiness = variants[0].get("stickiness") or "default"
    return _dealt(variants, None, stickiness, feature["name"], person)


def _of_strategy(feature: Json, number: int, person: Person) -> Choice:
    rule = feature["strategies"][number]
    parameters = rule.get("parameters") or {}
    group = parameters.get("groupId")
    plain = [{name: v[name] for name in ("name", "weight")} for v in rule["variants"]]
    stickiness = parameters.get("stickiness", "default")
    group = feature["name"] if group is None else group
    return _dealt(plain, number, stickiness, group, person)


def _dealt(
    variants: Sequence[Json], strategy: int | None, stickiness: str, group: str, person: Person
) -> Choice:
    ends = list(accumulate(variant["weight"] for variant in variants))
    starts = [0, *ends]
    ranges = tuple(
        Range(variant["name"], start + 1, end)
        for variant, start, end in zip(variants, starts, ends, strict=False)
    )
    override, overridden = _override(variants, person)
    value, total = _stuck_to(stickiness, person), ends[-1]
    hash_ = _hash(group, value, total, person)
    found = next((r.name for r in ranges if hash_ is not None and hash_ <= r.last), None)
    return Choice(
        name=overridden or found,
        strategy=strategy,
        stickiness=stickiness,
        value=value,
        group=group,
        hash=hash_,
        total=total,
        drawn=value is None,
        ranges=ranges,
        override=override,
    )


def _stuck_to(stickiness: str, person: Person) -> str | None:
    if stickiness == "default":
        user, login = person.value("userId"), person.value("sessionId")
        return login if user is None else user
    if stickiness in FIELDS - {"currentTime"}:
        return person.value(stickiness)
    # The moment is no field here, unlike for percentages.
    return person.properties.get(stickiness)


def _hash(group: str, value: str | None, total: int, person: Person) -> int | None:
    if total < 1:
        return None
    return person.draw(1, total) if value is None else place(group, value, total, SEED)


def _override(variants: Sequence[Json], person: Person) -> tuple[Override | None, str | None]:
    for variant in variants:
        for rule in variant.get("overrides") or ():
            found = person.value(rule["contextName"])
            if found is not None and found in rule["values"]:
                return Override(rule["contextName"], found), variant["name"]
    return None, None
