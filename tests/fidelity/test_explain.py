"""What an explanation tells, beside the answer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from flags.catalogue import REACTIONS, WEB_HOSTING, WEB_LISTENING
from flags.context import context_of
from flags.explain import Explanation, Reason, explain
from flags.explain.evaluation_context import ADDED, FIELDS
from flags.explain.operands import place
from flags.gate import Gate
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import Closing
from tests.fidelity.definitions import Given
from tests.harness.flags import NOON, Clock, Somebody, seeded_source

Json = dict[str, Any]
HOST = Somebody("host", "alpha", followers=1200)


@pytest.fixture
def source() -> EmbeddedSource:
    return seeded_source()


def why(source: EmbeddedSource, key: str, person: Somebody) -> Explanation:
    return explain(source.definitions().document, key, context_of(person, NOON))


def feature(**more: Any) -> Json:
    return {"name": "it", "enabled": True, "strategies": [{"name": "default"}], **more}


def of(*features: Json, key: str = "it", person: Json | None = None, **more: Any) -> Explanation:
    return explain({"features": features}, key, person or {}, **more)


def rollout(percent: str, **parameters: str) -> Json:
    return {"name": "flexibleRollout", "parameters": {"rollout": percent, **parameters}}


class TestReasons:
    def test_a_strategy_lets_in(self, source: EmbeddedSource) -> None:
        told = why(source, WEB_LISTENING, HOST)
        assert (told.enabled, told.reason, told.decided) == (True, Reason.STRATEGY, 1)
        assert [strategy.met for strategy in told.strategies] == [False, True, False]

    def test_the_switch(self, source: EmbeddedSource) -> None:
        source.turn_off(REACTIONS, Closing.CUT, "product")
        told = why(source, REACTIONS, HOST)
        assert (told.enabled, told.on, told.reason, told.choice) == (False, False, Reason.OFF, None)

    def test_a_parent_with_its_own_why(self, source: EmbeddedSource) -> None:
        source.turn_off(WEB_LISTENING, Closing.CUT, "product")
        told = why(source, REACTIONS, HOST)
        (parent,) = told.parents
        assert (told.reason, parent.feature, parent.met) == (Reason.PARENT, WEB_LISTENING, False)
        assert parent.explanation is not None
        assert parent.explanation.reason is Reason.OFF

    def test_nobody_who_fits(self, source: EmbeddedSource) -> None:
        told = why(source, WEB_LISTENING, replace(HOST, cohort="public"))
        assert (told.enabled, told.reason, told.decided) == (False, Reason.NO_STRATEGY, None)

    def test_everybody(self) -> None:
        assert of(feature(strategies=[])).reason is Reason.EVERYBODY

    def test_an_unknown_feature(self, source: EmbeddedSource) -> None:
        told = why(source, "teleport", HOST)
        assert (told.key, told.enabled, told.reason) == ("teleport", False, Reason.UNKNOWN)

    def test_a_part_that_nobody_can_read(self) -> None:
        broken = {"contextName": "n", "operator": "NUM_GT", "value": "many"}
        told = of(
            feature(strategies=[{"name": "default", "constraints": [broken]}, rollout("100")])
        )
        assert (told.reason, told.strategies[0].constraints[0].unreadable) == (
            Reason.UNREADABLE,
            True,
        )

    @pytest.mark.parametrize("missing", ["ghost", "child"])
    def test_a_parent_that_is_missing_or_has_parents(self, missing: str) -> None:
        needs: Json = {"dependencies": [{"feature": missing, "enabled": False}]}
        told = of(feature(**needs), feature(**{**needs, "name": "child"}))
        assert told.reason is Reason.PARENT
        assert told.parents[0].nested is (missing == "child")
        assert told.parents[0].explanation is None


class TestSteps:
    def test_the_value_that_failed_a_constraint(self, source: EmbeddedSource) -> None:
        told = why(source, WEB_HOSTING, replace(HOST, followers=599))
        (followers,) = told.strategies[1].constraints
        assert (followers.wanted, followers.found, followers.met) == (("600",), "599", False)

    def test_the_value_that_met_a_segment(self, source: EmbeddedSource) -> None:
        (cohort,) = why(source, WEB_LISTENING, HOST).strategies[1].segments
        assert (cohort.name, cohort.met, cohort.missing) == ("cohort alpha", True, False)
        assert (cohort.constraints[0].found, cohort.constraints[0].by) == ("alpha", "alpha")

    def test_what_an_inverted_constraint_makes_of_nothing(self) -> None:
        rule = {"contextName": "n", "operator": "IN", "values": ["1"], "inverted": True}
        told = of(feature(strategies=[{"name": "default", "constraints": [rule]}]))
        (read,) = told.strategies[0].constraints
        assert (read.found, read.holds, read.met, told.enabled) == (None, False, True, True)

    def test_where_the_person_falls_in_the_percentage(self, source: EmbeddedSource) -> None:
        source.set_rollout(WEB_LISTENING, 30, "product")
        fallen = why(source, WEB_LISTENING, HOST).strategies[1].rollout
        assert fallen is not None
        assert (fallen.percent, fallen.stickiness, fallen.value) == (30, "userId", "host")
        assert fallen.place == place("soundcheck", "host", 100, 0)
        assert fallen.met is (fallen.place <= 30)
        assert not fallen.drawn

    def test_the_hash_that_unleash_documents(self) -> None:
        """From Unleash's own tests of its hash."""
        assert [place("gr1", "123", 100, 0), place("groupX", "999", 100, 0)] == [73, 25]

    def test_nothing_to_stick_to_is_outside_the_percentage(self) -> None:
        told = of(feature(strategies=[rollout("100", stickiness="userId")]))
        assert told.strategies[0].rollout is not None
        assert told.strategies[0].rollout.place is None
        assert not told.enabled

    def test_the_address_that_was_in_a_range(self) -> None:
        where = {"name": "remoteAddress", "parameters": {"IPs": "nowhere, 10.0.0.0/8"}}
        told = of(feature(strategies=[where]), person={"remoteAddress": "10.1.2.3"})
        assert told.strategies[0].listing is not None
        assert told.strategies[0].listing.by == "10.0.0.0/8"

    def test_a_kind_of_strategy_that_nobody_knows(self) -> None:
        told = of(feature(strategies=[{"name": "homegrown", "parameters": {"a": "b"}}]))
        assert (told.strategies[0].known, told.enabled) == (False, False)
        assert told.strategies[0].parameters == {"a": "b"}


class TestVariants:
    def test_the_range_that_the_hash_fell_in(self, source: EmbeddedSource) -> None:
        told = why(source, REACTIONS, HOST)
        assert told.choice is not None
        assert [(r.name, r.first, r.last) for r in told.choice.ranges] == [
            ("tapback", 1, 500),
            ("tray", 501, 1000),
        ]
        assert told.choice.hash == place(told.choice.group, str(told.choice.value), 1000, 86028157)
        (hit,) = [r for r in told.choice.ranges if r.first <= (told.choice.hash or 0) <= r.last]
        assert hit.name == told.variant == told.choice.name
        assert (told.choice.strategy, told.choice.stickiness) == (None, "space")

    def test_an_override_goes_before_the_hash(self) -> None:
        variants = [
            {"name": "a", "weight": 1000},
            {"name": "b", "weight": 0, "overrides": [{"contextName": "userId", "values": ["p"]}]},
        ]
        told = of(feature(variants=variants), person={"userId": "p"})
        assert told.choice is not None
        assert told.choice.override is not None
        assert (told.variant, told.choice.override.found, told.choice.strategy) == ("b", "p", None)

    def test_a_parent_must_deal_out_the_right_one(self) -> None:
        parent = feature(name="parent", variants=[{"name": "a", "weight": 1}])
        for wanted, met in (["a"], True), (["b"], False):
            needs = [{"feature": "parent", "variants": wanted}]
            told = of(feature(dependencies=needs), parent, person={"userId": "p"})
            assert (told.parents[0].variant, told.enabled) == ("a", met)

    def test_a_parent_hashes_in_the_name_of_the_child_that_asks(self) -> None:
        parent = feature(name="parent", strategies=[rollout("50")])
        told = of(feature(dependencies=[{"feature": "parent"}]), parent, person={"userId": "p"})
        assert told.parents[0].explanation is not None
        asked = told.parents[0].explanation.strategies[0].rollout
        alone = of(parent, key="parent", person={"userId": "p"}).strategies[0].rollout
        assert asked is not None
        assert alone is not None
        assert (asked.group, alone.group) == ("it", "parent")


class TestLuck:
    @pytest.mark.parametrize(("drawn", "enabled"), [(1, True), (99, False)])
    def test_a_percentage_of_nobody_in_particular_is_drawn(self, drawn: int, enabled: bool) -> None:
        kind = {"name": "gradualRolloutRandom", "parameters": {"percentage": "50"}}
        told = of(feature(strategies=[kind]), draw=lambda first, last: drawn)
        assert (told.enabled, told.drawn) == (enabled, True)
        assert told.beside(not enabled, None).agrees is None

    @pytest.mark.parametrize("percent", ["0", "100"])
    def test_no_luck_is_needed_for_all_or_nothing(self, percent: str) -> None:
        told = of(feature(strategies=[rollout(percent, stickiness="random")]))
        assert (told.enabled, told.drawn) == (percent == "100", False)

    def test_a_variant_without_anything_to_stick_to_is_drawn(self) -> None:
        told = of(
            feature(variants=[{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]),
            draw=lambda first, last: last,
        )
        assert (told.variant, told.drawn) == ("b", True)

    def test_the_engine_draws_too(self) -> None:
        document = {"version": 2, "features": [feature(strategies=[rollout("50")])]}
        gate = Gate(Given(document), Clock())
        gate.start()
        theirs = {gate.decide("it", {}).enabled for _ in range(100)}
        ours = {explain(document, "it", {}).enabled for _ in range(100)}
        gate.close()
        assert theirs == ours == {True, False}


class TestBesideTheEngine:
    def test_says_whether_the_two_agree(self, source: EmbeddedSource) -> None:
        told = why(source, WEB_LISTENING, HOST)
        assert told.agrees is None
        assert told.beside(True, told.variant).agrees is True
        assert told.beside(False, told.variant).agrees is False
        assert told.beside(True, "a variant").agrees is False

    def test_sees_the_context_that_the_sdk_makes(self) -> None:
        gate = Gate(seeded_source(), Clock())
        gate.start()
        assert gate._client is not None
        assert gate._client.unleash_static_context == ADDED
        gate.close()

    # Without `currentTime`: a percentage that sticks to it would go by two looks at the clock.
    @pytest.mark.parametrize("field", sorted(FIELDS - {"currentTime"}))
    @pytest.mark.parametrize("inside", [False, True], ids=["field", "property"])
    def test_context_field_given_as_property_is_read_as_the_engine_reads_it(
        self, field: str, inside: bool
    ) -> None:
        rule = {"contextName": field, "operator": "IN", "values": ["5"]}
        sticky = rollout("50", stickiness=field, groupId="g")
        document = {
            "version": 2,
            "features": [
                feature(strategies=[{"name": "default", "constraints": [rule]}]),
                feature(name="half", strategies=[sticky]),
            ],
        }
        person = {"properties": {field: "5"}} if inside else {field: "5"}
        gate = Gate(Given(document), Clock())
        gate.start()
        for key in ("it", "half"):
            decision = gate.decide(key, person)
            told = explain(document, key, person).beside(decision.enabled, decision.variant)
            assert told.agrees
        gate.close()

    def test_goes_into_json_whole(self, source: EmbeddedSource) -> None:
        told = json.loads(json.dumps(why(source, REACTIONS, HOST).as_dict()))
        assert told["reason"] == "strategy"
        assert (
            told["parents"][0]["explanation"]["strategies"][1]["rollout"]["group"] == "soundcheck"
        )
        assert told["choice"]["ranges"][0] == {"name": "tapback", "first": 1, "last": 500}
