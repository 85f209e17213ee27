"""Everybody is re-evaluated in slices: whatever happens between two of them, those who must stop
stop first, nobody is told what is not so any more, and everybody has what is theirs in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from flags.sources.interface import Closing
from tests.harness.house import House, Tab
from webapp.gating import service
from webapp.infra.cooperative import Breath

Meanwhile = Callable[[], object]


class Interrupted(Breath):
    """Takes a breath after every person; `meanwhile` is what others do then, once each."""

    meanwhile: list[Meanwhile]
    taken = 0

    def is_due(self) -> bool:
        return True

    def take(self) -> None:
        type(self).taken += 1
        if self.meanwhile:
            self.meanwhile.pop(0)()


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> list[Meanwhile]:
    """What happens between slices: the first after the first, and so on."""
    Interrupted.meanwhile, Interrupted.taken = [], 0
    monkeypatch.setattr(service, "Breath", Interrupted)
    return Interrupted.meanwhile


def told(tab: Tab) -> list[tuple[list[str], list[str]]]:
    """What opened and what closed, change by change."""
    return [
        ([one["key"] for one in data["opened"]], [one["key"] for one in data["closed"]])
        for _, data in tab.received("features.changed")
    ]


def tabs_of(house: House, number: int) -> list[Tab]:
    tabs = [house.tab(house.guest(f"Guest {n}")) for n in range(number)]
    for tab in tabs:
        tab.received()
    return tabs


def test_others_get_their_turn(house: House, between: list[Meanwhile]) -> None:
    tabs = tabs_of(house, 5)
    house.close_gate("web-speaking", Closing.CUT)
    assert Interrupted.taken >= len(tabs)
    assert [told(tab) for tab in tabs] == [[([], ["web-speaking"])]] * 5


def test_who_must_stop_has_stopped_before_any_page_is_told(
    house: House, between: list[Meanwhile]
) -> None:
    host, slug = house.space()
    speaker = house.guest("Tomas")
    house.on_stage(host, speaker, slug)
    listeners = [house.joined(house.guest(f"Lou {n}"), slug) for n in range(3)]
    seen: list[tuple[bool, int]] = []

    def look() -> None:
        on_stage = house.core.stage.is_speaker(slug, speaker.id)
        seen.append((on_stage, sum(len(tab.received("features.changed")) for tab in listeners)))

    between.extend([look] * 20)
    house.close_gate("web-speaking", Closing.CUT)
    before_any_page = [on_stage for on_stage, pages in seen if pages]
    assert seen
    assert not any(before_any_page)
    assert not seen[0][0], "the very first, before thousands who only listen are looked at"


def test_who_must_stop_by_a_change_in_between_does_not_wait_for_the_other_pages(
    house: House, between: list[Meanwhile]
) -> None:
    host, slug = house.space()
    speaker = house.guest("Tomas")
    house.on_stage(host, speaker, slug)
    others = tabs_of(house, 12)
    told_before: list[int] = []

    def cut() -> None:
        house.core.source.turn_off("web-speaking", Closing.CUT, "a test")
        house.core.gating.refresh()
        told_before.append(sum(len(tab.received("features.changed")) for tab in others))
        between.extend([look] * 30)

    def look() -> None:
        if not house.core.stage.is_speaker(slug, speaker.id):
            between.clear()
            told_before.append(sum(len(tab.received("features.changed")) for tab in others))

    between.extend([lambda: None] * 5 + [cut])
    house.close_gate("reactions", Closing.CUT)
    assert told_before[1:] == [0]


def test_a_change_in_between_is_what_everybody_has_in_the_end(
    house: House, between: list[Meanwhile]
) -> None:
    tabs = tabs_of(house, 4)

    def back_on() -> None:
        house.core.source.turn_on("web-speaking", "a test")
        house.core.gating.refresh()

    between.extend([lambda: None] * 2 + [back_on])
    house.close_gate("web-speaking", Closing.CUT)
    off, on = ([], ["web-speaking"]), (["web-speaking"], [])
    stories = [told(tab) for tab in tabs]
    assert [] in stories, "to whoever had not been told yet there is nothing to tell"
    assert all(story in ([], [off, on]) for story in stories)
    assert all("web-speaking" in c.gates for c in house.core.presence.everyone())


def test_whoever_is_inside_what_drains_by_a_change_in_between_is_never_told_so(
    house: House, between: list[Meanwhile]
) -> None:
    host, slug = house.space()
    speaker = house.on_stage(host, house.guest("Tomas"), slug)
    tabs_of(house, 3)
    speaker.received()

    def drain() -> None:
        house.core.source.turn_off("web-speaking", Closing.DRAIN, "a test")
        house.core.gating.refresh()

    between.extend([lambda: None] * 3 + [drain])
    house.close_gate("reactions", Closing.CUT)
    assert told(speaker) == [([], ["reactions"])]
    assert house.on_bridge(slug) == {speaker.guest.id}


def test_what_was_asked_before_a_change_in_between_is_asked_again(
    house: House, between: list[Meanwhile]
) -> None:
    """Everybody in a Space has been asked about before the first page is told."""
    _host, slug = house.space()
    tabs = [house.joined(house.guest(f"Lou {n}"), slug) for n in range(3)]
    for tab in tabs:
        tab.received()

    def other_definitions() -> None:
        house.core.source.turn_off("web-listening", Closing.CUT, "a test")
        house.core.gating.gate.reload()

    between.extend([lambda: None] * 5 + [other_definitions])
    house.close_gate("reactions", Closing.CUT)
    closed = ["reactions", "web-hosting", "web-speaking", "web-listening"]
    assert [told(tab)[0] for tab in tabs] == [([], [k for k in closed if k != "web-hosting"])] * 3


def test_who_left_in_between_is_told_nothing(house: House, between: list[Meanwhile]) -> None:
    house.close_gate("web-speaking", Closing.CUT)
    tabs = tabs_of(house, 4)
    between.append(tabs[-1].close)
    house.open_gate("web-speaking")
    assert [told(tab) for tab in tabs[:-1]] == [[(["web-speaking"], [])]] * 3


def test_people_are_brought_up_to_date_before_new_definitions_are_applied(house: House) -> None:
    """As a process sees it that looks only after another one has renamed a cohort."""
    guest = house.guest("Tomas")
    tab = house.tab(guest)
    tab.received()
    source, people = house.core.source, house.core.accounts.people
    people.add_cohort("insiders")
    for key in ("web-listening", "web-speaking", "reactions"):
        source.set_cohort(key, "insiders", True, "a test")
    house.tick()
    with house.core.db.session() as db_session:
        # Without an event: this process has not heard of it.
        db_session.connection().exec_driver_sql(
            "update people set cohort = 'insiders' where cohort = 'alpha'"
        )
        db_session.connection().exec_driver_sql("update accounts_revision set number = number + 1")
    for key in ("web-listening", "web-speaking", "reactions"):
        source.set_cohort(key, "alpha", False, "a test", closing=Closing.CUT)
    house.core.gating.refresh()
    assert told(tab) == []


@pytest.mark.parametrize("part", ["enter", "send"])
def test_a_connection_that_fails_holds_up_nobody_behind_it(
    house: House, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    tabs = tabs_of(house, 5)
    wire = house.core.gating.wire
    assert wire is not None
    broken = {tabs[2].sid}

    def failing(*given: object) -> None:
        sids = [one for arg in given for one in (arg if isinstance(arg, list) else [arg])]
        if any(sid in broken for sid in sids if isinstance(sid, str)):
            raise ValueError("sid is not connected to requested namespace")
        getattr(wire, part)(*given)

    monkeypatch.setattr(house.core.gating, "wire", replace(wire, **{part: failing}))
    monkeypatch.setattr(service, "Breath", Interrupted)
    Interrupted.meanwhile = []
    house.close_gate("reactions", Closing.CUT)
    house.open_gate("reactions")
    others = [told(tab) for tab in (*tabs[:2], *tabs[3:])]
    assert others == [[([], ["reactions"]), (["reactions"], [])]] * 4
    broken.clear()
    house.tick()
    assert "reactions" in house.core.presence.by_sid(tabs[2].sid).gates  # type: ignore[union-attr]
