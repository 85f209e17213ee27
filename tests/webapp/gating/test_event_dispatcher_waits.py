"""What a handler does after it waited for the database: only for whoever is still there, and still
in the place that it was called from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import request
from sqlalchemy import event

from flags.sources.interface import Closing
from tests.harness.house import OFFER, House, Tab
from webapp.app import socketio_server


class Wait:
    """The next unit of work that writes waits, and `meanwhile` is what happens until its turn."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._meanwhile: list[Callable[[], object]] = []
        event.listen(house.core.db.engine, "begin", self._begin)

    def then(self, meanwhile: Callable[[], object]) -> None:
        self._meanwhile.append(meanwhile)

    @property
    def over(self) -> bool:
        return not self._meanwhile

    def _begin(self, connection: Any) -> None:
        if self._meanwhile and not connection.get_execution_options().get("reading", False):
            work = self._meanwhile.pop()
            # SQLite has one writer: what happens meanwhile comes before this unit of work.
            connection.exec_driver_sql("ROLLBACK")
            work()
            connection.exec_driver_sql("BEGIN IMMEDIATE")


@pytest.fixture
def wait(house: House) -> Wait:
    return Wait(house)


def owner(house: House, tab: Tab, slug: str) -> object:
    return house.core.presence.in_space(slug, tab.guest.id)


def vanish(house: House, tab: Tab) -> None:
    """The socket ends, and nothing else has its turn."""
    connection = house.core.presence.by_sid(tab.sid)
    assert connection is not None
    house.core.presence.remove(connection.sid)


def test_a_socket_that_ends_while_its_join_waits_leaves_nothing(house: House, wait: Wait) -> None:
    _, slug = house.space()
    tab = house.tab(house.guest("Lou", "beta"), slug)
    wait.then(lambda: vanish(house, tab))
    assert tab.refused("space.join", slug=slug) == "not_in_space"
    assert wait.over
    assert owner(house, tab, slug) is None
    assert house.core.spaces.standing(slug, tab.guest.id) is None


def test_a_host_who_goes_while_their_join_waits_is_away(house: House, wait: Wait) -> None:
    host, slug = house.space()
    host.close()
    back = house.tab(host.guest, slug)
    wait.then(lambda: vanish(house, back))
    assert back.refused("space.join", slug=slug) == "not_in_space"
    patience = house.core.settings.host_away_seconds + house.core.settings.ending_seconds
    for _ in range(4):
        house.go_on(seconds=patience / 2)
    assert house.core.spaces.told(slug) is None, "a Space without anybody ends"


def test_a_leave_of_the_page_before_does_not_take_out_the_next(house: House, wait: Wait) -> None:
    _, slug = house.space()
    guest = house.guest("Lou", "beta")
    before, after = house.joined(guest, slug), house.tab(guest, slug)
    wait.then(lambda: after.does("space.join", slug=slug))
    assert before.refused("space.leave") == "not_in_space"
    assert house.core.spaces.standing(slug, guest.id) is not None
    house.warm(after)
    after.does("listening.start")
    assert house.core.spaces.standing(slug, guest.id).listening  # type: ignore[union-attr]


def test_a_leave_counts_although_the_page_is_closed_meanwhile(house: House, wait: Wait) -> None:
    _, slug = house.space()
    tab = house.joined(house.guest("Lou", "beta"), slug)
    wait.then(lambda: vanish(house, tab))
    assert tab.call("space.leave")["ok"]
    assert house.core.spaces.standing(slug, tab.guest.id) is None


@pytest.mark.parametrize("what", ["listening.start", "listening.stop"])
def test_a_page_that_was_replaced_changes_nothing_for_the_next(
    house: House, wait: Wait, what: str
) -> None:
    _, slug = house.space()
    guest = house.guest("Lou", "beta")
    before, after = house.joined(guest, slug), house.tab(guest, slug)
    listening = what == "listening.stop"

    def replace() -> None:
        after.does("space.join", slug=slug)
        if listening:
            after.does("listening.start")

    wait.then(replace)
    assert before.refused(what) == "not_in_space"
    standing = house.core.spaces.standing(slug, guest.id)
    assert standing is not None
    assert standing.listening == listening


def test_who_comes_back_while_the_sweep_waits_is_not_taken_out(house: House, wait: Wait) -> None:
    _, slug = house.space()
    guest = house.guest("Lou", "beta")
    house.joined(guest, slug).close()
    house.go_on(seconds=1)
    back = house.tab(guest)
    wait.then(lambda: back.does("space.join", slug=slug))
    house.clock.go_on(seconds=20)
    house.core.sound.sweep()
    assert wait.over
    assert house.core.spaces.standing(slug, guest.id) is not None


@pytest.mark.parametrize(
    ("key", "what", "content"),
    [("web-speaking", "speaking.request", {}), ("web-listening", "space.join", {"slug": ""})],
)
def test_what_was_closed_meanwhile_is_not_begun(
    house: House, wait: Wait, key: str, what: str, content: dict[str, str]
) -> None:
    _, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.joined(guest, slug) if what == "speaking.request" else house.tab(guest, slug)
    wait.then(lambda: house.close_gate(key, Closing.CUT))
    assert tab.refused(what, **dict.fromkeys(content, slug)) == "unknown_event"
    assert not house.core.stage.has_asked(slug, guest.id)
    if what == "space.join":
        assert house.core.spaces.standing(slug, guest.id) is None


def test_a_host_may_end_a_space_and_close_the_page(house: House, wait: Wait) -> None:
    host, slug = house.space()
    host.does("stage.offer", sdp=OFFER)
    wait.then(lambda: vanish(house, host))
    assert host.call("hosting.end")["ok"]
    assert house.core.spaces.told(slug) is None
    assert house.seats() == {}


def test_socket_that_ends_while_its_login_is_read_is_not_present(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = house.guest("Lou", "beta")
    read = socketio_server.current_person

    def read_slowly() -> object:
        # The database is waited for, and the browser goes away meanwhile.
        server = house.socketio.server
        session = server.manager.eio_sid_from_sid(request.sid, "/")  # type: ignore[attr-defined]
        server.eio.handlers["disconnect"](session, "transport close")
        return read()

    monkeypatch.setattr(socketio_server, "current_person", read_slowly)
    tab = house.tab(guest)
    assert not tab.connected
    assert house.core.presence.of_person(guest.id) == []
