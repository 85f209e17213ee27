"""What every Source does. Subclass it and give the fixture `source`: seeded, with a `Clock`.

What edits amount to is seen through a gate, which evaluates what the source says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from flags.catalogue import CATALOGUE, REACTIONS, WEB_HOSTING, WEB_LISTENING, WEB_SPEAKING
from flags.gate import Gate
from flags.sources.embedded import EmbeddedSource, seed_state
from flags.sources.interface import (
    BadEdit,
    Change,
    Closing,
    Conflict,
    FeatureState,
    Source,
    UnknownFeature,
)
from tests.harness.flags import NOON, Clock, Somebody, decided

BY = "product"
CROWD = [Somebody(id=f"person-{number}") for number in range(200)]

Edit = Callable[[Source], Change | None]


@contextmanager
def gate_on(source: Source) -> Iterator[Gate]:
    gate = Gate(source, Clock())
    gate.start()
    yield gate
    gate.close()


def having(source: Source, key: str, cohort: str = "alpha") -> set[str]:
    """Who of a crowd in a cohort has the feature."""
    with gate_on(source) as gate:
        crowd = [replace(person, cohort=cohort, followers=1200) for person in CROWD]
        return {person.id for person in crowd if decided(gate, key, person).enabled}


def variants(source: Source) -> dict[str, str | None]:
    """The variant of reactions in each of 200 Spaces."""
    with gate_on(source) as gate:
        slugs = [f"space{number}" for number in range(200)]
        return {slug: decided(gate, REACTIONS, CROWD[0], slug).variant for slug in slugs}


EDITS: dict[str, Edit] = {
    "cut": lambda source: source.turn_off(REACTIONS, Closing.CUT, BY),
    "drain": lambda source: source.turn_off(REACTIONS, Closing.DRAIN, BY),
    "rollout": lambda source: source.set_rollout(REACTIONS, 30, BY),
    "cohort in": lambda source: source.set_cohort(REACTIONS, "beta", True, BY),
    "cohort out": lambda source: source.set_cohort(REACTIONS, "alpha", False, BY),
    "variants": lambda source: source.set_variants(REACTIONS, {"tray": 800, "tapback": 200}, BY),
    "put": lambda source: source.put(wanted(), BY),
}


def wanted(**fields: Any) -> FeatureState:
    """Another state of reactions, in everything."""
    state = FeatureState(
        key=REACTIONS,
        enabled=False,
        rollout=40,
        cohorts=("beta", "friends"),
        variants={"tray": 100, "tapback": 900},
        constraints=({"contextName": "country", "operator": "IN", "values": ["FR"]},),
        closing=Closing.CUT,
    )
    return replace(state, **fields)


def chosen(state: FeatureState) -> dict[str, Any]:
    """A state without what only the source's own book-keeping needs."""
    return replace(state, upstream=0, untold=False).as_dict()


@pytest.mark.contract
class SourceContract:
    # --- seeding

    def test_starts_every_feature_as_the_catalogue_says(self, source: EmbeddedSource) -> None:
        assert [state.key for state in source.features()] == list(CATALOGUE)
        for state in source.features():
            assert chosen(state) == chosen(seed_state(CATALOGUE[state.key]))
        assert {change.action for change in source.history()} == {"seed"}
        assert {change.by for change in source.history()} == {"seed"}

    def test_leaves_alone_what_was_edited_since(self, source: EmbeddedSource) -> None:
        source.set_rollout(REACTIONS, 10, BY)
        assert source.seed() == 0
        assert source.feature(REACTIONS).rollout == 10

    # --- editing

    def test_tells_who_changed_what_and_when(self, source: Source) -> None:
        revision = source.revision()
        change = source.set_rollout(REACTIONS, 30, BY)
        assert change is not None
        assert (change.feature, change.action, change.by, change.at) == (
            REACTIONS,
            "rollout",
            BY,
            NOON,
        )
        assert (change.before["rollout"], change.after["rollout"]) == (100, 30)
        assert change.revision == source.revision() == source.feature(REACTIONS).revision
        assert change.revision == revision + 1
        assert source.history(REACTIONS)[0] == change
        assert source.history(WEB_LISTENING)[0] != change

    @pytest.mark.parametrize("name", EDITS)
    def test_the_same_edit_twice_changes_nothing(self, source: Source, name: str) -> None:
        assert EDITS[name](source) is not None
        revision = source.revision()
        assert EDITS[name](source) is None
        assert source.revision() == revision

    def test_off_and_on(self, source: Source) -> None:
        assert source.turn_on(REACTIONS, BY) is None
        source.turn_off(REACTIONS, Closing.CUT, BY)
        assert having(source, REACTIONS) == set()
        assert source.turn_on(REACTIONS, BY) is not None
        assert len(having(source, REACTIONS)) == len(CROWD)

    def test_a_drain_can_be_hardened_into_a_cut_but_not_softened(self, source: Source) -> None:
        source.turn_off(REACTIONS, Closing.DRAIN, BY)
        assert source.turn_off(REACTIONS, Closing.CUT, BY) is not None
        assert source.turn_off(REACTIONS, Closing.DRAIN, BY) is None
        assert source.feature(REACTIONS).closing is Closing.CUT

    def test_only_what_closes_says_how(self, source: Source) -> None:
        lowered = source.set_rollout(REACTIONS, 30, BY, closing=Closing.CUT)
        raised = source.set_rollout(REACTIONS, 60, BY, closing=Closing.DRAIN)
        assert lowered is not None
        assert raised is not None
        assert (lowered.closing, raised.closing) == (Closing.CUT, None)
        assert source.feature(REACTIONS).closing is Closing.CUT

    def test_a_percentage_grows_around_those_who_have_it(self, source: Source) -> None:
        before: set[str] = set()
        for percent in (0, 20, 70, 100):
            source.set_rollout(WEB_SPEAKING, percent, BY)
            now = having(source, WEB_SPEAKING)
            assert before <= now
            assert abs(len(now) / len(CROWD) * 100 - percent) < 15
            before = now

    def test_a_cohort_comes_and_goes(self, source: Source) -> None:
        source.set_cohort(REACTIONS, "friends", True, BY)
        source.set_cohort(WEB_LISTENING, "friends", True, BY)
        assert source.feature(REACTIONS).cohorts == ("staff", "alpha", "friends")
        assert having(source, REACTIONS, "friends")
        change = source.set_cohort(REACTIONS, "friends", False, BY, closing=Closing.CUT)
        assert change is not None
        assert change.closing is Closing.CUT
        assert having(source, REACTIONS, "friends") == set()
        assert having(source, REACTIONS, "alpha")

    def test_without_a_cohort_nobody_is_in(self, source: Source) -> None:
        for cohort in ("staff", "alpha"):
            source.set_cohort(WEB_SPEAKING, cohort, False, BY)
        state = source.feature(WEB_SPEAKING)
        assert (state.enabled, state.cohorts) == (True, ())
        assert [s["parameters"]["rollout"] for s in state.strategies] == ["0"]
        assert not any(having(source, WEB_SPEAKING, name) for name in ("staff", "alpha", "public"))
        source.set_cohort(WEB_SPEAKING, "alpha", True, BY)
        assert having(source, WEB_SPEAKING)
        assert not having(source, WEB_SPEAKING, "staff")

    def test_everybody_in_a_space_has_the_same_variant(self, source: Source) -> None:
        source.set_variants(REACTIONS, {"tray": 300, "tapback": 700}, BY)
        with gate_on(source) as gate:
            for space in ("", "lounge", "kitchen", "attic"):
                found = {decided(gate, REACTIONS, one, space or None).variant for one in CROWD}
                assert len(found) == 1
        # What editors see and what is stored elsewhere are variants in strategies, as before.
        assert all(strategy["variants"] for strategy in source.feature(REACTIONS).strategies)

    def test_weights_decide_who_has_which_variant(self, source: Source) -> None:
        before = variants(source)
        assert set(before.values()) == {"tray", "tapback"}
        change = source.set_variants(REACTIONS, {"tapback": 900, "tray": 100}, BY)
        assert change is not None
        assert (change.action, change.after["variants"]) == (
            "variants",
            {"tapback": 900, "tray": 100},
        )
        after = variants(source)
        moved = {space for space in before if before[space] != after[space]}
        assert {after[space] for space in moved} == {"tapback"}
        source.set_variants(REACTIONS, {"tapback": 0, "tray": 1000}, BY)
        assert set(variants(source).values()) == {"tray"}
        assert source.feature(REACTIONS).variants == {"tapback": 0, "tray": 1000}

    def test_put_brings_a_feature_into_any_state(self, source: Source) -> None:
        change = source.put(wanted(), BY)
        assert change is not None
        assert (change.action, change.closing) == ("import", Closing.CUT)
        assert chosen(source.feature(REACTIONS)) == chosen(wanted())
        by_hand = {
            "name": "flexibleRollout",
            "parameters": {"rollout": "25", "stickiness": "default", "groupId": "elsewhere"},
            "constraints": [{"contextName": "cohort", "operator": "IN", "values": ["a", "b"]}],
            "segments": [],
            "variants": [],
        }
        source.put(wanted(enabled=True, custom=(by_hand,)), BY, action="undo")
        assert source.feature(REACTIONS).strategies == (by_hand,)
        assert source.history(REACTIONS)[0].action == "undo"
        source.put(wanted(), BY)
        assert source.feature(REACTIONS).custom == ()

    def test_closing_a_parent_closes_its_children(self, source: Source) -> None:
        source.turn_off(WEB_LISTENING, Closing.CUT, BY)
        assert not any(having(source, key) for key in CATALOGUE)
        assert all(source.feature(key).enabled for key in (WEB_SPEAKING, WEB_HOSTING, REACTIONS))
        with gate_on(source) as gate:
            features = source.definitions().document["features"]
            assert gate.revision == source.revision()
        parents = {
            f["name"]: f["dependencies"][0]["feature"] for f in features if f["dependencies"]
        }
        children = (WEB_SPEAKING, WEB_HOSTING, REACTIONS)
        assert parents == dict.fromkeys(children, WEB_LISTENING)

    # --- refusing

    def test_refuses_values_that_make_no_sense(self, source: Source) -> None:
        revision = source.revision()
        refused: list[tuple[str, Edit]] = [
            ("between 0 and 100", lambda s: s.set_rollout(REACTIONS, 101, BY)),
            ("between 0 and 100", lambda s: s.set_rollout(REACTIONS, -1, BY)),
            ("a cohort has a name", lambda s: s.set_cohort(REACTIONS, " ", True, BY)),
            ("who edits has a name", lambda s: s.turn_off(REACTIONS, Closing.CUT, "x" * 81)),
            ("the variants are", lambda s: s.set_variants(REACTIONS, {"tray": 1000}, BY)),
            ("add up", lambda s: s.set_variants(REACTIONS, {"tray": 500, "tapback": 400}, BY)),
            ("add up", lambda s: s.set_variants(REACTIONS, {"tray": 1500, "tapback": -500}, BY)),
            ("between 0 and 100", lambda s: s.put(wanted(rollout=200), BY)),
            ("a cohort is named twice", lambda s: s.put(wanted(cohorts=("a", "a")), BY)),
            ("add up", lambda s: s.put(wanted(variants={"tray": 1}), BY)),
        ]
        for reason, edit in refused:
            with pytest.raises(BadEdit, match=reason):
                edit(source)
        assert source.revision() == revision

    def test_refuses_what_is_not_in_the_catalogue(self, source: Source) -> None:
        with pytest.raises(UnknownFeature, match="there is no feature 'teleport'"):
            source.turn_on("teleport", BY)
        with pytest.raises(UnknownFeature):
            source.put(wanted(key="teleport"), BY)
        with pytest.raises(UnknownFeature):
            source.feature("teleport")

    # --- two editors

    def test_the_second_is_told_what_came_between(self, source: Source) -> None:
        seen = source.feature(REACTIONS).revision
        first = source.set_rollout(REACTIONS, 30, "ana", expected=seen)
        with pytest.raises(Conflict) as told:
            source.set_variants(REACTIONS, {"tray": 0, "tapback": 1000}, "ben", expected=seen)
        assert told.value.change == first
        assert told.value.revision == source.feature(REACTIONS).revision
        assert source.feature(REACTIONS).variants == {"tray": 500, "tapback": 500}

    def test_both_wanting_the_same_is_no_conflict(self, source: Source) -> None:
        seen = source.feature(REACTIONS).revision
        source.set_rollout(REACTIONS, 30, "ana", expected=seen)
        assert source.set_rollout(REACTIONS, 30, "ben", expected=seen) is None

    def test_another_features_change_is_no_conflict(self, source: Source) -> None:
        seen = source.feature(REACTIONS).revision
        source.set_rollout(WEB_LISTENING, 30, "ana")
        assert source.set_rollout(REACTIONS, 60, "ben", expected=seen) is not None
