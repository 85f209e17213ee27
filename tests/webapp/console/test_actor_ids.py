"""Whatever remembers who did something keeps their id beside their name of then."""

from __future__ import annotations

import csv
import io

from sqlalchemy import select

from flags.catalogue import REACTIONS
from tests.harness.factories import House, Visitor
from tests.webapp.console.test_feature_routes import FEATURE
from webapp.feature_flags.models import Act, DefinitionChange, Proposal, Protection, Schedule
from webapp.infra.database import Base
from webapp.qa.personas.models import PersonaEdit

NAMES = {"by", "agreed_by", "ended_by", "decided_by"}


def ids_of(house: House, model: type[Base], column: str = "by_id") -> set[str]:
    with house.core.db.reading() as db_session:
        return {getattr(row, column) for row in db_session.scalars(select(model))}


def test_borrowed_name_does_not_hide_who_turned_a_feature_off(
    house: House, paula: Visitor, ben: Visitor
) -> None:
    paula_id = house.accounts.people.find("Paula").id
    paula.press("/account", "Save name", display_name="Somebody else")
    paula.press(FEATURE, "Save changes", percent="30")
    paula.press("/account", "Save name", display_name="Paula")
    page = ben.get("/console/history").text
    assert "Somebody else" in page
    assert f"by={paula_id}" in page
    lines = csv.DictReader(io.StringIO(ben.get("/console/history.csv").data.decode("utf-8-sig")))
    row = next(lines)
    assert (row["by"], row["by_id"]) == ("Somebody else", paula_id)
    (first, *_) = ben.get("/console/history.json").get_json()
    assert (first["by"], first["by_id"]) == ("Somebody else", paula_id)
    mine = ben.get(f"/console/history.json?by={paula_id}").get_json()
    assert [one["by"] for one in mine] == ["Somebody else"]


def test_both_who_approve_are_kept(house: House, paula: Visitor, ben: Visitor) -> None:
    paula.press(FEATURE, "Protect it")
    paula.press(FEATURE, "Propose changes", percent="30")
    ben.press(FEATURE, "Agree")
    people = house.accounts.people
    both = [people.find("Paula").id, people.find("Ben").id]
    assert house.core.source.history(REACTIONS, 1)[0].by_id.split() == both
    assert ids_of(house, Protection) == {both[0]}
    assert ids_of(house, Proposal) == {both[0]}
    assert ids_of(house, Proposal, "decided_by_id") == {both[1]}


def test_schedules_and_acts_keep_ids(house: House, paula: Visitor, ben: Visitor) -> None:
    paula_id, ben_id = (house.accounts.people.find(name).id for name in ("Paula", "Ben"))
    paula.press(FEATURE, "Schedule it", turn="off", closing="cut", at="2026-12-01T10:00")
    ben.press(FEATURE, "Cancel turning off")
    ben.press("/console/people", "Make cohort", cohort="gamma")
    assert ids_of(house, Schedule) == {paula_id}
    assert ids_of(house, Schedule, "ended_by_id") == {ben_id}
    assert ids_of(house, Act) == {ben_id}


def test_no_table_keeps_a_name_of_who_did_something_without_an_id(house: House) -> None:
    for mapper in Base.registry.mappers:
        columns = set(mapper.columns.keys())
        for name in columns & NAMES:
            assert f"{name}_id" in columns, mapper
    assert {DefinitionChange, Act, PersonaEdit} <= {m.class_ for m in Base.registry.mappers}
