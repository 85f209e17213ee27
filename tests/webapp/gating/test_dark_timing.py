"""Refusing what is closed takes the same work as refusing what does not exist: nobody outside can
tell them apart by time. bench/bench_dark_timing.py measures it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import event

from flags.gate import Gate
from flags.sources.interface import Closing
from tests.harness.house import Guest, House


@dataclass
class Work:
    """What has been done since the last look: queries, and answers worked out by the engine."""

    queries: list[str] = field(default_factory=list)
    answers: int = 0

    def taken(self) -> tuple[list[str], int]:
        found = (list(self.queries), self.answers)
        self.queries.clear()
        self.answers = 0
        return found


@pytest.fixture
def work(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    work = Work()
    weigh = Gate.weigh

    def counted(self: Gate, key: str, context: Any) -> Any:
        work.answers += 1
        return weigh(self, key, context)

    def executed(_c: object, _cursor: object, statement: str, *_: object) -> None:
        work.queries.append(statement)

    monkeypatch.setattr(Gate, "weigh", counted)
    engine = house.core.db.engine
    event.listen(engine, "before_cursor_execute", executed)
    yield work
    event.remove(engine, "before_cursor_execute", executed)


@pytest.fixture
def outsider(house: House) -> Guest:
    return house.guest("Oscar", "public")


@pytest.mark.parametrize("page", [None, "live", "nosuch"])
@pytest.mark.parametrize("closing", [Closing.CUT, Closing.DRAIN])
def test_a_closed_event_costs_what_an_unknown_one_does(
    house: House, work: Work, outsider: Guest, page: str | None, closing: Closing
) -> None:
    _, slug = house.space()
    for key in ("web-hosting", "web-speaking", "web-listening", "reactions"):
        house.core.source.set_rollout(key, 0, "a test", closing=closing)
    house.tick()
    tab = house.tab(outsider, slug if page == "live" else page)
    work.taken()
    for name in [*house.core.sockets.actions, "never.written"]:
        assert tab.call(name, {})["error"]["code"] == "unknown_event", name
        assert work.taken() == ([], 0), name


def test_the_first_event_of_a_socket_costs_the_same_whatever_it_is(
    house: House, work: Work, outsider: Guest
) -> None:
    _, slug = house.space()
    costs = []
    for name in ("hosting.people", "hostinz.people", "space.join"):
        tab = house.tab(outsider, slug)
        connection = house.core.presence.by_sid(tab.sid)
        assert connection is not None
        connection.evaluated = False
        work.taken()
        tab.call(name, {})
        costs.append(work.taken())
    assert costs[0] == costs[1] == costs[2]


@pytest.mark.parametrize(
    "address", ["/spaces/{}", "/spaces/nosuch", "/hls/{}/b/c", "/hls/a/b/c", "/check"]
)
def test_a_closed_page_costs_what_an_unknown_one_does(
    house: House, work: Work, outsider: Guest, address: str
) -> None:
    _, slug = house.space()
    browser = house.browser(outsider)
    work.taken()
    assert browser.get("/never/written").status_code == 404
    unknown = work.taken()
    assert browser.get(address.format(slug)).status_code == 404
    assert work.taken() == unknown


def test_a_file_of_a_closed_feature_costs_what_an_unknown_one_does(
    house: House, work: Work, outsider: Guest
) -> None:
    browser = house.browser(outsider)
    for address in ("/assets/hosting/hosting.js", "/assets/never/hosting.js"):
        assert browser.get(address).status_code == 404
    work.taken()
    costs = []
    for address in ("/assets/hosting/hosting.js", "/assets/never/hosting.js"):
        browser.get(address)
        costs.append(work.taken())
    assert costs[0] == costs[1]


def test_who_is_inside_is_still_asked_about(house: House) -> None:
    """After a restart nobody is connected, and those who finish are known all the same."""
    _, slug = house.space()
    guest = house.guest("Lou", "beta")
    house.listening(guest, slug)
    house.close_gate("web-listening", Closing.DRAIN)
    following = house.successor()
    try:
        tab = following.tab(following.sign_in(guest.person), slug)
        assert tab.call("space.join", {"slug": slug})["ok"]
    finally:
        following.close()
