"""Listening itself closed and opened again, and with it everything that stands on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from flags.catalogue import WEB_LISTENING
from flags.sources.interface import Closing, Source
from tests.e2e.conftest import BY, Come
from tests.e2e.person import Somebody

EVERYTHING = ("listening", "speaking", "_shared/microphone", "hosting", "reactions")


@pytest.fixture
def host(come: Come, numbers: Iterator[int]) -> Somebody:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts(f"Behind the mill {next(numbers)}")
    return host


def test_listening_is_cut_with_a_friendly_page(come: Come, flags: Source, host: Somebody) -> None:
    listener = host.invites(come, "Lena", "beta")
    lobby = come("Lara", "beta")
    lobby.goes_to("/")
    expect(lobby.heading("Live now")).to_be_visible()

    flags.turn_off(WEB_LISTENING, Closing.CUT, BY)

    for person in (host, listener):
        expect(person.heading("That’s all for now")).to_be_visible()
        assert person.traces_now(*EVERYTHING) == []
    listener.ear.goes_silent()
    expect(lobby.heading("Live now")).to_have_count(0)
    lobby.reads("All quiet here")
    for person in (host, listener, lobby):
        assert person.traces_now(*EVERYTHING) == []

    flags.turn_on(WEB_LISTENING, BY)
    expect(lobby.heading("Live now")).to_be_visible()
    expect(listener.heading("That’s all for now")).to_have_count(0)
    for person in (host, listener):
        expect(person.heading(host.title)).to_be_visible()
    host.has("Mute", "End Space")
    listener.presses("Start listening")
    listener.hears(host)


def test_listening_drains_for_those_who_listen(come: Come, flags: Source, host: Somebody) -> None:
    listener = host.invites(come, "Lena", "beta")
    lobby = come("Lara", "beta")
    lobby.goes_to("/")
    expect(lobby.heading("Live now")).to_be_visible()

    flags.turn_off(WEB_LISTENING, Closing.DRAIN, BY)

    expect(lobby.heading("Live now")).to_have_count(0)
    listener.hears(host)
    listener.presses("Stop listening")
    expect(listener.heading("That’s all for now")).to_be_visible()
    assert listener.traces_now("listening") == []
