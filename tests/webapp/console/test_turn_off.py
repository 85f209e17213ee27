"""Turn off now: at once, whatever Unleash does, and by whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from flags.catalogue import REACTIONS
from flags.sources.interface import Change, Closing, SourceUnavailable
from tests.harness.factories import House, Page, Visitor
from webapp.console.feature_list import Console

SHEET = "/console/turn-off"


@dataclass
class Upstream:
    """An Unleash that is away: what must stop stops here, and is told to it later."""

    hurried: int = 0

    def hurry(self) -> None:
        self.hurried += 1


@pytest.fixture
def away(house: House, monkeypatch: pytest.MonkeyPatch) -> Upstream:
    source, upstream = house.core.source, Upstream()
    stored = source.turn_off

    def stop(key: str, closing: Closing, by: str) -> Change | None:
        return stored(key, closing, by)

    def turn_off(*_: object, **__: object) -> Change | None:
        raise SourceUnavailable("Unleash does not answer")

    monkeypatch.setattr(source, "stop", stop)
    monkeypatch.setattr(source, "turn_off", turn_off)
    return upstream


def test_takes_hold_without_waiting(house: House, paula: Visitor) -> None:
    somebody = house.person("Somebody", "alpha")
    assert house.core.gating.is_open(somebody, REACTIONS)
    paula.press(SHEET, "Cut reactions", closing="cut")
    assert not house.core.gating.is_open(somebody, REACTIONS)


def test_waits_for_no_unleash_and_has_it_told_soon(house: House, away: Upstream) -> None:
    console = Console(replace(house.core, upstream=cast(Any, away)))
    assert console.turn_off(REACTIONS, Closing.DRAIN, "Paula") is not None
    state = house.core.source.feature(REACTIONS)
    assert (state.enabled, state.closing) == (False, Closing.DRAIN)
    assert away.hurried == 1


def test_the_history_says_who(house: House, paula: Visitor, ben: Visitor) -> None:
    paula.press(SHEET, "Cut reactions", closing="cut")
    ben.press(SHEET, "Cut web-speaking", closing="cut")
    latest = house.core.source.history(None, 2)
    assert [(change.by, change.action) for change in latest] == [("Ben", "off"), ("Paula", "off")]


def test_the_feature_that_was_asked_for_comes_first(house: House, paula: Visitor) -> None:
    for key in (REACTIONS, "web-speaking"):
        page = Page(paula.get(f"{SHEET}?feature={key}").text)
        names = [c.name for c in page.controls if c.name.startswith(("Cut ", "Drain "))]
        assert names[0].endswith(f" {key}")


def test_the_sheet_is_for_product_managers(paula: Visitor, quinn: Visitor) -> None:
    assert paula.get(SHEET).status_code == 200
    assert quinn.get(SHEET).status_code == 403
