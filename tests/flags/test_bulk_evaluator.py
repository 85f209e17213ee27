"""A crowd is decided for as each person of it is at a gate."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flags.bulk_evaluator import CLOSED, OPEN, Crowd, Packing, packed
from flags.catalogue import CATALOGUE, REACTIONS, WEB_HOSTING
from flags.context import context_of
from flags.gate import Decision, Gate, Refused
from flags.sources.interface import Closing
from tests.harness.flags import NOON, Somebody, seeded_source


def people(number: int) -> list[Somebody]:
    dice = random.Random(7)  # noqa: S311  # the same people every time
    return [
        Somebody(
            uuid.UUID(int=dice.getrandbits(128)).hex,
            dice.choice(["staff", "alpha", "beta", "public"]),
            dice.choice([0, 600, 5000]),
            dice.choice([None, "FR"]),
            dice.choice([None, "web"]),
        )
        for _ in range(number)
    ]


def as_gate(answer: str | None, revision: int) -> Decision:
    return Decision(answer is not CLOSED, answer or None, revision)


@pytest.mark.parametrize("key", list(CATALOGUE))
@pytest.mark.parametrize("percent", [0, 37, 100])
def test_agrees_with_the_gate(key: str, percent: int) -> None:
    source = seeded_source()
    source.set_rollout(key, percent, "a test")
    if CATALOGUE[key].variants:
        first, *others = (variant.name for variant in CATALOGUE[key].variants)
        weights = dict.fromkeys(others, 0) | {first: 300, others[-1]: 700}
        source.set_variants(key, weights, "a test")
    gate = Gate(source)
    gate.start()
    crowd, packing = Crowd(source.definitions().document, key), Packing(NOON)
    for person in people(400):
        context = context_of(person, NOON)
        asked = packing.of(person)
        decision = gate.decide(key, context)
        assert as_gate(crowd.answer(asked.context), gate.revision) == decision
        assert as_gate(crowd.answer_of(asked), gate.revision) == decision
        assert crowd.answer_of(asked, variant=False) == (OPEN if decision.enabled else CLOSED)
        assert crowd.has(asked) == decision.enabled
        assert gate.decide(key, asked.context) == decision
    gate.close()


def test_a_crowd_of_more_sorts_than_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flags.bulk_evaluator.KEPT", 3)
    source = seeded_source()
    crowd, packing = Crowd(source.definitions().document, WEB_HOSTING), Packing(NOON)
    sure = Crowd(source.definitions().document, WEB_HOSTING)
    for person in people(60):
        asked = packing.of(person)
        assert asked.context == packed(context_of(person, NOON))
        assert crowd.has(asked) == (sure.answer(asked.context) is not CLOSED)
        assert len(packing._kept) <= 3
        assert len(crowd._known) <= 3


@given(
    names=st.lists(st.text(max_size=8), min_size=1, max_size=4),
    cohort=st.text(max_size=4),
    space=st.one_of(st.none(), st.text(max_size=4)),
)
def test_packs_as_one_by_one(names: list[str], cohort: str, space: str | None) -> None:
    packing = Packing(NOON)
    for name in [*names, '", "userId": "', "\N{SNOWMAN}"]:
        person = Somebody(name, cohort)
        assert packing.of(person, space).context == packed(context_of(person, NOON, space))


@pytest.mark.parametrize("name", ["appName", "environment"])
def test_a_packed_context_says_of_the_app_what_the_sdk_does(name: str) -> None:
    source = seeded_source()
    rule = {"contextName": name, "operator": "IN", "values": ["soundcheck", "default"]}
    state = replace(source.feature(REACTIONS), constraints=(rule,), cohorts=("alpha",))
    source.put(state, "a test")
    gate = Gate(source)
    gate.start()
    context = context_of(Somebody(), NOON)
    assert gate.decide(REACTIONS, context).enabled
    assert gate.decide(REACTIONS, packed(context)) == gate.decide(REACTIONS, context)
    gate.close()


def test_follows_the_parent() -> None:
    source = seeded_source()
    tess = packed(context_of(Somebody(), NOON))
    assert Crowd(source.definitions().document, REACTIONS).answer(tess) in ("tray", "tapback")
    source.turn_off("web-listening", Closing.CUT, "a test")
    assert Crowd(source.definitions().document, REACTIONS).answer(tess) is CLOSED


def test_strategies_that_nobody_here_knows_are_closed_as_at_the_gate() -> None:
    source = seeded_source()
    unknown = {"name": "by-moonlight", "parameters": {}, "constraints": [], "segments": []}
    state = replace(source.feature(WEB_HOSTING), custom=(unknown,))
    source.put(state, "a test")
    gate = Gate(source)
    gate.start()
    context = context_of(Somebody(), NOON)
    answer = Crowd(source.definitions().document, WEB_HOSTING).answer(packed(context))
    assert as_gate(answer, gate.revision) == gate.decide(WEB_HOSTING, context)
    gate.close()


def test_open_without_variants_is_open() -> None:
    document = seeded_source().definitions().document
    assert Crowd(document, "web-speaking").answer(packed(context_of(Somebody(), NOON))) == OPEN
    assert OPEN is not CLOSED


def test_unknown_features_are_closed() -> None:
    document = seeded_source().definitions().document
    assert Crowd(document, "teleport").answer(packed(context_of(Somebody(), NOON))) is CLOSED


def test_refuses_what_the_engine_does_not_take() -> None:
    with pytest.raises(Refused):
        Crowd({"version": 2, "features": [{"name": 3}]}, REACTIONS)
