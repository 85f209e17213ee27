"""How it stands with the definitions, in a line: with an Unleash server, and without anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from tests.harness import factories
from tests.harness.factories import House
from webapp.console.definition_status import Status, ago, status


@dataclass
class Upstream:
    """An Unleash as it was last heard."""

    answers: bool
    heard_seconds_ago: float | None

    def told(self, _now: object) -> dict[str, Any]:
        return vars(self)


def said(house: House, answers: bool, heard_seconds_ago: float | None) -> Status:
    upstream = cast(Any, Upstream(answers, heard_seconds_ago))
    with house.app.test_request_context():
        return status(replace(house.core, upstream=upstream))


@pytest.mark.parametrize(
    ("answers", "heard", "begins", "loud"),
    [
        (True, 0, "Definitions: revision 4, 0 s old. Unleash answered 0 s ago.", False),
        (True, 30, "Definitions: revision 4, 0 s old. Unleash answered 30 s ago.", False),
        (True, 31, "Unleash does not answer; last heard 31 s ago.", True),
        (False, 2, "Unleash does not answer; last heard 2 s ago.", True),
        (True, None, "Unleash has not answered since this server started.", True),
    ],
)
def test_an_unleash_that_is_silent_is_away_whatever_it_said_last(
    house: House, answers: bool, heard: float | None, begins: str, loud: bool
) -> None:
    told = said(house, answers, heard)
    assert told.text.startswith(begins)
    assert told.loud == loud


def test_what_cannot_be_read_comes_before_what_unleash_says(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.core.gating.gate, "_healthy", False)
    told = said(house, True, 0)
    assert told.text.startswith("The definitions cannot be read.")
    assert told.loud


def test_without_definitions_everything_is_closed(tmp_path: Path) -> None:
    with factories.house(tmp_path) as bare, bare.app.test_request_context():
        told = status(bare.core)
    assert told == Status(
        "There are no definitions yet: everything is closed for everybody.", loud=True
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((-3, "0 s"), (0.9, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min")),
        *((3600, "1 h"), (86_399, "23 h"), (86_400, "1 d"), (9 * 86_400, "9 d")),
    ],
)
def test_an_age_is_in_its_largest_whole_unit(house: House, seconds: float, text: str) -> None:
    with house.app.test_request_context():
        assert ago(seconds) == text
