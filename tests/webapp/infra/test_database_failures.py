"""A database that takes nothing: locked by somebody, or on a full disk. Sound goes on as it is,
what cannot be saved says so, and nothing is half done."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.harness.house import OFFER, Guest, House
from webapp.infra import database

WRITES = (
    ("listener", "listening.stop", {}),
    ("listener", "speaking.request", {}),
    ("speaker", "stage.mute", {"muted": True}),
    ("host", "hosting.mute", {"person": "speaker"}),
    ("host", "hosting.decline", {"person": "asking"}),
    ("host", "hosting.accept", {"person": "asking"}),
    ("host", "hosting.remove", {"person": "speaker"}),
    ("speaker", "speaking.leave", {}),
    ("listener", "space.leave", {}),
    ("host", "hosting.end", {}),
)
"""Who does what; people by their names here."""

AFTERWARDS = [
    ("listener", "listening.stop", {}),
    ("speaker", "stage.mute", {"muted": True}),
    ("host", "hosting.accept", {"person": "asking"}),
    ("speaker", "speaking.leave", {}),
    ("listener", "space.leave", {}),
    ("host", "hosting.end", {}),
]
"""As many of them as can be done one after the other."""

Break = Callable[[House], AbstractContextManager[None]]


class Evening:
    """A Space with a host, a speaker, a listener, and somebody who has asked for the stage."""

    def __init__(self, house: House) -> None:
        self.house = house
        host, self.slug = house.space()
        self.guests = {"host": host.guest, "speaker": house.guest("Tomas")}
        self.guests |= {"asking": house.guest("Anna"), "listener": house.guest("Lou")}
        host.does("stage.offer", sdp=OFFER)
        self.tabs = {
            "host": host,
            "speaker": house.on_stage(host, self.guests["speaker"], self.slug),
            "asking": house.joined(self.guests["asking"], self.slug),
            "listener": house.listening(self.guests["listener"], self.slug),
        }
        self.tabs["asking"].does("speaking.request")

    def call(self, who: str, what: str, wanted: dict[str, Any]) -> dict[str, Any]:
        known: dict[Any, Guest] = self.guests
        content = {
            name: known[value].id if value in known else value for name, value in wanted.items()
        }
        return self.tabs[who].call(what, content)

    def state(self) -> tuple[object, ...]:
        """All that is known of it: the database, the seats, Janus itself."""
        spaces, people = self.house.core.spaces, self.guests.values()
        standing = [spaces.standing(self.slug, guest.id) for guest in people]
        queue = self.house.core.stage.queue(self.slug)
        return (standing, queue, spaces.told(self.slug), self.house.seats(), self.house.audit())


@pytest.fixture
def evening(house: House, monkeypatch: pytest.MonkeyPatch) -> Evening:
    made = Evening(house)
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.03)
    return made


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Another process writes, and does not come to an end."""
    other = sqlite3.connect(house.folder / "soundcheck.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def disk_full(house: House) -> Iterator[None]:
    """No file may become longer than the database's journal is now, which every commit makes
    longer. (Python ignores the signal that comes with it.)"""
    journal = house.folder / "soundcheck.sqlite3-wal"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal.stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("broken", [locked, disk_full])
def test_it_says_so_and_changes_nothing(evening: Evening, broken: Break) -> None:
    before = evening.state()
    with broken(evening.house):
        for who, what, content in WRITES:
            ack = evening.call(who, what, content)
            assert not ack["ok"], what
            assert ack["error"]["code"] == "try_again", what
            assert "Try again" in ack["error"]["message"]
            assert evening.state() == before, what
    for who, what, content in AFTERWARDS:
        assert evening.call(who, what, content)["ok"], f"afterwards {what} works"
    assert evening.house.seats() == {}
    assert evening.house.audit().handles == 0


def test_what_needs_no_saving_works_while_it_is_locked(evening: Evening) -> None:
    tabs = evening.tabs
    with locked(evening.house):
        tabs["listener"].does("listening.restart")
        tabs["speaker"].does("stage.restart", sdp=OFFER)
        tabs["speaker"].does("stage.offer", sdp=OFFER)
        tabs["speaker"].does("speaking.where")
        evening.house.warm(tabs["listener"])
        evening.house.talk(evening.guests["speaker"], evening.slug)
        told = tabs["listener"].received("space.talking")
        assert told[-1][1]["talking"], "who talks is seen by everybody"
        browser = evening.house.browser(evening.guests["host"])
        assert browser.get(f"/spaces/{evening.slug}").status_code == 200
        assert browser.get("/").status_code == 200
