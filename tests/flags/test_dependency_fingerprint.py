"""What answers stand on: where it is the same, the engine says the same, whenever it is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from flags.dependency_fingerprint import Footing
from flags.yggdrasil_engine import Engine, packed
from tests.fidelity.definitions import (
    FEATURES,
    MOMENTS,
    NAMED,
    constraints,
    contexts,
    documents,
    families,
)
from tests.harness.flags import seeded_source

Json = dict[str, Any]


def document(*features: Json, **segments: list[Json]) -> Json:
    listed = [{"id": int(n[1:]), "constraints": rules} for n, rules in segments.items()]
    return {"version": 2, "features": list(features), "segments": listed}


def feature(name: str = "it", *strategies: Json, **more: Any) -> Json:
    return {"name": name, "enabled": True, "strategies": list(strategies), **more}


def strategy(name: str = "default", **more: Any) -> Json:
    return {"name": name, "parameters": {}, **more}


def rollout(**parameters: str) -> Json:
    return {
        "name": "flexibleRollout",
        "parameters": {"rollout": "50", "groupId": "g", **parameters},
    }


def among(context_name: str, *values: str) -> Json:
    return {"contextName": context_name, "operator": "IN", "values": list(values)}


def same(now: Json, earlier: Json, *keys: str) -> set[str]:
    return set(Footing(2, now).same(Footing(1, earlier), keys or ("it",)))


@st.composite
def plain(draw: st.DrawFn) -> Json:
    """What is open or closed for whole groups."""
    rules = st.lists(constraints(), max_size=2)
    strategies = st.one_of(
        st.builds(lambda some: strategy(constraints=some), rules),
        st.builds(
            lambda much, some: {**rollout(rollout=much), "constraints": some},
            st.sampled_from(["0", "100"]),
            rules,
        ),
        st.builds(lambda number: strategy(segments=[number]), st.sampled_from([1, 2])),
    )
    made = [feature(name, *draw(st.lists(strategies, max_size=2))) for name in FEATURES]
    made[1]["dependencies"] = [{"feature": FEATURES[0], "enabled": draw(st.booleans())}]
    return document(*made, s1=draw(rules), s2=draw(rules))


named = contexts.map(lambda context: {**context, "userId": context.get("userId") or "somebody"})


@settings(max_examples=150)
@given(
    one=st.one_of(documents(), families()),
    other=st.one_of(documents(), families()),
    taken=st.sets(st.sampled_from([*FEATURES, "segments"])),
    people=st.lists(st.one_of(named, st.sampled_from(NAMED)), min_size=1, max_size=6),
    later=st.sampled_from(MOMENTS),
)
def test_on_the_same_footing_the_same_is_said(
    one: Json, other: Json, taken: set[str], people: list[Json], later: str
) -> None:
    """Two documents that have some features, and perhaps the segments, in common."""
    changed = {f["name"]: f for f in one["features"]}
    changed |= {f["name"]: f for f in other["features"] if f["name"] in taken}
    after = {**(other if "segments" in taken else one), "features": list(changed.values())}
    standing = same(after, one, *FEATURES)
    event(f"{len(standing)} stand")
    before, now = Engine(one), Engine(after)
    for key in standing:
        for person in people:
            said = before.answer(key, packed(person))
            assert now.answer(key, packed({**person, "currentTime": later})) == said


def test_all_of_a_fresh_installation_stands_but_what_is_changed() -> None:
    source = seeded_source()
    before = source.definitions().document
    source.set_rollout("web-speaking", 30, "a test")
    keys = [one["name"] for one in before["features"]]
    assert same(source.definitions().document, before, *keys) == {*keys} - {"web-speaking"}
    source.set_rollout("web-listening", 30, "a test")
    assert same(source.definitions().document, before, *keys) == set(), "all need listening"


@pytest.mark.parametrize(
    "given_",
    [
        feature("it", rollout(stickiness="default")),
        feature("it", strategy(segments=[1], constraints=[among("cohort", "a")])),
        feature("it", variants=[{"name": "v", "weight": 1, "stickiness": "space"}]),
    ],
)
def test_what_nothing_has_changed_in_stands(given_: Json) -> None:
    whole = document(given_, s1=[among("followers", "1")])
    assert same(whole, whole) == {"it"}


@pytest.mark.parametrize(
    "given_",
    [
        feature("it", strategy(constraints=[among("currentTime", "noon")])),
        feature("it", strategy(constraints=[{"contextName": "x", "operator": "DATE_AFTER"}])),
        feature("it", strategy(segments=[1])),
        feature("it", rollout(stickiness="random")),
        feature("it", rollout(stickiness="country")),
        feature("it", rollout(stickiness="currentTime")),
        feature("it", strategy("gradualRolloutRandom")),
        feature("it", strategy("somebodyElsesOwn")),
        feature("it", rollout(), variants=[{"name": "v", "weight": 1, "stickiness": "random"}]),
        feature("it", strategy(variants=[{"name": "v", "weight": 1, "stickiness": "random"}])),
        feature("it", dependencies=[{"feature": "parent"}]),
        feature("it", dependencies=[{"feature": "it"}]),
        feature("it", dependencies=[{"feature": "ghost"}]),
    ],
)
def test_what_may_change_by_itself_never_stands(given_: Json) -> None:
    late = [
        {"contextName": "currentTime", "operator": "DATE_AFTER", "value": "2026-11-21T12:00:00Z"}
    ]
    whole = document(given_, feature("parent", rollout(stickiness="random")), s1=late)
    assert same(whole, whole) == set()


def test_nothing_unknown_stands() -> None:
    assert same(document(), document()) == set()


def test_what_it_needs_belongs_to_it() -> None:
    child = feature("it", dependencies=[{"feature": "parent"}])
    needs = document(child, feature("parent", strategy(segments=[1])), s1=[among("cohort", "a")])
    moved = document(child, feature("parent", strategy(segments=[1])), s1=[among("cohort", "b")])
    assert same(needs, needs) == {"it"}
    assert same(moved, needs) == set()
    assert same(document(child, feature("parent", enabled=False)), needs) == set()


def test_a_segment_belongs_to_whoever_names_it() -> None:
    one, two = feature("it", strategy(segments=[1])), feature("other", strategy(segments=[2]))
    before = document(one, two, s1=[among("cohort", "a")], s2=[among("cohort", "a")])
    after = document(one, two, s1=[among("cohort", "b")], s2=[among("cohort", "a")])
    assert same(after, before, "it", "other") == {"other"}


def looked(whole: Json, key: str = "it") -> set[str] | None:
    found = Footing(1, whole).looks_at(key)
    return None if found is None else set(found)


def part(context: Json, names: set[str]) -> Json:
    """What a context says of these, at itself and among its properties."""
    properties = {n: v for n, v in context.get("properties", {}).items() if n in names}
    return {n: v for n, v in context.items() if n in names} | {"properties": properties}


@settings(max_examples=300)
@given(
    whole=st.one_of(documents(), families(), plain()),
    people=st.lists(st.one_of(named, st.sampled_from(NAMED)), min_size=2, max_size=6),
)
def test_who_is_alike_in_what_is_looked_at_has_the_same(whole: Json, people: list[Json]) -> None:
    engine = Engine(whole)
    for key in FEATURES:
        names = looked(whole, key)
        event("not sure" if names is None else "sure")
        if names is None:
            continue
        one, *others = people
        kept = names | {"currentTime"}
        for other in others:
            rest = part(other, {*other, *other.get("properties", ())} - kept)
            own = part(one, kept)
            alike = {**rest, **own, "properties": {**rest["properties"], **own["properties"]}}
            assert engine.has(key, packed(alike)) == engine.has(key, packed(one))


@pytest.mark.parametrize(
    ("given_", "names"),
    [
        (feature("it"), set()),
        (feature("it", rollout(rollout="100")), set()),
        (feature("it", rollout(rollout="0", stickiness="followers")), set()),
        (feature("it", strategy(constraints=[among("cohort", "a")])), {"cohort"}),
        (feature("it", strategy(segments=[1]), strategy(segments=[2])), {"country", "followers"}),
        (feature("it", dependencies=[{"feature": "whole"}]), {"platform"}),
        (feature("it", variants=[{"name": "v", "weight": 1}]), set()),
        (feature("it", rollout()), None),
        (feature("it", rollout(rollout="")), None),
        (feature("it", strategy("flexibleRollout")), None),
        (feature("it", strategy("userWithId")), None),
        (feature("it", strategy("gradualRolloutUserId", parameters={"rollout": "100"})), None),
        (feature("it", strategy(constraints=[among("userId", "a")])), None),
        (feature("it", dependencies=[{"feature": "half"}]), None),
        (feature("it", dependencies=[{"feature": "whole", "variants": ["v"]}]), None),
        (feature("it", strategy(constraints=[among("currentTime", "noon")])), None),
    ],
)
def test_what_is_looked_at_of_a_person(given_: Json, names: set[str] | None) -> None:
    parents = [
        feature("whole", strategy(constraints=[among("platform", "web")])),
        feature("half", rollout()),
    ]
    segments = {"s1": [among("country", "FR")], "s2": [among("followers", "1")]}
    assert looked(document(given_, *parents, **segments)) == names


def test_of_nothing_unknown_it_is_sure() -> None:
    assert looked(document()) is None
