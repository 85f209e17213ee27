"""The 279 tests of Unleash's client specification: gate and explanation give its answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from flags.explain import explain
from flags.gate import Gate
from tests.fidelity.specification import (
    FILES,
    PARENTS,
    SEGMENTS,
    UNREADABLE,
    Case,
    SpecifiedSource,
    cases,
    document_of_file,
)
from tests.harness.flags import Clock

CASES = list(cases())


@cache
def loaded(file: str) -> tuple[SpecifiedSource, Gate]:
    source = SpecifiedSource(document_of_file(file))
    gate = Gate(source, Clock())
    gate.start()
    return source, gate


@pytest.fixture(scope="module", autouse=True)
def closed_afterwards() -> Iterator[None]:
    yield
    for file in FILES:
        loaded(file)[1].close()
    loaded.cache_clear()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file[:-5]}: {case.text}")
def test_gate_and_explanation_answer_as_specified(case: Case) -> None:
    source, gate = loaded(case.file)
    decision = gate.decide(case.feature, case.context)
    explained = explain(source.definitions().document, case.feature, case.context)
    assert gate.healthy
    assert (decision.enabled, explained.enabled) == (case.enabled, case.enabled)
    if case.asks_variant:
        assert (decision.variant, explained.variant) == (case.variant, case.variant)
    # One test asks whether a feature is open whose variants are then dealt out by luck.
    lucky = explained.drawn and not case.asks_variant
    assert explained.beside(decision.enabled, decision.variant).agrees or lucky


def test_the_specification_is_here_in_full() -> None:
    assert len(FILES) == 22
    assert Counter(case.asks_variant for case in CASES) == {False: 227, True: 52}


def test_all_but_nineteen_features_are_written_by_our_own_source() -> None:
    """A state of ours knows one parent, which must be open, and cohorts for segments."""
    sources = {file: SpecifiedSource(document_of_file(file)) for file in FILES}
    given = {file: Counter(source.given.values()) for file, source in sources.items()}
    assert {file: dict(why) for file, why in given.items() if why} == {
        "13-constraint-operators.json": {UNREADABLE: 1},
        "15-global-constraints.json": {SEGMENTS: 5},
        "17-dependent-features.json": {PARENTS: 12},
        "20-delta-api-events.json": {SEGMENTS: 1},
    }
    assert sum(len(source.written) for source in sources.values()) == 137
