"""The main story without a mouse: everything is reached with Tab and pressed with Enter."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Come
from tests.e2e.person import Somebody

FURTHEST = 40
"""Tabs after which a thing counts as out of reach."""

FOCUSED = """() => {
    const at = document.activeElement;
    return at.getAttribute("aria-label") ?? (at.labels?.[0] ?? at).textContent.trim();
}"""

VISIBLE_FOCUS = """() => {
    const at = document.activeElement;
    const has = node => getComputedStyle(node).outlineStyle !== "none";
    const framed = node => node !== null && (has(node) || framed(node.parentElement));
    return at.matches(":focus-visible") && framed(at);
}"""
"""By a frame around it, or around the card that it stands for."""


def enters(person: Somebody, *names: str) -> None:
    """Tabs to each of these, from wherever the focus is, and presses Enter there."""
    for name in names:
        tabs_to(person, name)
        person.page.keyboard.press("Enter")


def tabs_to(person: Somebody, name: str) -> None:
    for _ in range(FURTHEST):
        if person.page.evaluate(FOCUSED) == name:
            assert person.page.evaluate(VISIBLE_FOCUS), f"{name} has no visible focus"
            return
        person.page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached with Tab")


def test_an_evening_by_keyboard(come: Come) -> None:
    host = come("Hana", followers=1200, speaks="host")
    host.goes_to("/")
    enters(host, "New Space")
    expect(host.page.get_by_role("textbox", name="Title")).to_be_focused()
    host.page.keyboard.type("Without a mouse")
    enters(host, "Go live")
    host.has("Mute", "End Space")

    tester = come("Tomas", speaks="tester")
    tester.goes_to("/")
    expect(tester.page.get_by_role("link", name="Without a mouse")).to_be_visible()
    enters(tester, "Without a mouse")
    tester.has("Start listening")
    enters(tester, "Start listening")
    tester.hears(host)
    enters(tester, "Request to speak")
    host.has("Accept Tomas")
    enters(host, "Accept Tomas")
    tester.has("Mute")
    host.hears(tester)

    enters(tester, "Mute")
    tester.has("Unmute")
    host.ear.goes_silent()
    enters(tester, "Unmute")
    host.hears(tester)
    enters(host, "Mute Tomas")
    tester.has("Unmute")
    enters(tester, "Leave the stage")
    tester.has("Stop listening")

    enters(host, "End Space")
    expect(host.page.get_by_role("dialog", name="End this Space?")).to_be_visible()
    host.page.keyboard.press("Escape")
    expect(host.page.get_by_role("dialog")).to_have_count(0)
    enters(host, "End Space", "End for everybody")
    expect(tester.heading("This Space has ended")).to_be_visible()


def test_the_focus_stays_while_the_page_changes(come: Come) -> None:
    """What others do does not take a button away from under somebody's finger."""
    host = come("Hana", followers=1200, speaks="host")
    host.hosts("Steady")
    first = come("Adam")
    first.opens_space("Steady")
    first.presses("Request to speak")
    host.has("Accept Adam")
    tabs_to(host, "Mute")

    second = come("Berta")
    second.opens_space("Steady")
    second.presses("Start listening", "Request to speak")
    host.has("Accept Berta")
    expect(host.button("Mute")).to_be_focused()

    tabs_to(host, "Decline Berta")
    first.presses("Cancel request")
    host.has_no("Accept Adam")
    expect(host.button("Decline Berta")).to_be_focused()
    first.presses("Request to speak")
    host.has("Accept Adam")
    expect(host.button("Decline Berta")).to_be_focused()


def test_the_first_tab_leads_past_the_header(come: Come) -> None:
    listener = come("Lena", "beta")
    listener.goes_to("/")
    enters(listener, "Skip to content")
    expect(listener.page.locator("main")).to_be_focused()
