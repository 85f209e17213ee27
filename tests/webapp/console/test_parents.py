"""A feature whose parent is closed, and a parent with features below it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flags.catalogue import REACTIONS, WEB_LISTENING
from tests.harness.factories import Page, Visitor
from tests.harness.house import House
from tests.webapp.console.test_feature_routes import FEATURE, followed, seen


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


def test_turning_on_below_a_closed_parent_is_asked_about_first(
    house: House, paula: Visitor
) -> None:
    for key in (REACTIONS, WEB_LISTENING):
        house.close_gate(key)
    page = paula.get(FEATURE)
    needs = "reactions needs web-listening, which is off."
    assert needs in seen(page)
    told = paula.press_on(page, "Turn on")
    assert told.status_code == 409
    assert needs in seen(told)
    assert not house.core.source.feature(REACTIONS).enabled
    go = Page(told.text).named("Go to web-listening")
    assert go.attributes["href"] == f"/console/features/{WEB_LISTENING}"
    text = followed(paula, paula.press_on(told, "Turn on all the same"))
    assert "On, but web-listening is off" in text


def test_both_show_each_other(house: House, paula: Visitor) -> None:
    assert f'href="/console/features/{WEB_LISTENING}"' in paula.get(FEATURE).text
    below = seen(paula.get(f"/console/features/{WEB_LISTENING}"))
    assert "Needed by" in below
    assert f'href="{FEATURE}"' in below


def test_turning_off_a_parent_says_who_is_inside_what_closes_with_it(
    house: House, paula: Visitor
) -> None:
    host, slug = house.space()
    house.on_stage(host, house.guest("Sam"), slug)
    text = seen(paula.get("/console/turn-off"))
    assert "Closes with it: web-speaking (1 inside), web-hosting (1 inside), reactions." in text
