"""While everybody is brought in line, the engine is asked only what may have changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from flags.context import context_of
from flags.decision_counters import Answer, Reading
from flags.dependency_fingerprint import Footing
from flags.gate import Decision
from flags.sources.interface import Closing
from flags.yggdrasil_engine import packed
from tests.harness.definitions import edit
from tests.harness.flags import NOON, Somebody, seeded_source
from tests.harness.house import House
from webapp.gating.model import Asked
from webapp.infra import cooperative

LISTENING = "web-listening"
DOCUMENT = seeded_source().definitions().document
OPENED = Decision(True, None, 1)


def asked(person: Somebody, revision: int = 1, space: str | None = None) -> Asked:
    return Asked(packed(context_of(person, NOON, space)), Footing(revision, DOCUMENT))


def said(before: Asked, now: Asked) -> dict[str, Decision]:
    return dict(before.still_said(now, (LISTENING,)))


@pytest.fixture
def before() -> Asked:
    before = asked(Somebody())
    before.answers[LISTENING] = OPENED
    return before


def test_an_answer_holds_for_the_same_person(before: Asked) -> None:
    assert said(before, asked(Somebody(), revision=2)) == {LISTENING: OPENED}


@pytest.mark.parametrize(
    "other", [Somebody("another"), Somebody(cohort="beta"), Somebody(followers=1)]
)
def test_for_nobody_else(before: Asked, other: Somebody) -> None:
    assert said(before, asked(other, revision=2)) == {}


def test_and_in_no_other_space(before: Asked) -> None:
    assert said(before, asked(Somebody(), revision=2, space="abc")) == {}


def test_nor_in_a_preview(before: Asked) -> None:
    assert said(before, replace(asked(Somebody(), revision=2), forced={})) == {}
    assert said(replace(before, forced={}), asked(Somebody(), revision=2)) == {}


def test_what_newer_definitions_said_in_between_holds_no_longer(before: Asked) -> None:
    before.answers[LISTENING] = replace(OPENED, revision=2)
    assert said(before, asked(Somebody(), revision=3)) == {}


@pytest.fixture
def questions(house: House, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the engine was asked about each feature."""
    asked_about = Counter[str]()
    weigh = house.core.gating.gate.weigh

    def counted(key: str, context: bytes) -> Decision:
        asked_about[key] += 1
        return weigh(key, context)

    monkeypatch.setattr(house.core.gating.gate, "weigh", counted)
    return asked_about


def test_only_what_has_changed_is_asked(house: House, questions: Counter[str]) -> None:
    tabs = [house.tab(house.guest(f"Guest {number}")) for number in range(3)]
    house.close_gate("reactions", Closing.DRAIN)
    questions.clear()
    house.open_gate("reactions")
    assert questions == {"reactions": 3}
    told = [[one["key"] for one in tab.received()[-1][1]["opened"]] for tab in tabs]
    assert told == [["reactions"]] * 3


def test_every_answer_is_counted_all_the_same(house: House) -> None:
    house.tab(house.guest("Tomas"))
    house.close_gate("reactions", Closing.DRAIN)
    tally = Reading(house.core.gating.gate.tally)
    tally.take()
    house.open_gate("reactions")
    assert tally.take()[Answer("web-speaking", True, None)] == 1


def test_it_is_of_the_newest_definitions(house: House) -> None:
    gate = house.core.gating.gate
    for decision in (Decision(False, None, 0), Decision(True, None, 0), Decision(True, "tray", 0)):
        assert gate.again("reactions", decision) == replace(decision, revision=gate.revision)


def test_what_goes_by_the_clock_is_asked_each_time(house: House) -> None:
    until = (NOON + timedelta(minutes=5)).isoformat()
    rule = {"contextName": "currentTime", "operator": "DATE_BEFORE", "value": until}
    edit(house.core, "reactions", constraints=(rule,))
    house.tick()
    tab = house.tab(house.guest("Tomas"))
    assert [f["key"] for f in tab.received()[-1][1]["features"]][-1] == "reactions"
    house.close_gate("web-speaking", Closing.DRAIN)
    house.clock.go_on(minutes=6)
    house.open_gate("web-speaking")
    assert [closed["key"] for closed in tab.received()[-1][1]["closed"]] == ["reactions"]


def test_definitions_that_come_in_the_middle_are_asked_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another process' change may, before anybody is brought in line with it."""
    _host, slug = house.space()
    tab = house.listening(house.guest("Tomas"), slug)
    edit(house.core, LISTENING, enabled=True)  # what was changed last is looked at first
    house.tick()
    tab.received()
    came: list[str] = []

    def in_between() -> None:
        if not came:
            came.append(LISTENING)
            edit(house.core, LISTENING, variants={"hls": 1000})
            house.core.gating.gate.reload()

    monkeypatch.setattr(cooperative._Way, "wait", staticmethod(in_between))
    house.core.gating.apply()
    assert came == [LISTENING]
    [(_, told)] = tab.received("features.changed")
    assert [(f["key"], f["variant"]) for f in told["opened"]] == [(LISTENING, "hls")]
