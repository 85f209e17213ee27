"""Reactions in their two variants, one for each Space."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Come
from tests.e2e.person import Somebody
from tests.e2e.variants import Dealing

ALL_SEVEN = """() => {
    const counts = [...document.querySelectorAll(".float")].map(
        float => Number(float.querySelector(".float-count")?.textContent.slice(1) ?? 1));
    return counts.length < 7 && counts.reduce((sum, count) => sum + count, 0) === 7;
}"""
"""On a busy machine they may come in two frames."""


@pytest.fixture
def host(come: Come, numbers: Iterator[int]) -> Somebody:
    """With a Space of their own."""
    host = come("Hana", followers=1200, speaks="host")
    host.hosts(f"Confetti {next(numbers)}")
    return host


def test_from_the_tray_to_the_whole_room(come: Come, dealing: Dealing, host: Somebody) -> None:
    dealing("tray")
    tester = come("Tomas")
    tester.opens_space(host.title)
    outside = come("Lena", "beta")
    outside.opens_space(host.title)
    tester.has_no("React to Hana")

    tester.presses("React")
    expect(tester.page.get_by_role("group", name="Emoji")).to_be_visible()
    tester.presses("Applause")

    tester.sees_float("👏")
    host.sees_float("👏")
    outside.watch.look(outside.page)
    assert outside.watch.traces_of("reactions") == []
    assert not outside.watch.saw("👏")


def test_a_long_press_puts_it_on_somebody(come: Come, dealing: Dealing, host: Somebody) -> None:
    dealing("tapback")
    tester = come("Tomas")
    tester.opens_space(host.title)
    tester.has_no("React")

    tester.button("React to Hana").hover()
    tester.page.mouse.down()
    choice = tester.page.get_by_role("group", name="React to Hana")
    expect(choice).to_be_visible()
    tester.page.mouse.up()
    choice.get_by_role("button", name="Heart").click()

    tester.sees_float("❤️", on=host)
    host.sees_float("❤️", on=host)


def test_a_key_does_it_too(come: Come, dealing: Dealing, host: Somebody) -> None:
    dealing("tapback")
    tester = come("Tomas")
    tester.opens_space(host.title)

    tester.button("React to Hana").press("Enter")
    expect(tester.button("Heart")).to_be_focused()
    tester.page.keyboard.press("Escape")
    expect(tester.button("React to Hana")).to_be_focused()
    tester.page.keyboard.press("Enter")
    tester.page.keyboard.press("ArrowRight")
    expect(tester.button("Applause")).to_be_focused()
    tester.page.keyboard.press("Enter")

    host.sees_float("👏", on=host)


def test_many_at_once_are_counted_together(come: Come, dealing: Dealing, host: Somebody) -> None:
    dealing("tray")
    tester = come("Tomas")
    tester.opens_space(host.title)
    tester.presses("React")
    party = tester.button("Party")
    party.evaluate("button => { for (let turn = 0; turn < 7; turn += 1) button.click(); }")
    host.page.wait_for_function(ALL_SEVEN)
