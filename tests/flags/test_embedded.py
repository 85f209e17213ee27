from __future__ import annotations

import pytest

from flags.catalogue import CATALOGUE, REACTIONS, WEB_HOSTING, WEB_LISTENING, WEB_SPEAKING
from flags.sources.base import (
    BadEdit,
    Closing,
    Conflict,
    SourceUnavailable,
    UnknownFeature,
)
from flags.sources.embedded import EmbeddedSource
from tests.common.flags import NOON, Clock, RacingStore, RestlessStore, seeded_source


@pytest.fixture
def source() -> EmbeddedSource:
    return seeded_source()


class TestSeeding:
    def test_starts_every_feature_as_the_catalogue_says(self, source: EmbeddedSource) -> None:
        assert [state.key for state in source.features()] == list(CATALOGUE)
        hosting = source.feature(WEB_HOSTING)
        assert (hosting.enabled, hosting.rollout, hosting.cohorts) == (
            True,
            100,
            ("staff", "alpha"),
        )
        assert {change.action for change in source.history()} == {"seed"}

    def test_leaves_alone_what_was_edited_since(self, source: EmbeddedSource) -> None:
        source.set_rollout(REACTIONS, 10, "product")
        assert source.seed() == 0
        assert source.feature(REACTIONS).rollout == 10

    def test_gives_up_with_a_name_when_it_can_never_write(self) -> None:
        with pytest.raises(SourceUnavailable, match="could not be seeded"):
            EmbeddedSource(RestlessStore(), Clock()).seed()


class TestEditing:
    def test_tells_who_changed_what_and_when(self, source: EmbeddedSource) -> None:
        revision = source.revision()
        change = source.set_rollout(REACTIONS, 30, "product")
        assert change is not None
        assert (change.feature, change.action, change.by, change.at) == (
            REACTIONS,
            "rollout",
            "product",
            NOON,
        )
        assert (change.before["rollout"], change.after["rollout"]) == (100, 30)
        assert change.revision == source.revision() == source.feature(REACTIONS).revision
        assert change.revision == revision + 1
        assert source.history(REACTIONS)[0] == change

    @pytest.mark.parametrize(
        "edit",
        [
            lambda source: source.turn_off(REACTIONS, Closing.CUT, "product"),
            lambda source: source.turn_off(REACTIONS, Closing.DRAIN, "product"),
            lambda source: source.set_rollout(REACTIONS, 30, "product"),
            lambda source: source.set_cohort(REACTIONS, "beta", True, "product"),
            lambda source: source.set_cohort(REACTIONS, "alpha", False, "product"),
        ],
    )
    def test_the_same_edit_twice_changes_nothing(self, source: EmbeddedSource, edit) -> None:
        assert edit(source) is not None
        revision = source.revision()
        assert edit(source) is None
        assert source.revision() == revision

    def test_turning_on_what_is_on_changes_nothing(self, source: EmbeddedSource) -> None:
        assert source.turn_on(REACTIONS, "product") is None
        source.turn_off(REACTIONS, Closing.CUT, "product")
        assert source.turn_on(REACTIONS, "product") is not None
        assert source.feature(REACTIONS).enabled

    def test_a_drain_can_be_hardened_into_a_cut_but_not_softened(
        self, source: EmbeddedSource
    ) -> None:
        source.turn_off(REACTIONS, Closing.DRAIN, "product")
        assert source.turn_off(REACTIONS, Closing.CUT, "product") is not None
        assert source.turn_off(REACTIONS, Closing.DRAIN, "product") is None
        assert source.feature(REACTIONS).closing is Closing.CUT

    def test_only_what_closes_says_how(self, source: EmbeddedSource) -> None:
        lowered = source.set_rollout(REACTIONS, 30, "product", closing=Closing.CUT)
        raised = source.set_rollout(REACTIONS, 60, "product", closing=Closing.DRAIN)
        assert lowered is not None
        assert raised is not None
        assert (lowered.closing, raised.closing) == (Closing.CUT, None)
        assert source.feature(REACTIONS).closing is Closing.CUT

    def test_a_cohort_comes_and_goes(self, source: EmbeddedSource) -> None:
        source.set_cohort(REACTIONS, "friends", True, "product")
        assert source.feature(REACTIONS).cohorts == ("staff", "alpha", "friends")
        change = source.set_cohort(REACTIONS, "staff", False, "product", closing=Closing.CUT)
        assert change is not None
        assert change.closing is Closing.CUT
        assert source.feature(REACTIONS).cohorts == ("alpha", "friends")

    @pytest.mark.parametrize("percent", [-1, 101])
    def test_refuses_a_percentage_that_is_none(self, source: EmbeddedSource, percent: int) -> None:
        with pytest.raises(BadEdit, match="between 0 and 100"):
            source.set_rollout(REACTIONS, percent, "product")

    @pytest.mark.parametrize("name", [" ", "x" * 81])
    def test_refuses_names_that_are_none(self, source: EmbeddedSource, name: str) -> None:
        with pytest.raises(BadEdit, match="a cohort has a name"):
            source.set_cohort(REACTIONS, name, True, "product")
        with pytest.raises(BadEdit, match="who edits has a name"):
            source.turn_off(REACTIONS, Closing.CUT, name)

    def test_refuses_what_is_not_in_the_catalogue(self, source: EmbeddedSource) -> None:
        with pytest.raises(UnknownFeature, match="there is no feature 'teleport'"):
            source.turn_on("teleport", "product")
        with pytest.raises(UnknownFeature):
            source.feature("teleport")


class TestTwoEditors:
    def test_the_second_is_told_what_came_between(self, source: EmbeddedSource) -> None:
        seen = source.feature(REACTIONS).revision
        first = source.set_rollout(REACTIONS, 30, "ana", expected=seen)
        with pytest.raises(Conflict) as told:
            source.set_rollout(REACTIONS, 60, "ben", expected=seen)
        assert told.value.change == first
        assert told.value.revision == source.feature(REACTIONS).revision
        assert source.feature(REACTIONS).rollout == 30

    def test_both_wanting_the_same_is_no_conflict(self, source: EmbeddedSource) -> None:
        seen = source.feature(REACTIONS).revision
        source.set_rollout(REACTIONS, 30, "ana", expected=seen)
        assert source.set_rollout(REACTIONS, 30, "ben", expected=seen) is None

    def test_another_features_change_is_no_conflict(self, source: EmbeddedSource) -> None:
        seen = source.feature(REACTIONS).revision
        source.set_rollout(WEB_LISTENING, 30, "ana")
        assert source.set_rollout(REACTIONS, 60, "ben", expected=seen) is not None

    def test_a_write_that_loses_a_race_is_done_again_on_what_is_there_now(self) -> None:
        store = RacingStore()
        source = EmbeddedSource(store, Clock())
        source.seed()
        store.others = [lambda: source.set_cohort(REACTIONS, "beta", True, "ana")]
        source.set_rollout(REACTIONS, 60, "ben")
        state = source.feature(REACTIONS)
        assert (state.rollout, state.cohorts) == (60, ("staff", "alpha", "beta"))

    def test_a_race_lost_to_an_edit_of_the_same_feature_is_a_conflict_if_expected(self) -> None:
        store = RacingStore()
        source = EmbeddedSource(store, Clock())
        source.seed()
        seen = source.feature(REACTIONS).revision
        store.others = [lambda: source.set_cohort(REACTIONS, "beta", True, "ana")]
        with pytest.raises(Conflict):
            source.set_rollout(REACTIONS, 60, "ben", expected=seen)
        assert source.feature(REACTIONS).rollout == 100


class TestDocument:
    def test_one_strategy_per_cohort_in_one_group(self, source: EmbeddedSource) -> None:
        document = source.definitions().document
        speaking = next(f for f in document["features"] if f["name"] == WEB_SPEAKING)
        assert [strategy["parameters"] for strategy in speaking["strategies"]] == [
            {"rollout": "100", "stickiness": "userId", "groupId": "soundcheck"}
        ] * 2
        names = {segment["id"]: segment["name"] for segment in document["segments"]}
        used = [names[number] for s in speaking["strategies"] for number in s["segments"]]
        assert used == ["cohort staff", "cohort alpha"]
        assert speaking["dependencies"] == [{"feature": WEB_LISTENING, "enabled": True}]
        assert source.feature(WEB_SPEAKING).strategies == tuple(speaking["strategies"])

    def test_no_cohort_is_said_as_nobody(self, source: EmbeddedSource) -> None:
        source.set_cohort(WEB_SPEAKING, "staff", False, "product")
        source.set_cohort(WEB_SPEAKING, "alpha", False, "product")
        (strategy,) = source.feature(WEB_SPEAKING).strategies
        assert (strategy["parameters"]["rollout"], strategy["segments"]) == ("0", [])
