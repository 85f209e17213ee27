"""What every DefinitionStore does. Subclass it and give the fixture `store`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flags.catalogue import CATALOGUE, REACTIONS, WEB_LISTENING
from flags.sources.embedded import DefinitionStore, RevisionMoved, seed_state
from flags.sources.interface import Change, Closing
from tests.harness.flags import NOON


def change_of(revision: int, feature: str = WEB_LISTENING, **after: Any) -> Change:
    """A change that is based on the revision before `revision`."""
    state = seed_state(CATALOGUE[feature]).as_dict()
    return Change(0, revision, feature, "rollout", "product", NOON, state, state | after)


@pytest.mark.contract
class DefinitionStoreContract:
    def test_is_empty_at_first(self, store: DefinitionStore) -> None:
        assert store.revision() == 0
        assert store.load().states == {}
        assert store.changes(None, 10) == []

    def test_gives_back_what_was_saved(self, store: DefinitionStore) -> None:
        store.save(change_of(1, REACTIONS, rollout=30, cohorts=["beta"], closing="cut"))
        snapshot = store.load()
        state = snapshot.states[REACTIONS]
        assert (snapshot.revision, state.revision) == (1, 1)
        assert (state.rollout, state.cohorts, state.closing) == (30, ("beta",), Closing.CUT)
        assert dict(state.variants) == {"tray": 500, "tapback": 500}

    def test_a_feature_keeps_the_revision_of_its_own_last_change(
        self, store: DefinitionStore
    ) -> None:
        store.save(change_of(1, WEB_LISTENING))
        store.save(change_of(2, REACTIONS))
        states = store.load().states
        assert (states[WEB_LISTENING].revision, states[REACTIONS].revision) == (1, 2)
        assert store.revision() == 2

    @pytest.mark.parametrize("stale", [0, 1, 3])
    def test_refuses_a_write_based_on_another_revision(
        self, store: DefinitionStore, stale: int
    ) -> None:
        store.save(change_of(1, rollout=50))
        with pytest.raises(RevisionMoved):
            store.save(change_of(stale, rollout=10))
        assert store.revision() == 1
        assert store.load().states[WEB_LISTENING].rollout == 50
        assert len(store.changes(None, 10)) == 1

    def test_tells_every_change_whole_and_the_latest_first(self, store: DefinitionStore) -> None:
        first = change_of(1, rollout=50)
        second = replace(change_of(2, enabled=False), action="off", closing=Closing.CUT)
        saved = [store.save(first), store.save(second)]
        assert saved[0].id < saved[1].id
        assert store.changes(None, 10) == [saved[1], saved[0]]
        assert [replace(change, id=0) for change in saved] == [first, second]

    def test_tells_the_changes_of_one_feature(self, store: DefinitionStore) -> None:
        store.save(change_of(1, WEB_LISTENING))
        store.save(change_of(2, REACTIONS))
        store.save(change_of(3, WEB_LISTENING, rollout=5))
        assert [change.revision for change in store.changes(WEB_LISTENING, 10)] == [3, 1]
        assert [change.revision for change in store.changes(WEB_LISTENING, 1)] == [3]
        assert store.changes("unheard-of", 10) == []

    def test_what_is_noted_of_a_feature_is_no_change(self, store: DefinitionStore) -> None:
        store.save(change_of(1, REACTIONS, rollout=30))
        state = store.load().states[REACTIONS]
        assert store.annotate(replace(state, upstream=7, untold=True))
        noted = store.load()
        assert (noted.revision, noted.states[REACTIONS].revision) == (1, 1)
        assert (noted.states[REACTIONS].upstream, noted.states[REACTIONS].untold) == (7, True)
        assert len(store.changes(None, 10)) == 1
        store.save(change_of(2, REACTIONS, rollout=40))
        assert not store.annotate(replace(state, upstream=8)), "based on another state"
        assert store.load().states[REACTIONS].rollout == 40

    def test_a_snapshot_stays_as_it_was(self, store: DefinitionStore) -> None:
        store.save(change_of(1, rollout=50))
        before = store.load()
        store.save(change_of(2, rollout=10))
        assert before.states[WEB_LISTENING].rollout == 50
