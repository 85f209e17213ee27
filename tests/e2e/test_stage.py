"""On stage and off it: asking, being taken, silence, and going back to listening."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Come
from tests.e2e.person import Somebody


@pytest.fixture
def host(come: Come, numbers: Iterator[int]) -> Somebody:
    """With a Space of their own."""
    host = come("Hana", followers=1200, speaks="host")
    host.hosts(f"Over the fence {next(numbers)}")
    return host


@pytest.fixture
def tester(come: Come, host: Somebody) -> Somebody:
    """In that Space, listening."""
    tester = come("Tomas", speaks="tester")
    tester.opens_space(host.title)
    tester.presses("Start listening")
    tester.hears(host)
    return tester


@pytest.fixture
def listener(come: Come, host: Somebody) -> Somebody:
    """The same, without a microphone."""
    listener = come("Lena", "beta")
    listener.opens_space(host.title)
    listener.presses("Start listening")
    listener.hears(host)
    return listener


def test_mute_is_silence_for_everybodys_ears(host: Somebody, listener: Somebody) -> None:
    host.presses("Mute")
    listener.ear.goes_silent()
    listener.sees_talking(host, False)
    expect(listener.circle(host).get_by_text("Silent", exact=True)).to_be_visible()

    host.presses("Unmute")
    listener.hears(host)
    listener.sees_talking(host)


def test_the_host_mutes_somebody_who_can_undo_it(
    host: Somebody, tester: Somebody, listener: Somebody
) -> None:
    tester.gets_on_stage(host)
    listener.hears(tester)

    host.presses("Mute Tomas")
    tester.has("Unmute")
    tester.reads("The host has muted you.")
    listener.does_not_hear(tester)
    listener.hears(host)
    host.has_no("Mute Tomas")

    tester.presses("Unmute")
    listener.hears(tester)
    host.has("Mute Tomas")


def test_a_request_can_be_taken_back_and_declined(host: Somebody, tester: Somebody) -> None:
    tester.presses("Request to speak")
    host.has("Accept Tomas")
    tester.presses("Cancel request")
    host.has_no("Accept Tomas", "Decline Tomas")

    tester.presses("Request to speak")
    host.presses("Decline Tomas")
    tester.reads("Not this time. You can ask again later.")
    tester.has("Request to speak")
    host.has_no("Accept Tomas")
    host.sees_on_stage(host)


def test_leaving_the_stage_is_going_back_to_listening(
    host: Somebody, tester: Somebody, listener: Somebody
) -> None:
    tester.gets_on_stage(host)
    listener.hears(tester)

    tester.presses("Leave the stage")
    tester.has("Request to speak", "Stop listening")
    tester.has_no("Mute", "Leave the stage")
    listener.sees_on_stage(host)
    listener.does_not_hear(tester)
    tester.hears(host)


def test_the_host_removes_somebody_who_may_ask_again(
    host: Somebody, tester: Somebody, listener: Somebody
) -> None:
    tester.gets_on_stage(host)
    host.presses("Remove Tomas")
    tester.reads("The host has brought you back to listening.")
    tester.has_no("Mute", "Leave the stage")
    listener.does_not_hear(tester)
    tester.hears(host)

    tester.gets_on_stage(host)
    host.hears(tester)


def test_three_on_stage_hear_each_other(
    come: Come, host: Somebody, tester: Somebody, listener: Somebody
) -> None:
    second = come("Sofia", speaks="second")
    second.opens_space(host.title)
    second.gets_on_stage(host)
    tester.gets_on_stage(host)
    host.presses("Mute")

    listener.hears(tester, second)
    host.hears(tester, second)
    tester.hears(second)
    tester.does_not_hear(tester)
    second.hears(tester)
    listener.does_not_hear(host)
    for person in (host, tester, second, listener):
        person.sees_on_stage(host, tester, second)
