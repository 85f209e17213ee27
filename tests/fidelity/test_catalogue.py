"""Our own features, however they are set: what people are answered is what is explained to QA."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flags.catalogue import CATALOGUE, WHOLE_WEIGHT, GatedFeature
from flags.context import context_of
from flags.explain import explain
from flags.gate import Gate
from flags.sources.embedded import seed_state
from flags.sources.interface import FeatureState
from flags.sources.unleash_document import document_of
from tests.fidelity.definitions import Given
from tests.harness.flags import NOON, Clock, Somebody

COHORTS = ("staff", "alpha", "beta", "public")


@st.composite
def states(draw: st.DrawFn, feature: GatedFeature) -> FeatureState:
    """A feature as a product manager may set it."""
    names = [variant.name for variant in feature.variants]
    cuts = sorted(draw(st.integers(0, WHOLE_WEIGHT)) for _ in names[1:])
    weights = [end - start for start, end in pairwise([0, *cuts, WHOLE_WEIGHT])]
    return replace(
        seed_state(feature),
        enabled=draw(st.sampled_from([True, True, True, False])),
        rollout=draw(st.integers(0, 100)),
        cohorts=tuple(draw(st.sets(st.sampled_from(COHORTS)))),
        variants=dict(zip(names, weights, strict=False)),
    )


everything = st.tuples(*map(states, CATALOGUE.values()))
people = st.builds(
    Somebody,
    id=st.text("0123456789abcdef", min_size=32, max_size=32),
    cohort=st.sampled_from(COHORTS),
    followers=st.sampled_from([0, 599, 600, 5000]),
)
places = st.one_of(st.none(), st.text("abcdefgh0123", min_size=8, max_size=8))


@pytest.fixture(scope="module")
def source() -> Given:
    return Given({"version": 2, "features": []})


@pytest.fixture(scope="module")
def gate(source: Given) -> Iterator[Gate]:
    gate = Gate(source, Clock())
    gate.start()
    yield gate
    gate.close()


@settings(max_examples=100)
@given(states=everything, asked=st.lists(st.tuples(people, places), min_size=1, max_size=8))
def test_explained_as_it_was_answered(
    source: Given,
    gate: Gate,
    states: tuple[FeatureState, ...],
    asked: list[tuple[Somebody, str | None]],
) -> None:
    source.document = document_of(states, CATALOGUE)
    assert gate.reload()
    for person, slug in asked:
        context = context_of(person, NOON, slug)
        for key in CATALOGUE:
            decision = gate.decide(key, context)
            told = explain(source.document, key, context).beside(decision.enabled, decision.variant)
            assert told.agrees, (key, decision)
