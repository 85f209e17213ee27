"""What a change would do is said before it is made, and is what then happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from flags.catalogue import CATALOGUE, REACTIONS, WEB_LISTENING, WEB_SPEAKING
from flags.sources.interface import Closing
from tests.harness.factories import Page, Visitor
from tests.harness.house import House
from webapp.console.impact_estimate import Effect, Effects, Group

FEATURE = f"/console/features/{REACTIONS}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The whole app at work."""
    made = House(tmp_path)
    yield made
    made.close()


@pytest.fixture
def paula(house: House) -> Visitor:
    visitor = Visitor(house.app)
    visitor.cookie = house.guest("Paula", "public", roles=["product_manager"]).cookie
    return visitor


def asked(paula: Visitor, key: str, **filled: Any) -> list[dict[str, Any]]:
    """What the page is told when its audience form holds this."""
    page = f"/console/features/{key}"
    form = Page(paula.get(page).text).named("Save changes").form
    assert form is not None
    answer = paula.open("GET", f"{page}/effect", query_string=form.fields | filled)
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


def lines(paula: Visitor, key: str = REACTIONS, **filled: Any) -> list[str]:
    last = asked(paula, key, **filled)[-1]
    told: list[str] = last.get("lines") or [last["wrong"]]
    return told


def having(house: House, key: str) -> dict[str, str | None]:
    """Who has a feature, by the gate, with the variant of the Space that they are in."""
    spaces = {c.person.id: c.where for c in house.core.presence.everyone()}
    found = {}
    for person in house.core.accounts.people.all():
        where = spaces.get(person.id)
        gates = house.core.gating.gates(person, where)
        if key in gates:
            found[person.id] = gates[key] if where else ""
    return found


@pytest.mark.parametrize(
    "filled",
    [
        {"percent": "37"},
        {"cohort": ["staff", "alpha", "beta"]},
        {"cohort": ["beta"], "percent": "60"},
        {"cohort": []},
        {"weight.tray": "20", "weight.tapback": "80"},
        # One of these changes what the lobby would have, if it were a Space.
        {"weight.tray": "0", "weight.tapback": "100"},
        {"weight.tray": "100", "weight.tapback": "0"},
    ],
)
def test_says_exactly_what_then_happens(
    house: House, paula: Visitor, filled: dict[str, Any]
) -> None:
    for number in range(60):
        house.guest(f"Guest {number}", ("alpha", "beta", "public")[number % 3])
    house.tab(house.guest("Alma", "alpha"))
    house.tab(house.guest("Bea", "beta"))
    for number in range(4):
        house.space(house.guest(f"Host {number}", followers=1200))
    before = having(house, REACTIONS)
    told = lines(paula, **filled)
    assert paula.press(FEATURE, "Save changes", **filled).status_code == 303
    after = having(house, REACTIONS)
    here = house.core.presence.people()
    expected = []
    for sign, people in (("+", after.keys() - before.keys()), ("−", before.keys() - after.keys())):
        if people:
            noun = "person" if len(people) == 1 else "people"
            expected.append(f"{sign} {len(people)} {noun}, {len(people & here)} connected now")
    moved = {p for p in before.keys() & after.keys() if before[p] != after[p]}
    if moved:
        assert told[0].startswith(f"{len(moved)} ")
        assert told[0].endswith(f"another variant, {len(moved & here)} connected now")
    else:
        assert told[: len(expected)] == expected
    assert f"{len(after)} " in " ".join(told)


def test_changes_nothing(house: House, paula: Visitor) -> None:
    revision = house.core.source.revision()
    lines(paula, percent="10")
    assert house.core.source.revision() == revision
    assert lines(paula) == [
        "Nobody gets it or loses it.",
        "0 people have it then.",
        "Variants go by Space: everybody in a Space has the same one.",
    ]


def test_names_those_inside_who_would_lose_it(house: House, paula: Visitor) -> None:
    host, slug = house.space()
    house.on_stage(host, house.guest("Sam"), slug)
    told = lines(paula, WEB_SPEAKING, cohort=["staff"])
    assert told[0] == "− 2 people, 2 connected now"
    assert "1 of those who lose it is inside now" in told


def test_says_that_the_parent_holds_it(house: House, paula: Visitor) -> None:
    house.guest("Alma", "alpha")
    house.close_gate(WEB_LISTENING)
    told = lines(paula, cohort=["staff", "alpha", "beta"])
    assert told[0] == "Nobody gets it or loses it."
    assert "web-listening is off: until it is on, nobody has it." in told


def test_turning_on_is_foretold(house: House, paula: Visitor) -> None:
    house.guest("Alma", "alpha")
    house.close_gate(REACTIONS)
    answer = paula.get(f"{FEATURE}/effect?turn=on&expected=1")
    assert json.loads(answer.text)["lines"][0] == "+ 1 person, 0 connected now"


SHARE_WRONG = "Each share is a number from 0 to 100, with one decimal at most."


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ({"percent": "101"}, "Enter a whole number from 0 to 100."),
        ({"percent": ""}, "Enter a whole number from 0 to 100."),
        ({"weight.tray": "60"}, "The shares add up to 110 %. They must make 100 %."),
        ({"weight.tray": "many"}, SHARE_WRONG),
        ({"weight.dock": "100", "weight.tray": ""}, SHARE_WRONG),
        ({"weight.tray": "٥٠"}, SHARE_WRONG),
        ({"weight.tray": "5e1"}, SHARE_WRONG),
        ({"weight.tray": "5_0"}, SHARE_WRONG),
        ({"weight.tray": "50.05"}, SHARE_WRONG),
        ({"percent": "5_0"}, "Enter a whole number from 0 to 100."),
        ({"percent": "1e1"}, "Enter a whole number from 0 to 100."),
        ({"percent": "٥٠"}, "Enter a whole number from 0 to 100."),
        ({"cohort": ["nowhere"]}, "Fill in every field to see what it would do."),
    ],
)
def test_what_makes_no_sense_is_said(
    house: House, paula: Visitor, filled: dict[str, Any], said: str
) -> None:
    assert lines(paula, **filled) == [said]


def test_tells_how_far_it_is(house: House, paula: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.console.impact_estimate.TOLD_SECONDS", 0.0)
    for number in range(9):
        house.guest(f"Guest {number}", "alpha")
    told = asked(paula, REACTIONS, percent="50")
    assert told[0]["progress"] == "Counting: 10 %"
    assert told[-2]["progress"] == "Counting: 100 %"
    assert "lines" in told[-1]


def test_lets_others_have_their_turn_and_reads_columns(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        house.guest(f"Guest {number}", "alpha")
    turns: list[float] = []
    monkeypatch.setattr("webapp.console.impact_estimate.SLICE_SECONDS", 0.0)
    monkeypatch.setattr("webapp.console.impact_estimate.PEOPLE_PER_GLANCE", 5)
    monkeypatch.setattr("webapp.console.impact_estimate.PEOPLE_PER_LOOK", 10)
    monkeypatch.setattr("webapp.console.impact_estimate.time.sleep", turns.append)
    read: list[str] = []
    event.listen(
        house.core.db.engine, "before_cursor_execute", lambda *given: read.append(given[2])
    )
    state = house.core.source.feature(REACTIONS)
    *_, last = Effects(house.core).of(state)
    assert last == Effect(after=30, by_space=True)  # type: ignore[union-attr]
    assert len(turns) >= 12
    slices = [
        statement for statement in read if "FROM people" in statement and "LIMIT" in statement
    ]
    assert len(slices) == 4
    assert not any("display_name" in asked for asked in slices)


def test_counts_holders_as_the_gates_do(house: House) -> None:
    for number in range(40):
        house.guest(f"Guest {number}", ("alpha", "beta", "staff", "public")[number % 4])
    house.core.source.set_rollout(REACTIONS, 40, "a test", closing=Closing.CUT)
    house.tick()
    counted = Effects(house.core).holders()
    assert {key: counted[key] for key in CATALOGUE} == {
        key: len(having(house, key)) for key in CATALOGUE
    }


def test_qa_may_look(house: House) -> None:
    quinn = Visitor(house.app)
    quinn.cookie = house.guest("Quinn", "staff", roles=["qa"]).cookie
    assert quinn.get(f"{FEATURE}/effect?turn=on&expected=1").status_code == 200


def test_groups_are_empty_at_first() -> None:
    assert Effect().gained == Group(0, 0, 0)
