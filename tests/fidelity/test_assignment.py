"""Who has what stays so: over percentages, shares, parents, processes and restarts."""

from __future__ import annotations

import json
import os
import random
import string
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flags.bulk_evaluator import CLOSED, Crowd, packed
from flags.catalogue import REACTIONS, WEB_LISTENING, WEB_SPEAKING
from flags.context import context_of
from flags.explain import explain
from flags.sources.embedded import EmbeddedSource
from tests.fidelity.other_process import answers
from tests.harness.flags import NOON, Somebody, seeded_source

ROOT = Path(__file__).parents[2]
MANY = 100_000


def context(number: int, space: str | None = None) -> dict[str, Any]:
    return context_of(Somebody(f"{number:032x}", "alpha"), NOON, space)


@pytest.fixture(scope="module")
def everybody() -> list[bytes]:
    """100,000 people, as the engine takes them."""
    return [packed(context(number)) for number in range(MANY)]


@pytest.fixture
def source() -> EmbeddedSource:
    return seeded_source()


def inside(source: EmbeddedSource, key: str, people: list[bytes]) -> set[int]:
    """The numbers of those who have the feature."""
    crowd = Crowd(source.definitions().document, key)
    return {number for number, person in enumerate(people) if crowd.answer(person) is not CLOSED}


def shares(source: EmbeddedSource, key: str, people: list[bytes]) -> Mapping[str, float]:
    crowd = Crowd(source.definitions().document, key)
    counted = Counter(crowd.answer(person) for person in people)
    return {str(name): count / len(people) for name, count in counted.items()}


def test_raising_a_percentage_never_removes_anyone(
    source: EmbeddedSource, everybody: list[bytes]
) -> None:
    people, before = everybody[:2000], set[int]()
    for percent in range(101):
        source.set_rollout(WEB_LISTENING, percent, "product")
        after = inside(source, WEB_LISTENING, people)
        assert before <= after
        before = after
    assert len(before) == len(people)


def test_a_place_in_the_percentage_has_nothing_to_do_with_it(source: EmbeddedSource) -> None:
    places = set()
    for percent in (1, 50, 100):
        source.set_rollout(WEB_LISTENING, percent, "product")
        document = source.definitions().document
        for strategy in explain(document, WEB_LISTENING, context(7)).strategies:
            assert strategy.rollout is not None
            places.add(strategy.rollout.place)
    assert len(places) == 1


@pytest.mark.parametrize("percent", [10, 37, 75])
def test_a_percentage_takes_in_that_share(
    source: EmbeddedSource, everybody: list[bytes], percent: int
) -> None:
    source.set_rollout(WEB_LISTENING, percent, "product")
    assert abs(len(inside(source, WEB_LISTENING, everybody)) / MANY - percent / 100) < 0.01


@pytest.mark.parametrize("weights", [{"tray": 500, "tapback": 500}, {"tray": 900, "tapback": 100}])
def test_spaces_split_as_the_weights_say(source: EmbeddedSource, weights: dict[str, int]) -> None:
    dice = random.Random(4)  # noqa: S311  # the same Spaces every time
    letters = string.ascii_lowercase + string.digits
    slugs = ["".join(dice.choices(letters, k=8)) for _ in range(MANY)]
    source.set_variants(REACTIONS, weights, "product")
    found = shares(source, REACTIONS, [packed(context(7, slug)) for slug in slugs])
    assert set(found) == set(weights)
    for name, weight in weights.items():
        assert abs(found[name] - weight / 1000) < 0.01


@given(
    slug=st.from_regex(r"[a-z0-9]{1,16}", fullmatch=True),
    people=st.lists(st.integers(0, 2**128 - 1), min_size=2, max_size=20),
    tray=st.integers(0, 1000),
    percent=st.integers(1, 100),
)
@settings(max_examples=60)
def test_everybody_in_a_space_has_the_same_variant(
    slug: str, people: list[int], tray: int, percent: int
) -> None:
    source = seeded_source()
    source.set_variants(REACTIONS, {"tray": tray, "tapback": 1000 - tray}, "product")
    source.set_rollout(REACTIONS, percent, "product")
    there = [packed(context(number, slug)) for number in people]
    anywhere = [packed(context(number)) for number in people]
    crowd = Crowd(source.definitions().document, REACTIONS)
    answers = [crowd.answer(person) for person in there]
    assert len({answer for answer in answers if answer is not CLOSED}) <= 1
    # Whether it is open has nothing to do with where they are.
    assert [a is CLOSED for a in answers] == [crowd.answer(p) is CLOSED for p in anywhere]


def test_variants_that_differ_by_strategy_stay_with_their_strategies(
    source: EmbeddedSource,
) -> None:
    state = source.feature(REACTIONS)
    first, second = (dict(strategy) for strategy in state.strategies)
    second["variants"] = [{"name": "tray", "weight": 1000, "stickiness": "userId"}]
    source.put(replace(state, custom=(first, second)), "product")
    feature = next(f for f in source.definitions().document["features"] if f["name"] == REACTIONS)
    assert [bool(strategy["variants"]) for strategy in feature["strategies"]] == [True, True]
    assert feature["variants"] == []


@pytest.mark.parametrize(("parent", "child"), [(40, 40), (40, 70), (70, 40)])
def test_parent_and_child_take_the_same_people(
    source: EmbeddedSource, everybody: list[bytes], parent: int, child: int
) -> None:
    people = everybody[:5000]
    source.set_rollout(WEB_LISTENING, parent, "product")
    source.set_rollout(WEB_SPEAKING, child, "product")
    outer, inner = inside(source, WEB_LISTENING, people), inside(source, WEB_SPEAKING, people)
    assert inner <= outer
    # Whoever the smaller of the two percentages takes in has both.
    source.set_rollout(WEB_LISTENING, min(parent, child), "product")
    assert inner == inside(source, WEB_LISTENING, people)


def test_every_process_and_every_restart_gives_the_same_answers(source: EmbeddedSource) -> None:
    source.set_rollout(WEB_LISTENING, 60, "product")
    source.set_rollout(REACTIONS, 30, "product")
    document, people = source.definitions().document, [context(n, f"space{n}") for n in range(300)]
    here = list(answers(document, people))
    assert len({tuple(answer) for answer in here}) >= 4
    # Two at the same time, with different seeds for Python's own hashes, and one after them.
    together = [_started(seed) for seed in ("1", "2")]
    elsewhere = [_said(process, document, people) for process in together]
    elsewhere.append(_said(_started("3"), document, people))
    assert elsewhere == [here] * 3
    assert list(answers(document, people)) == here


def _started(seed: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fidelity.other_process"],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _said(process: subprocess.Popen[str], document: Any, people: Any) -> list[Any]:
    said, _ = process.communicate(json.dumps({"document": document, "people": people}), timeout=60)
    found: list[Any] = json.loads(said)
    return found
