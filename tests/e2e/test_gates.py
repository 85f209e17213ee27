"""Features closed and opened again under people who are using them, from another process."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from flags.catalogue import REACTIONS, WEB_HOSTING, WEB_SPEAKING
from flags.sources.interface import Closing, Source
from tests.e2e.conftest import BY, Come
from tests.e2e.person import Somebody
from tests.harness.server import RunningApp

SETTINGS = {"ending_seconds": 10}
"""Long enough for three people to read it on a machine that is busy."""


@pytest.fixture
def host(come: Come, numbers: Iterator[int]) -> Somebody:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts(f"Under the bridge {next(numbers)}")
    return host


def test_speaking_drains(come: Come, flags: Source, host: Somebody) -> None:
    """Who is on stage finishes, who asked or might have asked cannot any more."""
    tester = host.invites(come, "Tomas", speaks="tester")
    tester.gets_on_stage(host)
    waiting = host.invites(come, "Wanda", speaks="second")
    waiting.presses("Request to speak")
    host.has("Accept Wanda")

    flags.turn_off(WEB_SPEAKING, Closing.DRAIN, BY)

    host.has_no("Accept Wanda")
    waiting.has_no("Request to speak", "Cancel request")
    assert waiting.traces_now("speaking", "_shared/microphone") == []
    host.hears(tester)
    tester.presses("Mute", "Unmute")
    host.hears(tester)

    tester.presses("Leave the stage")
    tester.has("Stop listening")
    tester.has_no("Mute", "Leave the stage", "Request to speak")
    assert tester.traces_now("speaking", "_shared/microphone") == []
    tester.hears(host)

    flags.turn_on(WEB_SPEAKING, BY)
    waiting.has("Request to speak")
    tester.gets_on_stage(host)


def test_hosting_is_cut_with_a_countdown_that_everybody_sees(
    come: Come, flags: Source, host: Somebody
) -> None:
    listener = host.invites(come, "Lena", "beta")
    tester = host.invites(come, "Tomas", speaks="tester")
    tester.gets_on_stage(host)
    other = come("Hugo", followers=900)
    other.goes_to("/")
    other.has("New Space")

    flags.turn_off(WEB_HOSTING, Closing.CUT, BY)

    for person in (host, tester, listener):
        person.reads("This Space ends in")
    other.has_no("New Space")
    assert other.traces_now("hosting") == []
    for person in (host, tester, listener):
        expect(person.heading("This Space has ended")).to_be_visible()
    listener.ear.goes_silent()
    assert host.traces_now("hosting", "_shared/microphone") == []

    flags.turn_on(WEB_HOSTING, BY)
    other.has("New Space")
    assert listener.watch.traces_of("hosting", "_shared/microphone", "speaking", "reactions") == []


def test_hosting_drains_to_the_end_of_the_space(come: Come, flags: Source, host: Somebody) -> None:
    listener = host.invites(come, "Lena", "beta")
    flags.turn_off(WEB_HOSTING, Closing.DRAIN, BY)

    other = come("Hugo", followers=900)
    other.goes_to("/")
    expect(other.heading("Live now")).to_be_visible()
    other.has_no("New Space")
    listener.hears(host)
    host.presses("End Space", "End for everybody")
    expect(listener.heading("This Space has ended")).to_be_visible()
    host.goes_to("/")
    host.has_no("New Space")


@pytest.mark.parametrize("closing", list(Closing))
def test_reactions_disappear_at_once(
    come: Come, flags: Source, host: Somebody, closing: Closing
) -> None:
    tester = host.invites(come, "Tomas")
    reacting = tester.page.get_by_role("button", name=re.compile("^React"))
    expect(reacting).to_have_count(1)

    flags.turn_off(REACTIONS, closing, BY)

    expect(reacting).to_have_count(0)
    assert tester.traces_now("reactions") == []
    tester.hears(host)
    flags.turn_on(REACTIONS, BY)
    expect(reacting).to_have_count(1)


def test_a_person_who_is_moved_to_another_cohort_has_its_features_at_once(
    app: RunningApp, come: Come, host: Somebody
) -> None:
    tester = come("Tomas")
    tester.opens_space(host.title)
    tester.has("Start listening", "Request to speak")

    app.move(tester.visitor, "beta")
    tester.has_no("Request to speak")
    tester.has("Start listening")

    app.move(tester.visitor, "public")
    expect(tester.heading("That’s all for now")).to_be_visible()
    assert tester.traces_now("listening", "speaking", "reactions") == []

    app.move(tester.visitor, "alpha")
    tester.has("Start listening", "Request to speak")
    tester.presses("Start listening")
    tester.hears(host)
