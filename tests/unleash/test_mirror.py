"""Changes made in Unleash's own interface: what becomes of them here, and who is named."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from flags.catalogue import CATALOGUE, REACTIONS, WEB_HOSTING, WEB_LISTENING, WEB_SPEAKING
from flags.sources.embedded import EmbeddedSource, seed_state, utc_now
from flags.sources.interface import Change, Closing, Conflict, SourceUnavailable
from flags.sources.memory import MemoryStore
from flags.sources.unleash.admin_api import UnleashApi
from flags.sources.unleash.source import IN_UNLEASH, UnleashSource
from flags.sources.unleash.strategy_writer import SETTING_UP
from tests.flags.sources.contract_source import having, wanted
from tests.harness.flags import Clock
from tests.harness.waits import until
from tests.unleash.test_contract import agrees
from tests.unleash.unleash_user import PATIENCE, Colleague

IN_FRANCE = {"contextName": "country", "operator": "IN", "values": ["FR"]}


def follow(source: UnleashSource, condition: Callable[[], object], what: str) -> None:
    """Looks at Unleash until it is so."""

    def looked() -> object:
        source.sync()
        return condition()

    until(looked, what, PATIENCE)


def latest(source: UnleashSource, key: str) -> Change:
    return source.history(key, 1)[0]


def caught_up(source: UnleashSource) -> None:
    """Looks until SDKs are given what the Admin API says; nothing may be left to see then."""
    newest = max(source.api.events(key)[0].id for key in CATALOGUE if source.api.events(key))

    def sdk_has_it() -> bool:
        answer = source.api.client_features()
        return answer is not None and answer.revision >= newest

    until(sdk_has_it, "the client API", PATIENCE)
    source.sync()


class TestWhoAndWhat:
    def test_off_is_a_drain_by_whoever_did_it_when_they_did_it(
        self, api: UnleashApi, ana: Colleague
    ) -> None:
        source = UnleashSource(api, MemoryStore())
        source.seed()
        source.set_rollout(REACTIONS, 80, "product", closing=Closing.CUT)
        began = utc_now()
        ana.switch(REACTIONS, False)
        follow(source, lambda: not source.feature(REACTIONS).enabled, "reactions off")
        change = latest(source, REACTIONS)
        assert (change.action, change.by, change.closing) == ("unleash", ana.name, Closing.DRAIN)
        assert change.at == api.events(REACTIONS)[0].at
        assert abs(change.at - began) < timedelta(seconds=5)
        assert source.feature(REACTIONS).closing is Closing.DRAIN

    def test_a_percentage_is_understood(self, source: UnleashSource, ana: Colleague) -> None:
        ana.set_rollout(WEB_SPEAKING, 40)
        follow(source, lambda: source.feature(WEB_SPEAKING).rollout == 40, "40 %")
        assert source.feature(WEB_SPEAKING).custom == ()
        assert latest(source, WEB_SPEAKING).by == ana.name
        agrees(source)

    def test_another_environment_is_nobodys_business(
        self, source: UnleashSource, ana: Colleague
    ) -> None:
        revision = source.revision()
        ana.switch(REACTIONS, True, "production")
        ana.switch(WEB_HOSTING, False)
        follow(source, lambda: not source.feature(WEB_HOSTING).enabled, "hosting off")
        assert source.revision() == revision + 1

    def test_nothing_new_leaves_no_trace(self, source: UnleashSource) -> None:
        caught_up(source)
        revision = source.revision()
        assert not source.sync()
        assert source.revision() == revision


class TestMadeByHand:
    def test_a_strategy_of_another_kind_holds_until_an_edit(
        self, source: UnleashSource, ana: Colleague
    ) -> None:
        ana.add_strategy(
            WEB_SPEAKING,
            name="flexibleRollout",
            parameters={"rollout": "100", "stickiness": "default", "groupId": "by-hand"},
            constraints=[{"contextName": "cohort", "operator": "IN", "values": ["beta", "public"]}],
        )
        follow(source, lambda: source.feature(WEB_SPEAKING).custom, "a custom strategy")
        assert len(source.feature(WEB_SPEAKING).custom) == 3
        assert len(having(source, WEB_SPEAKING, "beta")) == 200
        source.turn_off(WEB_SPEAKING, Closing.CUT, "product")
        source.turn_on(WEB_SPEAKING, "product")
        assert len(having(source, WEB_SPEAKING, "beta")) == 200
        source.set_cohort(WEB_SPEAKING, "alpha", True, "product")
        assert source.feature(WEB_SPEAKING).custom == ()
        assert having(source, WEB_SPEAKING, "beta") == set()
        assert len(having(source, WEB_SPEAKING)) == 200
        agrees(source)

    @pytest.mark.parametrize(
        "fields",
        [
            {"variants": [{"name": "tray", "weight": 1000, "weightType": "variable"}]},
            {"constraints": [IN_FRANCE | {"contextName": "cohort"}, IN_FRANCE]},
            {"parameters": {"rollout": "50", "stickiness": "random", "groupId": "soundcheck"}},
        ],
        ids=["variants dealt out otherwise", "another constraint", "random"],
    )
    def test_rules_that_are_not_ours_are_kept_as_they_are(
        self, source: UnleashSource, ana: Colleague, fields: dict[str, Any]
    ) -> None:
        for variant in fields.get("variants", ()):
            variant["stickiness"] = "default"
        ana.change_strategies(REACTIONS, **fields)
        follow(source, lambda: source.feature(REACTIONS).custom, "custom strategies")
        agrees(source)

    @pytest.mark.parametrize(
        "moment",
        ["2026-12-01", "2026-11-30 19:37", "2026-11-01T00:00:00", "2026-11-01T00:00:00.000000Z"],
    )
    def test_date_that_only_unleash_accepts_takes_the_feature_from_nobody(
        self, source: UnleashSource, ana: Colleague, moment: str
    ) -> None:
        before = having(source, WEB_LISTENING)
        rule = {"contextName": "currentTime", "operator": "DATE_AFTER", "value": moment}
        ana.change_strategies(WEB_LISTENING, constraints=[rule])
        follow(source, lambda: WEB_LISTENING in source.definitions().unreadable, "the new rule")
        assert having(source, WEB_LISTENING) == before
        assert len(before) == 200
        assert f"currentTime DATE_AFTER {moment}" == (
            source.definitions().unreadable[WEB_LISTENING].rule
        )

    def test_a_segment_changed_by_hand_is_not_ours_any_more(
        self, source: UnleashSource, ana: Colleague
    ) -> None:
        both = {"contextName": "cohort", "operator": "IN", "values": ["alpha", "public"]}
        own = {"contextName": "cohort", "operator": "IN", "values": ["alpha"]}
        ana.change_segment("cohort alpha", [both])
        try:
            follow(source, lambda: source.feature(REACTIONS).custom, "custom strategies")
            assert latest(source, REACTIONS).by == ana.name
            follow(source, lambda: having(source, REACTIONS, "public"), "them to have it")
            source.set_rollout(REACTIONS, 60, "product")
            assert not having(source, REACTIONS, "public")
            agrees(source)
            caught_up(source)
            assert source.feature(REACTIONS).custom == ()
        finally:
            ana.change_segment("cohort alpha", [own])

    def test_without_strategies_it_is_off_and_for_nobody(
        self, source: UnleashSource, ana: Colleague
    ) -> None:
        ana.remove_strategies(WEB_SPEAKING)
        follow(source, lambda: not source.feature(WEB_SPEAKING).enabled, "speaking off")
        assert source.feature(WEB_SPEAKING).cohorts == ()
        # Unleash itself adds a strategy for everybody.
        ana.switch(WEB_SPEAKING, True)
        follow(source, lambda: source.feature(WEB_SPEAKING).enabled, "speaking on")
        assert source.feature(WEB_SPEAKING).custom
        assert len(having(source, WEB_SPEAKING, "beta")) == 200

    def test_a_strategy_that_is_disabled_does_not_count(
        self, source: UnleashSource, ana: Colleague
    ) -> None:
        ana.change_strategies(WEB_SPEAKING, disabled=True)
        follow(source, lambda: not source.feature(WEB_SPEAKING).enabled, "Unleash turns it off")
        source.set_cohort(WEB_SPEAKING, "alpha", True, "product")
        source.turn_on(WEB_SPEAKING, "product")
        assert (len(having(source, WEB_SPEAKING)), having(source, WEB_SPEAKING, "beta")) == (
            200,
            set(),
        )
        agrees(source)

    def test_what_is_in_the_archive_is_closed(
        self, source: UnleashSource, api: UnleashApi, ana: Colleague
    ) -> None:
        ana.archive(REACTIONS)
        follow(source, lambda: not source.feature(REACTIONS).enabled, "reactions closed")
        with pytest.raises(SourceUnavailable, match="Unleash has no feature reactions"):
            source.turn_on(REACTIONS, "product")
        newcomer = UnleashSource(api, MemoryStore(), Clock())
        assert newcomer.seed() == 0
        assert [state.key for state in newcomer.features()] == list(CATALOGUE)[:3]


class TestTwoAtOnce:
    def test_what_the_client_api_does_not_tell_yet_is_not_overwritten(
        self, source: UnleashSource, ana: Colleague
    ) -> None:
        seen = source.feature(REACTIONS).revision
        ana.set_rollout(REACTIONS, 40)
        with pytest.raises(Conflict) as told:
            source.set_cohort(REACTIONS, "beta", True, "product", expected=seen)
        assert (told.value.change.by, told.value.change.after["rollout"]) == (ana.name, 40)
        source.set_cohort(REACTIONS, "beta", True, "product")
        assert source.feature(REACTIONS).rollout == 40
        agrees(source)

    def test_an_answer_from_before_an_edit_does_not_undo_it(self, source: UnleashSource) -> None:
        caught_up(source)
        source.set_rollout(REACTIONS, 30, "product")
        revision = source.revision()
        # As another process that looks for the first time: it is given the old ones.
        source._etag = ""
        source.sync()
        assert source.feature(REACTIONS).rollout == 30
        caught_up(source)
        assert source.revision() == revision

    def test_what_another_process_of_ours_writes_is_named_by_that_one(
        self, source: UnleashSource, unleash: Any
    ) -> None:
        prefix = source.api.prefix
        own = UnleashApi(unleash.url, unleash.admin_token, unleash.backend_token, prefix)
        other = UnleashSource(own, source._store, Clock())
        other.sync()
        done = threading.Event()

        def watch() -> None:
            while not done.is_set():
                other.sync()

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            for percent in (80, 60, 40):
                source.set_rollout(WEB_LISTENING, percent, "product")
        finally:
            done.set()
            watcher.join()
        caught_up(other)
        own.close()
        assert [change.by for change in source.history(WEB_LISTENING, 3)] == ["product"] * 3
        assert source.feature(WEB_LISTENING).rollout == 40

    def test_edits_through_other_tokens_are_seen_all_the_same(self, source: UnleashSource) -> None:
        source.api.switch(REACTIONS, False)
        follow(source, lambda: not source.feature(REACTIONS).enabled, "reactions off")
        assert latest(source, REACTIONS).by == "admin"


class TestMovingIn:
    def test_what_was_edited_in_the_embedded_source_is_made_in_unleash(
        self, api: UnleashApi
    ) -> None:
        store = MemoryStore()
        embedded = EmbeddedSource(store, Clock())
        embedded.seed()
        embedded.put(wanted(enabled=True), "product")
        embedded.turn_off(WEB_HOSTING, Closing.CUT, "product")
        before = {key: having(embedded, key) for key in CATALOGUE}
        states = embedded.features()
        source = UnleashSource(api, store, Clock())
        assert source.seed() == len(CATALOGUE)
        assert [replace(s, revision=0) for s in source.features()] == [
            replace(s, revision=0) for s in states
        ]
        assert {key: having(source, key) for key in CATALOGUE} == before
        agrees(source)
        caught_up(source)
        assert source.seed() == 0

    def test_what_unleash_has_wins(self, source: UnleashSource, api: UnleashApi) -> None:
        source.set_rollout(REACTIONS, 20, "product")
        store = MemoryStore()
        EmbeddedSource(store, Clock()).seed()
        late = UnleashSource(api, store, Clock())
        assert late.seed() == 0
        assert late.feature(REACTIONS).rollout == 20

    def test_a_feature_left_half_made_is_finished_later(self, api: UnleashApi) -> None:
        api.create_feature(WEB_LISTENING, SETTING_UP)
        source = UnleashSource(api, MemoryStore())
        with pytest.raises(SourceUnavailable, match="another process is setting web-listening up"):
            source.seed()
        clock = Clock(utc_now() + timedelta(minutes=1))
        later = UnleashSource(api, MemoryStore(), clock)
        assert later.seed() == len(CATALOGUE)
        feature = api.feature(WEB_LISTENING)
        assert feature is not None
        assert feature["description"] == CATALOGUE[WEB_LISTENING].purpose
        agrees(later)

    def test_a_server_whose_events_count_anew_is_followed(
        self, source: UnleashSource, api: UnleashApi, ana: Colleague
    ) -> None:
        clock = Clock()
        moved = UnleashSource(api, MemoryStore(), clock)
        for state in source.features():
            far = replace(seed_state(CATALOGUE[state.key]), upstream=10**9)
            moved._kept(state.key, "import", "another server", None, far)
        clock.go_on(minutes=1)
        ana.switch(REACTIONS, False)
        follow(moved, lambda: not moved.feature(REACTIONS).enabled, "reactions off")
        assert latest(moved, REACTIONS).by == IN_UNLEASH

    def test_a_server_without_our_features_changes_nothing(
        self, source: UnleashSource, api: UnleashApi, ana: Colleague
    ) -> None:
        before = source.features()
        for key in reversed(CATALOGUE):
            ana.archive(key)

        def refused() -> bool:
            try:
                source.sync()
            except SourceUnavailable as reason:
                return "none of our features" in str(reason)
            return False

        until(refused, "a refusal", PATIENCE)
        assert source.features() == before
        assert "none of our features" in source.contact.problem
