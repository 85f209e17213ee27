"""What people are told when something is not there, and that they can go on from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Come
from tests.e2e.person import Somebody

BUSY = """navigator.mediaDevices.getUserMedia = () =>
    Promise.reject(new DOMException("Could not start audio source", "NotReadableError"))"""


@pytest.fixture
def host(come: Come, numbers: Iterator[int]) -> Somebody:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts(f"On the roof {next(numbers)}")
    return host


def test_a_microphone_that_is_refused(come: Come, host: Somebody) -> None:
    tester = come("Tomas", speaks="tester")
    tester.page.context.clear_permissions()
    tester.opens_space(host.title)
    tester.presses("Request to speak")
    host.presses("Accept Tomas")

    tester.reads("The browser keeps the microphone closed.")
    tester.reads("Allow it for this site")
    tester.has("Leave the stage")
    tester.has_no("Mute")

    tester.page.context.grant_permissions(["microphone"])
    tester.presses("Try again")
    tester.has("Mute")
    tester.has_no("Try again")
    host.hears(tester)


def test_no_microphone_at_all(come: Come, host: Somebody) -> None:
    tester = come("Tomas")
    tester.page.context.grant_permissions(["microphone"])
    tester.opens_space(host.title)
    tester.presses("Request to speak")
    host.presses("Accept Tomas")
    tester.reads("No microphone found.")
    tester.reads("Plug one in or switch it on")

    tester.presses("Leave the stage")
    tester.has_no("Try again", "Leave the stage")
    tester.hears(host)


def test_a_microphone_that_something_else_uses(come: Come, host: Somebody) -> None:
    tester = come("Tomas", speaks="tester")
    tester.page.add_init_script(BUSY)
    tester.opens_space(host.title)
    tester.presses("Request to speak")
    host.presses("Accept Tomas")
    tester.reads("Something else is using the microphone.")
    tester.reads("Close the other call or recorder")


def test_a_space_that_never_was(come: Come) -> None:
    listener = come("Lena", "beta")
    listener.page.goto(f"{listener.visitor.base_url}/spaces/nosuch00")
    expect(listener.heading("There is nothing here")).to_be_visible()
    listener.page.get_by_role("link", name="Back to the start").click()
    expect(listener.heading("Hello, Lena")).to_be_visible()
