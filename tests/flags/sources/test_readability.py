"""Features with a rule that the engine cannot evaluate keep their last readable rules."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from flags.catalogue import CATALOGUE, WEB_HOSTING, WEB_LISTENING
from flags.context import context_of
from flags.gate import Gate
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import BadEdit, Change, Closing, FeatureState, Unreadable
from flags.sources.memory import MemoryStore
from flags.sources.readability import unreadable_rule
from flags.sources.unleash_document import document_of, draws_lots
from flags.yggdrasil_engine import CLOSED, Engine, Refused, packed
from tests.harness.flags import NOON, Clock, Somebody, decided

Json = dict[str, Any]

HOST = Somebody("host", "alpha", followers=1200)


def constraint(name: str, operator: str, value: str) -> Json:
    listed = operator in ("IN", "NOT_IN", "STR_STARTS_WITH")
    return {
        "contextName": name,
        "operator": operator,
        **({"values": [value]} if listed else {"value": value}),
    }


def by_hand(**parameters: str) -> Json:
    return {
        "name": "flexibleRollout",
        "parameters": {"rollout": "100", "stickiness": "userId", "groupId": "g", **parameters},
        "constraints": [],
        "segments": [],
        "variants": [],
    }


UNREADABLE: dict[str, Json] = {
    "date without a zone": {
        "constraints": (constraint("currentTime", "DATE_AFTER", "2026-11-01T00:00:00"),)
    },
    "date without a time": {
        "constraints": (constraint("currentTime", "DATE_AFTER", "2026-12-01"),)
    },
    "date with a blank": {
        "constraints": (constraint("currentTime", "DATE_AFTER", "2026-11-30 19:37"),)
    },
    "date in microseconds": {
        "constraints": (constraint("currentTime", "DATE_BEFORE", "2026-11-01T00:00:00.000000Z"),)
    },
    "number without a digit before the point": {
        "constraints": (constraint("followers", "NUM_GT", ".5"),)
    },
    "value that ends in a backslash": {"constraints": (constraint("country", "IN", "a\\"),)},
    "cohort that ends in a backslash": {"cohorts": ("alpha", "a\\")},
    "name with a quotation mark": {"constraints": (constraint('a"b', "IN", "x"),)},
    "group with a quotation mark": {"custom": (by_hand(groupId='a"b'),)},
    "stickiness with a quotation mark": {"custom": (by_hand(stickiness='a"b'),)},
    "percentage beyond 100": {"custom": (by_hand(rollout="101"),)},
    "rule without a name": {"constraints": ({"operator": "NO SUCH"},)},
    "rule that is none": {"custom": ({**by_hand(), "constraints": "none"},)},
    "unknown operator": {"constraints": (constraint("country", "SOUNDS_LIKE", "fr"),)},
    "variants without any weight": {
        "custom": (by_hand(),),
        "feature_variants": ({"name": "v", "weight": 0, "stickiness": "userId"},),
    },
}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def source(store: MemoryStore) -> EmbeddedSource:
    source = EmbeddedSource(store, Clock())
    source.seed()
    return source


@pytest.fixture
def gate(source: EmbeddedSource) -> Any:
    gate = Gate(source, Clock())
    gate.start()
    yield gate
    gate.close()


def edit_elsewhere(store: MemoryStore, key: str, **changes: Any) -> FeatureState:
    """A change that no editor of ours makes: as it is mirrored from Unleash."""
    snapshot = store.load()
    before = snapshot.states[key]
    after = replace(before, **changes)
    revision = snapshot.revision + 1
    store.save(Change(0, revision, key, "unleash", "pm", NOON, before.as_dict(), after.as_dict()))
    return store.load().states[key]


@pytest.mark.parametrize("changes", UNREADABLE.values(), ids=UNREADABLE)
class TestEachUnreadableRule:
    def test_engine_closes_the_feature_that_has_it(
        self, store: MemoryStore, source: EmbeddedSource, changes: Json
    ) -> None:
        state = edit_elsewhere(store, WEB_LISTENING, **changes)
        inside = replace(HOST, country="a\\", cohort="alpha")
        with suppress(Refused):  # then it takes nothing at all of the document
            engine = Engine(document_of([state], CATALOGUE))
            assert engine.answer(WEB_LISTENING, packed(context_of(inside, NOON))) is CLOSED
        assert unreadable_rule(state, CATALOGUE[WEB_LISTENING]) is not None

    def test_feature_keeps_its_last_readable_rules(
        self, store: MemoryStore, source: EmbeddedSource, gate: Gate, changes: Json
    ) -> None:
        source.set_cohort(WEB_LISTENING, "staff", False, "pm")
        evaluated = source.feature(WEB_LISTENING).revision
        edit_elsewhere(store, WEB_LISTENING, **changes)
        assert gate.refresh()
        assert decided(gate, WEB_LISTENING, HOST).enabled
        assert not decided(gate, WEB_LISTENING, replace(HOST, cohort="staff")).enabled
        (problem,) = gate.unreadable.values()
        assert problem.evaluated == evaluated
        assert problem.rule

    def test_import_refuses_it(self, source: EmbeddedSource, changes: Json) -> None:
        revision = source.revision()
        with pytest.raises(BadEdit, match="cannot be evaluated"):
            source.put(replace(source.feature(WEB_LISTENING), **changes), "pm")
        assert source.revision() == revision


BROKEN = UNREADABLE["date without a time"]


class TestWhileRulesAreUnreadable:
    def test_turning_off_still_closes(
        self, store: MemoryStore, source: EmbeddedSource, gate: Gate
    ) -> None:
        edit_elsewhere(store, WEB_LISTENING, **BROKEN)
        source.turn_off(WEB_LISTENING, Closing.CUT, "pm")
        gate.refresh()
        assert not decided(gate, WEB_LISTENING, HOST).enabled

    def test_turning_on_opens_nothing_that_was_closed(
        self, store: MemoryStore, source: EmbeddedSource, gate: Gate
    ) -> None:
        source.turn_off(WEB_LISTENING, Closing.CUT, "pm")
        edit_elsewhere(store, WEB_LISTENING, enabled=True, **BROKEN)
        gate.refresh()
        assert not decided(gate, WEB_LISTENING, HOST).enabled

    def test_another_part_of_the_feature_can_be_edited(
        self, store: MemoryStore, source: EmbeddedSource
    ) -> None:
        state = edit_elsewhere(store, WEB_LISTENING, **BROKEN)
        assert source.put(replace(state, rollout=10), "pm") is not None

    def test_new_process_decides_as_the_former_one(
        self, store: MemoryStore, source: EmbeddedSource
    ) -> None:
        edit_elsewhere(store, WEB_LISTENING, **BROKEN)
        edit_elsewhere(store, WEB_LISTENING, rollout=50)
        gate = Gate(EmbeddedSource(store, Clock()), Clock())
        gate.start()
        assert decided(gate, WEB_LISTENING, HOST).enabled
        assert set(gate.unreadable) == {WEB_LISTENING}
        gate.close()

    def test_other_features_follow_their_own_changes(
        self, store: MemoryStore, source: EmbeddedSource, gate: Gate
    ) -> None:
        edit_elsewhere(store, WEB_LISTENING, **BROKEN)
        source.turn_off(WEB_HOSTING, Closing.CUT, "pm")
        gate.refresh()
        assert not decided(gate, WEB_HOSTING, HOST).enabled
        assert decided(gate, WEB_LISTENING, HOST).enabled

    def test_readable_rules_are_followed_again(
        self, store: MemoryStore, source: EmbeddedSource, gate: Gate
    ) -> None:
        edit_elsewhere(store, WEB_LISTENING, **BROKEN)
        gate.refresh()
        later = constraint("currentTime", "DATE_AFTER", "2027-01-01T00:00:00Z")
        edit_elsewhere(store, WEB_LISTENING, constraints=(later,))
        gate.refresh()
        assert not decided(gate, WEB_LISTENING, HOST).enabled
        assert gate.unreadable == {}

    def test_preview_of_a_change_goes_by_the_readable_rules(
        self, store: MemoryStore, source: EmbeddedSource
    ) -> None:
        state = edit_elsewhere(store, WEB_LISTENING, **BROKEN)
        (evaluated,) = source.evaluated([state])
        assert (evaluated.constraints, evaluated.cohorts) == ((), state.cohorts)
        (mended,) = source.evaluated([replace(state, constraints=(), rollout=1)])
        assert mended.rollout == 1

    def test_log_names_the_rule_once(
        self,
        store: MemoryStore,
        source: EmbeddedSource,
        gate: Gate,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        with caplog.at_level(logging.ERROR, "flags.gate"):
            edit_elsewhere(store, WEB_LISTENING, **BROKEN)
            gate.refresh()
            source.set_rollout(WEB_HOSTING, 10, "pm")
            gate.refresh()
        (said,) = caplog.messages
        assert "currentTime DATE_AFTER 2026-12-01" in said
        assert "its rules of revision" in said


def test_feature_that_never_had_readable_rules_is_closed_and_named() -> None:
    store = MemoryStore()
    state = replace(
        FeatureState(WEB_LISTENING, enabled=True, rollout=100, cohorts=("alpha",), variants={}),
        **BROKEN,
    )
    store.save(Change(0, 1, WEB_LISTENING, "seed", "pm", NOON, {}, state.as_dict()))
    gate = Gate(EmbeddedSource(store, Clock()), Clock())
    gate.start()
    assert not decided(gate, WEB_LISTENING, HOST).enabled
    assert gate.unreadable == {WEB_LISTENING: Unreadable("currentTime DATE_AFTER 2026-12-01", None)}
    gate.close()


RANDOM = by_hand(rollout="20", stickiness="random")
LOTTERY = {**by_hand(), "name": "gradualRolloutRandom", "parameters": {"percentage": "20"}}
TWO = [{"name": name, "weight": 500, "stickiness": "random"} for name in ("one", "other")]


class TestRandomStickiness:
    """A person's answer would be another one for the page, its scripts and its socket."""

    @pytest.mark.parametrize("strategy", [RANDOM, LOTTERY], ids=["random", "lottery"])
    def test_percentage_sticks_to_the_person(
        self, store: MemoryStore, source: EmbeddedSource, gate: Gate, strategy: Json
    ) -> None:
        state = edit_elsewhere(store, WEB_HOSTING, custom=({**strategy, "variants": TWO},))
        gate.refresh()
        first = decisions(gate)
        assert decisions(gate) == first
        assert 30 < sum(enabled for enabled, _ in first) < 90
        # Whoever has the feature has a variant of it: both are dealt out by the same thing.
        assert {variant for enabled, variant in first if enabled} == {"one", "other"}
        assert draws_lots(state)

    @pytest.mark.parametrize("stickiness", ["random", "sessionId", "remoteAddress"])
    def test_variants_stick_to_the_person(
        self, store: MemoryStore, source: EmbeddedSource, gate: Gate, stickiness: str
    ) -> None:
        dealt = tuple({**variant, "stickiness": stickiness} for variant in TWO)
        state = edit_elsewhere(store, WEB_HOSTING, custom=(by_hand(),), feature_variants=dealt)
        gate.refresh()
        first = decisions(gate)
        assert decisions(gate) == first
        assert {variant for _, variant in first} == {"one", "other"}
        assert draws_lots(state)

    def test_rules_that_stick_are_left_as_they_are(self, store: MemoryStore) -> None:
        EmbeddedSource(store, Clock()).seed()
        state = edit_elsewhere(store, WEB_HOSTING, custom=(by_hand(stickiness="country"),))
        assert not draws_lots(state)
        assert not any(draws_lots(state) for state in store.load().states.values())


def decisions(gate: Gate) -> list[tuple[bool, str | None]]:
    crowd = [replace(HOST, id=f"person-{number}") for number in range(300)]
    answers = (decided(gate, WEB_HOSTING, person) for person in crowd)
    return [(answer.enabled, answer.variant) for answer in answers]
