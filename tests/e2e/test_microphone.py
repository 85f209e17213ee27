"""The microphone on stage: chosen, unplugged, refused, muted, and heard all the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Come
from tests.e2e.person import Somebody

PLUGS = Path(__file__).parent / "plugs.js"
USUAL, FIRST, SECOND = "Fake Default Audio Input", "Fake Audio Input 1", "Fake Audio Input 2"
OUTPUT = "Fake Audio Output 1"
PROCESSING = ("echoCancellation", "noiseSuppression", "autoGainControl")
CONNECTED = "() => soundcheck.peers().map(peer => peer.connectionState)"


@pytest.fixture
def host(come: Come, numbers: Iterator[int]) -> Somebody:
    """On stage, with plugs that can be pulled."""
    number = next(numbers)  # nobody may take the name of somebody whose Space is live
    host = come(f"Hana {number}", followers=1200, speaks="host")
    host.page.add_init_script(path=PLUGS)
    host.hosts(f"On the balcony {number}")
    return host


@pytest.fixture
def listener(come: Come, host: Somebody) -> Somebody:
    return host.invites(come, "Lena", "beta")


def microphones(somebody: Somebody) -> list[str]:
    """Names of the microphones that are open."""
    names: list[str] = somebody.page.evaluate("plugs.names()")
    return names


def uses(somebody: Somebody, *names: str) -> None:
    """Waits until exactly these are open."""
    somebody.page.wait_for_function(
        "names => JSON.stringify(plugs.names()) === JSON.stringify(names)", arg=list(names)
    )


def settings_of(somebody: Somebody) -> dict[str, Any]:
    [settings] = somebody.page.evaluate("plugs.live()")
    return {name: settings[name] for name in PROCESSING}


def pulls(somebody: Somebody, act: str, name: str) -> None:
    somebody.page.evaluate("([act, name]) => { plugs[act](name); }", [act, name])


def test_another_microphone_and_output_while_being_heard(
    host: Somebody, listener: Somebody
) -> None:
    assert settings_of(host) == dict.fromkeys(PROCESSING, True)
    host.page.evaluate("() => { window.before = soundcheck.peers(); }")
    host.presses("Sound settings")
    host.reads("We hear a voice")
    host.page.get_by_label("Your microphone").select_option(SECOND)
    uses(host, SECOND)
    for text in ("Take away the echo", "Take away noise", "Even out"):
        host.page.get_by_label(text).uncheck()
    host.page.wait_for_function(
        "names => plugs.live().length === 1 && names.every(name => !plugs.live()[0][name])",
        arg=list(PROCESSING),
    )
    host.page.get_by_label("Where you hear others").select_option(OUTPUT)
    host.page.wait_for_function("() => plugs.outputs().length > 0")
    host.presses("Done")

    listener.hears(host)
    assert host.page.evaluate("soundcheck.peers().every((peer, n) => peer === before[n])")
    chosen = set(host.page.evaluate("plugs.outputs()"))
    host.reloads()
    host.has("Mute")
    listener.hears(host)
    assert microphones(host) == [SECOND]
    assert settings_of(host) == dict.fromkeys(PROCESSING, False)
    assert set(host.page.evaluate("plugs.outputs()")) == chosen


def test_an_unplugged_microphone_gives_way_and_comes_back(
    host: Somebody, listener: Somebody
) -> None:
    host.presses("Sound settings")
    host.page.get_by_label("Your microphone").select_option(FIRST)
    uses(host, FIRST)
    host.presses("Done")
    pulls(host, "unplug", FIRST)
    host.reads(f"Your microphone is now {USUAL}.")
    uses(host, USUAL)
    listener.hears(host)
    pulls(host, "plug", FIRST)
    uses(host, FIRST)

    pulls(host, "take", SECOND)
    host.presses("Sound settings")
    host.page.get_by_label("Your microphone").select_option(SECOND)
    host.reads("That microphone cannot be used now.")
    host.presses("Done")
    listener.hears(host)

    for name in (USUAL, FIRST, SECOND):
        pulls(host, "unplug", name)
    host.reads("No microphone found.")
    host.has("End Space", "Try again")
    pulls(host, "plug", USUAL)
    uses(host, USUAL)
    host.has("Mute")
    listener.hears(host)


def test_a_microphone_that_is_refused_in_the_middle(host: Somebody, listener: Somebody) -> None:
    context = host.page.context
    context.clear_permissions()
    host.reads("The browser keeps the microphone closed.")
    host.has("End Space", "Try again")
    listener.ear.goes_silent()
    host.sees_on_stage(host)
    context.grant_permissions(["microphone"])
    host.presses("Try again")
    listener.hears(host)
    host.has("Mute")


def test_a_muted_microphone_is_off_unless_its_owner_wants_to_be_told(
    host: Somebody, listener: Somebody
) -> None:
    host.presses("Mute")
    uses(host)
    host.reads("The microphone is off while you are muted.")
    host.presses("Yes, tell me")
    host.reads("You are muted. Nobody hears you.")
    uses(host, USUAL)
    listener.ear.goes_silent()

    host.presses("Unmute")
    expect(host.page.get_by_text("You are muted. Nobody hears you.")).to_have_count(0)
    listener.hears(host)
    host.presses("Sound settings")
    host.page.get_by_label("Tell me when I talk while muted").uncheck()
    host.presses("Done", "Mute")
    uses(host)
    listener.ear.goes_silent()
    host.reloads()
    host.has("Unmute")
    assert microphones(host) == []
    host.presses("Unmute")
    listener.hears(host)
