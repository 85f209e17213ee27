"""More listeners than WebRTC has room for: they hear it too, a little later, and come over."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest
from playwright.sync_api import expect

from flags.catalogue import WEB_LISTENING
from flags.sources.interface import Closing, Source
from tests.e2e.conftest import BY, Come
from tests.e2e.person import Somebody
from tests.harness.server import RunningApp
from tests.harness.waits import until

SETTINGS = {"webrtc_listeners": 1}

LATE = "You are listening, slightly delayed"


@pytest.fixture
def host(come: Come, numbers: Iterator[int]) -> Somebody:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts(f"A full house {next(numbers)}")
    return host


@pytest.fixture
def first(come: Come, host: Somebody) -> Somebody:
    """Whoever takes the only seat."""
    return host.invites(come, "Lena", "beta")


@pytest.fixture
def second(come: Come, host: Somebody, first: Somebody) -> Somebody:
    """Somebody for whom there is none, and who hears it all the same."""
    second = come("Lara", "beta")
    second.opens_space(host.title)
    second.presses("Start listening")
    second.reads(LATE)
    second.hears(host)
    expect(first.page.get_by_text(LATE)).to_have_count(0)
    return second


def encoders(app: RunningApp) -> int:
    children = psutil.Process(app.pid).children(recursive=True)
    return sum(child.name() == "ffmpeg" for child in children)


def connections(person: Somebody) -> int:
    return int(person.page.evaluate("soundcheck.peers().length"))


def address(person: Somebody) -> str:
    """Of the playlist that their page plays."""
    entries = "performance.getEntriesByType('resource').map((entry) => entry.name)"
    return [name for name in person.page.evaluate(entries) if name.endswith(".m3u8")][-1]


def test_the_next_comes_over_when_somebody_leaves(
    app: RunningApp, host: Somebody, first: Somebody, second: Somebody
) -> None:
    assert (connections(second), encoders(app)) == (0, 1)
    first.goes_to("/")
    second.reads("You are listening")
    expect(second.page.get_by_text(LATE)).to_have_count(0)
    second.hears(host)
    assert connections(second) == 1
    gone = address(second)
    assert second.page.request.get(gone).status == 404
    host.presses("End Space", "End for everybody")
    expect(second.heading("This Space has ended")).to_be_visible()
    until(lambda: encoders(app) == 0, "the encoder to end with its Space")


def test_an_address_is_one_persons_and_ends_with_the_gate(
    flags: Source, host: Somebody, first: Somebody, second: Somebody
) -> None:
    mine = address(second)
    assert second.page.request.get(mine).ok
    nowhere = first.page.request.get(mine.replace("live.m3u8", "dead.m3u8"))
    strangers = first.page.request.get(mine)
    assert (strangers.status, strangers.text()) == (404, nowhere.text())

    flags.turn_off(WEB_LISTENING, Closing.CUT, BY)

    expect(second.heading("That’s all for now")).to_be_visible()
    second.ear.goes_silent()
    assert second.page.request.get(mine).status == 404


def test_coming_from_the_stage_is_late_and_being_there_is_not(
    host: Somebody, first: Somebody, come: Come
) -> None:
    speaker = come("Lara", speaks="tester")
    speaker.opens_space(host.title)
    speaker.presses("Start listening")
    speaker.reads(LATE)
    speaker.gets_on_stage(host)
    first.hears(speaker)
    speaker.hears(host)
    speaker.does_not_hear(speaker)
    speaker.presses("Leave the stage")
    speaker.hears(host)
