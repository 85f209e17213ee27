"""Explanations are held against the engine: every operator on every value, then all of it mixed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flags.explain import explain
from flags.gate import Gate
from tests.fidelity.definitions import (
    EXPRESSIONS,
    KINDS,
    LISTED,
    NAMED,
    ODD_EXPRESSIONS,
    OPERATORS,
    Given,
    contexts,
    documents,
    families,
)
from tests.harness.flags import Clock

Json = dict[str, Any]

thorough = settings(max_examples=100)
NOTHING: Json = {"version": 2, "features": []}


@pytest.fixture(scope="module")
def source() -> Given:
    return Given(NOTHING)


@pytest.fixture(scope="module")
def gate(source: Given) -> Iterator[Gate]:
    gate = Gate(source, Clock())
    gate.start()
    yield gate
    gate.close()


def features_of(kind: str, operator: str) -> Iterator[Json]:
    """A feature for each value that a constraint of this operator may want, in all its forms."""
    _, wanted, odd = KINDS[kind]
    if operator == "REGEX":
        wanted, odd = EXPRESSIONS, ODD_EXPRESSIONS
    for value, inverted, ignores_case in product([*wanted, *odd], (False, True), (False, True)):
        rule = {
            "contextName": "it",
            "operator": operator,
            "inverted": inverted,
            "caseInsensitive": ignores_case,
            **({"values": ["x", value]} if operator in LISTED else {"value": value}),
        }
        name = f"{value} {inverted} {ignores_case}"
        yield {"name": name, "enabled": True, "strategies": [strategy(rule)]}


def strategy(rule: Json) -> Json:
    return {"name": "default", "parameters": {}, "constraints": [rule]}


@pytest.mark.parametrize(
    ("kind", "operator"), [(kind, each) for kind, all_ in OPERATORS.items() for each in all_]
)
def test_every_operator_on_every_value(source: Given, gate: Gate, kind: str, operator: str) -> None:
    features = list(features_of(kind, operator))
    source.document = {"version": 2, "features": features}
    assert gate.reload()
    had, _, odd = KINDS[kind]
    people: list[Json] = [{}, *({"properties": {"it": value}} for value in [*had, *odd])]
    differing = [
        (feature["name"], person)
        for feature, person in product(features, people)
        if gate.decide(feature["name"], person).enabled
        is not explain({"features": [feature]}, feature["name"], person).enabled
    ]
    assert differing == []


@thorough
@given(document=documents(), people=st.lists(contexts, min_size=1, max_size=8))
def test_all_of_it_mixed(source: Given, gate: Gate, document: Json, people: list[Json]) -> None:
    check(source, gate, document, people)


@thorough
@given(document=families())
def test_parents_percentages_and_variants(source: Given, gate: Gate, document: Json) -> None:
    check(source, gate, document, NAMED)


def check(source: Given, gate: Gate, document: Json, people: list[Json]) -> None:
    """Everybody's answers are the same, read and decided."""
    source.document = document
    assert gate.reload()
    for person, feature in product(people, document["features"]):
        decision = gate.decide(feature["name"], person)
        explained = explain(document, feature["name"], person)
        held = explained.beside(decision.enabled, decision.variant)
        assert held.agrees or held.drawn


@pytest.mark.parametrize(("outer", "inner"), [("2.0.0", "1.0.0"), ("1.0.0", "2.0.0")])
def test_a_property_in_both_places(source: Given, gate: Gate, outer: str, inner: str) -> None:
    rule = {"contextName": "ver", "operator": "SEMVER_GT", "value": "1.2.3"}
    feature = {"name": "it", "enabled": True, "strategies": [strategy(rule)]}
    sticky = {"rollout": "50", "stickiness": "ver", "groupId": "it"}
    half = {
        "name": "half",
        "enabled": True,
        "strategies": [{"name": "flexibleRollout", "parameters": sticky}],
    }
    document = {"version": 2, "features": [feature, half]}
    check(source, gate, document, [{"ver": outer, "properties": {"ver": inner}}])


def test_variants_of_no_weight_close_the_feature(
    source: Given, gate: Gate, capfd: pytest.CaptureFixture[str]
) -> None:
    weightless = {
        "name": "it",
        "enabled": True,
        "strategies": [],
        "variants": [{"name": "v", "weight": 0}],
    }
    child = {
        "name": "child",
        "enabled": True,
        "strategies": [],
        "dependencies": [{"feature": "it"}],
    }
    source.document = {"version": 2, "features": [weightless, child]}
    assert gate.reload()
    for key in ("it", "child"):
        decision = gate.decide(key, {"userId": "p"})
        assert explain(source.document, key, {"userId": "p"}).beside(decision.enabled, None).agrees
        assert not decision.enabled
    assert "panicked" in capfd.readouterr().err
