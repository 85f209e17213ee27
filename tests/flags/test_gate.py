from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flags.catalogue import CATALOGUE, REACTIONS, WEB_HOSTING, WEB_LISTENING, WEB_SPEAKING
from flags.gate import Decision, Gate
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import Closing, Definitions, Source
from tests.harness.flags import NOON, Clock, FlakySource, Somebody, decided, seeded_source

CROWD = [Somebody(id=f"person-{number}") for number in range(400)]
COHORTS = ["staff", "alpha", "beta", "public"]

ids = st.text("0123456789abcdef", min_size=32, max_size=32)
cohorts = st.sampled_from(COHORTS)
keys = st.sampled_from(list(CATALOGUE))
people = st.builds(Somebody, id=ids, cohort=cohorts, followers=st.integers(0, 2000))
percents = st.integers(0, 100)
closings = st.sampled_from(Closing)
edits: st.SearchStrategy[Callable[[Source], object]] = st.one_of(
    st.builds(lambda key: lambda source: source.turn_on(key, "p"), keys),
    st.builds(lambda key, how: lambda source: source.turn_off(key, how, "p"), keys, closings),
    st.builds(lambda key, n: lambda source: source.set_rollout(key, n, "p"), keys, percents),
    st.builds(
        lambda key, cohort, on: lambda source: source.set_cohort(key, cohort, on, "p"),
        keys,
        cohorts,
        st.booleans(),
    ),
)
thorough = settings(deadline=None, max_examples=60)


@contextmanager
def running(source: Source) -> Iterator[Gate]:
    gate = Gate(source, Clock())
    gate.start()
    yield gate
    gate.close()


@pytest.fixture
def source() -> EmbeddedSource:
    return seeded_source()


@pytest.fixture
def gate(source: EmbeddedSource) -> Iterator[Gate]:
    with running(source) as started:
        yield started


def has(gate: Gate, key: str) -> set[str]:
    """Who of the crowd has the feature."""
    return {person.id for person in CROWD if decided(gate, key, person).enabled}


class TestWhoGetsWhat:
    @pytest.mark.parametrize(
        ("person", "expected"),
        [
            (Somebody(cohort="staff", followers=600), set(CATALOGUE)),
            (Somebody(cohort="alpha", followers=1200), set(CATALOGUE)),
            (Somebody(cohort="alpha", followers=599), set(CATALOGUE) - {WEB_HOSTING}),
            (Somebody(cohort="beta", followers=1200), {WEB_LISTENING}),
            (Somebody(cohort="public", followers=1200), set()),
        ],
    )
    def test_on_a_fresh_installation(
        self, gate: Gate, person: Somebody, expected: set[str]
    ) -> None:
        assert {key for key in CATALOGUE if decided(gate, key, person).enabled} == expected

    def test_a_new_cohort_can_be_let_in(self, gate: Gate, source: EmbeddedSource) -> None:
        friend = Somebody(cohort="friends")
        source.set_cohort(WEB_LISTENING, "friends", True, "product")
        assert not decided(gate, WEB_LISTENING, friend).enabled
        assert gate.reload()
        assert decided(gate, WEB_LISTENING, friend).enabled

    def test_without_any_cohort_nobody_is_in(self, gate: Gate, source: EmbeddedSource) -> None:
        for cohort in COHORTS:
            source.set_cohort(WEB_LISTENING, cohort, False, "product")
        gate.reload()
        everywhere = [Somebody(cohort=cohort) for cohort in [*COHORTS, "", "friends"]]
        assert not any(decided(gate, WEB_LISTENING, person).enabled for person in everywhere)

    def test_shares_of_variants_are_near_their_weights(self, gate: Gate) -> None:
        spaces = [f"space{number}" for number in range(4000)]
        shares = Counter(decided(gate, REACTIONS, CROWD[0], space).variant for space in spaces)
        assert set(shares) == {"tray", "tapback"}
        # Five standard deviations of a fair coin thrown 4,000 times.
        assert abs(shares["tray"] - 2000) < 160

    def test_a_closed_feature_has_no_variant(self, gate: Gate, source: EmbeddedSource) -> None:
        source.turn_off(REACTIONS, Closing.CUT, "product")
        gate.reload()
        assert decided(gate, REACTIONS, CROWD[0]) == Decision(False, None, source.revision())

    def test_a_feature_without_variants_has_none(self, gate: Gate) -> None:
        assert decided(gate, WEB_SPEAKING, Somebody()) == Decision(True, None, gate.revision)


class TestSticky:
    @thorough
    @given(person=people, low=percents, high=percents, key=keys)
    def test_raising_a_percentage_takes_nothing_away(
        self, person: Somebody, low: int, high: int, key: str
    ) -> None:
        low, high = sorted((low, high))
        source = seeded_source()
        with running(source) as gate:
            source.set_rollout(key, low, "product")
            gate.reload()
            before = decided(gate, key, person)
            source.set_rollout(key, high, "product")
            gate.reload()
            after = decided(gate, key, person)
        assert after.enabled >= before.enabled
        assert before.variant in (None, after.variant)

    def test_a_percentage_lets_in_about_that_many(self, gate: Gate, source: EmbeddedSource) -> None:
        source.set_rollout(WEB_SPEAKING, 25, "product")
        gate.reload()
        assert 60 <= len(has(gate, WEB_SPEAKING)) <= 140

    def test_the_same_people_are_first_in_parent_and_child(
        self, gate: Gate, source: EmbeddedSource
    ) -> None:
        source.set_rollout(WEB_LISTENING, 40, "product")
        source.set_rollout(WEB_SPEAKING, 40, "product")
        gate.reload()
        assert has(gate, WEB_SPEAKING) == has(gate, WEB_LISTENING)

    @thorough
    @given(person=people, done=st.lists(edits, max_size=6))
    def test_two_gates_and_a_reloaded_one_agree(
        self, person: Somebody, done: list[Callable[[Source], object]]
    ) -> None:
        source = seeded_source()
        with running(source) as veteran:
            for edit in done:
                edit(source)
                veteran.reload()
            with running(source) as newcomer:
                for key in CATALOGUE:
                    first = decided(veteran, key, person)
                    assert decided(newcomer, key, person) == first
                    assert veteran.reload()
                    assert decided(veteran, key, person) == first


class TestParents:
    @thorough
    @given(person=people, done=st.lists(edits, max_size=8))
    def test_no_child_is_open_without_its_parent(
        self, person: Somebody, done: list[Callable[[Source], object]]
    ) -> None:
        source = seeded_source()
        for edit in done:
            edit(source)
        with running(source) as gate:
            answer = {key: decided(gate, key, person).enabled for key in CATALOGUE}
        for key, feature in CATALOGUE.items():
            assert feature.parent is None or answer[feature.parent] >= answer[key]

    def test_closing_the_parent_closes_the_children(
        self, gate: Gate, source: EmbeddedSource
    ) -> None:
        source.turn_off(WEB_LISTENING, Closing.CUT, "product")
        gate.reload()
        host = Somebody(followers=1200)
        assert not any(decided(gate, key, host).enabled for key in CATALOGUE)


class TestLastKnownGood:
    @pytest.fixture
    def source(self) -> FlakySource:
        return FlakySource()

    def test_a_lost_source_leaves_decisions_as_they_stand(
        self, gate: Gate, source: FlakySource
    ) -> None:
        before = decided(gate, REACTIONS, CROWD[0])
        source.store.lost = True
        assert not gate.reload()
        assert not gate.refresh()
        assert not gate.healthy
        assert decided(gate, REACTIONS, CROWD[0]) == before
        assert gate.loaded_at == NOON
        assert gate.age(NOON + timedelta(minutes=5)) == timedelta(minutes=5)
        assert gate.age(NOON - timedelta(hours=3)) == timedelta(0), "the clock was set back"

    @pytest.mark.parametrize(
        "garbage",
        [
            {},
            {"version": 2},
            {"version": 2, "features": "none"},
            {"version": 2, "features": [{"name": "reactions"}]},
            {"version": 2, "features": [{"name": "reactions", "enabled": 1, "strategies": []}]},
            {"version": 2, "features": [{"enabled": True, "strategies": []}]},
            {"version": "two", "features": []},
            {"version": 2, "features": [], "segments": "none"},
            "not even a document",
            {"version": 2, "features": [], "of": object()},
        ],
    )
    def test_garbage_is_refused(self, gate: Gate, source: FlakySource, garbage: Any) -> None:
        before = decided(gate, REACTIONS, CROWD[0])
        source.garbage = garbage
        assert not gate.reload()
        assert not gate.healthy
        assert before.enabled
        assert decided(gate, REACTIONS, CROWD[0]) == before

    def test_recovers_when_the_source_does(self, gate: Gate, source: FlakySource) -> None:
        source.store.lost = True
        gate.refresh()
        source.store.lost = False
        assert gate.refresh()
        assert gate.healthy
        assert not gate.refresh()

    def test_starts_closed_without_a_source_and_opens_when_it_comes(
        self, source: FlakySource
    ) -> None:
        source.store.lost = True
        with running(source) as gate:
            assert not gate.healthy
            assert gate.revision == 0
            assert not has(gate, WEB_LISTENING)
            source.store.lost = False
            assert gate.refresh()
            assert has(gate, WEB_LISTENING)

    def test_says_so_once(
        self, gate: Gate, source: FlakySource, caplog: pytest.LogCaptureFixture
    ) -> None:
        source.store.lost = True
        for _ in range(3):
            gate.refresh()
        assert [record.message for record in caplog.records] == [
            "the definitions cannot be read: lost on purpose; decisions stand at revision 4"
        ]


class TestFollowing:
    def test_refresh_reloads_only_what_is_new(self, gate: Gate, source: EmbeddedSource) -> None:
        assert not gate.refresh()
        source.set_rollout(WEB_LISTENING, 0, "product")
        assert gate.refresh()
        assert not has(gate, WEB_LISTENING)
        assert gate.revision == source.revision()


class TestAtTheEdges:
    def test_an_unknown_feature_is_closed_and_said_once(
        self, gate: Gate, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(3):
            assert decided(gate, "teleport", CROWD[0]) == Decision(False, None, gate.revision)
        assert [record.message for record in caplog.records] == [
            "there is no feature teleport: closed"
        ]

    def test_an_sdk_that_fails_closes_and_is_said_once(
        self, gate: Gate, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING, "flags")
        unreadable: Any = {"userId": "p", "properties": "not a mapping"}
        for _ in range(3):
            assert not gate.decide(WEB_LISTENING, unreadable).enabled
        assert [record.message for record in caplog.records] == [
            "evaluating web-listening failed: closed"
        ]

    def test_before_start_and_after_close_everything_is_closed(
        self, source: EmbeddedSource
    ) -> None:
        gate = Gate(source)
        assert not has(gate, WEB_LISTENING)
        assert not gate.reload()
        gate.start()
        gate.start()
        assert has(gate, WEB_LISTENING)
        gate.close()
        gate.close()
        assert not has(gate, WEB_LISTENING)

    def test_starts_no_thread(self, source: EmbeddedSource) -> None:
        before = threading.active_count()
        with running(source) as gate:
            gate.reload()
            has(gate, REACTIONS)
            assert threading.active_count() == before


class Slow(FlakySource):
    """Others get their turn while it reads, as with a database that is waited for."""

    meanwhile: Callable[[], object] | None = None

    def definitions(self) -> Definitions:
        found = super().definitions()
        if (meanwhile := self.meanwhile) is not None:
            self.meanwhile = None
            meanwhile()
        return found


def test_a_look_during_another_waits_for_nobody_and_the_newer_counts() -> None:
    """In one thread, as greenlets are: a lock held while the source reads would stay for ever."""
    source = Slow()
    with running(source) as gate:

        def edit_and_look() -> None:
            source.set_rollout(REACTIONS, 30, "p")
            assert gate.reload()

        source.meanwhile = edit_and_look
        looking = threading.Thread(target=gate.reload, daemon=True)
        looking.start()
        looking.join(10)
        assert not looking.is_alive()
        assert gate.revision == source.revision()
