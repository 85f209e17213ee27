from __future__ import annotations

import pytest

from flags.catalogue import REACTIONS, WEB_LISTENING, WEB_SPEAKING
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import Conflict, SourceUnavailable
from tests.flags.sources.contract_source import SourceContract
from tests.harness.flags import Clock, RacingStore, RestlessStore, seeded_source


@pytest.fixture
def source() -> EmbeddedSource:
    return seeded_source()


class TestEmbeddedSource(SourceContract):
    pass


def test_gives_up_with_a_name_when_it_can_never_write() -> None:
    with pytest.raises(SourceUnavailable, match="could not be seeded"):
        EmbeddedSource(RestlessStore(), Clock()).seed()


class TestRaces:
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
