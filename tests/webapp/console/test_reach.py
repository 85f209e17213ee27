"""What the console says about people who are in a Space now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flags.catalogue import REACTIONS, WEB_HOSTING, WEB_LISTENING, WEB_SPEAKING
from flags.sources.interface import Closing
from tests.harness.factories import Visitor
from tests.harness.house import House
from tests.webapp.console.test_feature_routes import followed, seen
from webapp.console.feature_list import Console
from webapp.console.reach import Reach


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The whole app at work."""
    made = House(tmp_path)
    yield made
    made.close()


@pytest.fixture
def paula(house: House) -> Visitor:
    visitor = Visitor(house.app)
    visitor.cookie = house.guest("Paula", "staff", roles=["product_manager"]).cookie
    return visitor


def reach(house: House) -> dict[str, Reach]:
    return {row.key: row.reach for row in Console(house.core).rows()}


def test_counts_who_is_connected_and_who_is_inside(house: House) -> None:
    host, slug = house.space()
    house.on_stage(host, house.guest("Sam"), slug)
    lisa = house.guest("Lisa", "beta")
    house.listening(lisa, slug)
    house.tab(lisa)
    house.tab(house.guest("Nora", "public"))
    assert reach(house) == {
        WEB_LISTENING: Reach(people=3, connected=3, inside=3, around=3),
        WEB_SPEAKING: Reach(people=2, connected=2, inside=1, around=3),
        WEB_HOSTING: Reach(people=1, connected=1, inside=1, around=3),
        REACTIONS: Reach(people=2, connected=2, inside=0, around=0),
    }


def test_counts_the_people_around_in_every_space_where_it_is_used(house: House) -> None:
    for number in range(2):
        host, slug = house.space(house.guest(f"Host {number}", followers=1200))
        house.on_stage(host, house.guest(f"Sam {number}"), slug)
        house.listening(house.guest(f"Lisa {number}", "beta"), slug)
    assert reach(house)[WEB_SPEAKING].inside == 2
    assert reach(house)[WEB_SPEAKING].around == 6


def test_says_before_how_many_it_cuts_and_afterwards_they_are_out(
    house: House, paula: Visitor
) -> None:
    host, slug = house.space()
    sam = house.on_stage(host, house.guest("Sam"), slug)
    text = seen(paula.get("/console/turn-off"))
    assert "1 is inside now, in Spaces with 2 people." in text
    assert "1 person is out at once. Web speakers go back to listening" in text
    followed(paula, paula.press("/console/turn-off", "Cut web-speaking", closing="cut"))
    house.settle()
    ((_, told),) = sam.received("features.changed")
    assert told["closed"] == [{"key": WEB_SPEAKING, "closing": "cut"}]
    assert reach(house)[WEB_SPEAKING] == Reach(people=0, connected=0, inside=0, around=0)


def test_a_drain_says_who_is_still_inside_and_can_be_hardened(house: House, paula: Visitor) -> None:
    host, slug = house.space()
    house.on_stage(host, house.guest("Sam"), slug)
    pressed = paula.press("/console/turn-off", "Drain web-speaking", closing="drain")
    assert "Off, draining: 1 person still inside" in followed(paula, pressed)
    page = f"/console/features/{WEB_SPEAKING}"
    name = "Cut now: 1 person inside is out at once"
    text = followed(paula, paula.press(page, name, closing="cut"))
    house.settle()
    assert "web-speaking: turned off, cut." in text
    assert house.core.source.feature(WEB_SPEAKING).closing is Closing.CUT
    assert reach(house)[WEB_SPEAKING].inside == 0


def test_pulse_changes_when_somebody_comes_in(house: House, paula: Visitor) -> None:
    before = paula.get("/console/pulse").json
    tab = house.tab(house.guest("Lisa", "beta"))
    connected = paula.get("/console/pulse").json
    tab.close()
    assert before != connected
    assert paula.get("/console/pulse").json == before


def test_a_crowd_is_counted_in_the_background_and_no_page_waits(
    house: House, paula: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.console.reach.COUNTED_AT_ONCE", 2)
    for number in range(5):
        house.guest(f"Guest {number}", "alpha")
    console = Console(house.core)
    before = console.audience.mark()
    assert {row.reach.people for row in console.rows()} == {None}
    assert "…" in paula.get("/console").text
    house.settle()
    assert console.row(WEB_SPEAKING).reach.people == 6
    assert console.audience.mark() != before
    house.core.source.set_cohort(WEB_SPEAKING, "alpha", False, "a test")
    house.tick()
    assert console.row(WEB_SPEAKING).reach.people == 6
    house.settle()
    assert console.row(WEB_SPEAKING).reach.people == 1
