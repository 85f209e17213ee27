"""No table with people in it escapes export, deletion and retention."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from config.settings import REPOSITORY, Settings
from tests.harness.house import House
from tests.webapp.privacy.rows import dump, fill
from webapp.infra.database import Base
from webapp.infra.retention import HOLDINGS
from webapp.privacy import records
from webapp.privacy.retention_table import table_of_holdings
from webapp.privacy.service import lasts

NAME = "Zélie Inoubliable"

OF_NOBODY = {("preview_uses", "person_id")}
"""A person made up for a preview, who goes with it."""

PERSON_COLUMNS = ("person_id", "made_by", "made_up_by", "by_id", "asked_by", "opened_by", "host_id")


@pytest.mark.parametrize("name", list(Base.metadata.tables))
def test_table_says_what_it_keeps_and_how_long(name: str) -> None:
    holding = HOLDINGS[name]
    assert holding.what
    assert holding.why


@pytest.mark.parametrize("name", list(Base.metadata.tables))
def test_column_with_a_person_is_declared(name: str) -> None:
    table, holding = Base.metadata.tables[name], HOLDINGS[name]
    declared = {holding.owner, *holding.actors}
    for column in table.c:
        refers = any(key.column.table.name == "people" for key in column.foreign_keys)
        named = column.name.endswith(PERSON_COLUMNS)
        if (name, column.name) in OF_NOBODY:
            continue
        assert column.name in declared or not (refers or named), column.name
        by_name = column.name == "by" or column.name.endswith("_by")
        assert not by_name or column.name in declared | set(holding.names), column.name


def test_export_has_every_table_with_something_of_the_person(house: House) -> None:
    zelie = house.guest(NAME, roles=("product_manager",))
    with house.core.db.session() as db_session:
        filled = fill(db_session, zelie.id, NAME, house.clock())
    exported = house.core.privacy.export(zelie.id, everything=True)["tables"]
    assert set(exported) == filled | {"people"}


def test_nothing_of_a_deleted_person_is_left_in_any_table(house: House) -> None:
    zelie = house.guest(NAME, roles=("product_manager",))
    other = house.guest("Tomas")
    with house.core.db.session() as db_session:
        fill(db_session, zelie.id, NAME, house.clock())
        before = len(dump(db_session))
    house.core.privacy.delete(zelie.id)
    with house.core.db.reading() as db_session:
        left = dump(db_session)
    assert len(left) == before
    for table, text in left.items():
        assert zelie.id not in text, table
        assert NAME not in text, table
        assert "Inoubliable".lower() not in text.lower(), table
    assert house.core.accounts.people.get(other.id) is not None


def test_counts_are_the_same_after_a_deletion(house: House) -> None:
    zelie = house.guest(NAME, roles=("product_manager",))
    stay = ("exposures", "outcomes", "figured_people", "reports", "definition_changes", "spaces")
    with house.core.db.session() as db_session:
        fill(db_session, zelie.id, NAME, house.clock())
        before = {name: numbers(db_session, name) for name in stay}
    house.core.privacy.delete(zelie.id)
    with house.core.db.reading() as db_session:
        assert {name: numbers(db_session, name) for name in stay} == before


def test_rows_are_deleted_after_their_period_and_not_before(house: House) -> None:
    zelie = house.guest(NAME, roles=("product_manager",))
    settings = house.core.settings
    for table, holding in records.tables():
        period = holding.period
        if period is None or period.own_job:
            continue
        at = house.clock() - lasts(period, settings)
        for moment, left in ((at + timedelta(hours=1), True), (at - timedelta(hours=1), False)):
            with house.core.db.session() as db_session:
                for each in reversed(Base.metadata.sorted_tables):
                    if each.name not in ("people", "cohorts", "accounts_revision"):
                        db_session.execute(each.delete())
                fill(db_session, zelie.id, NAME, moment)
            house.core.privacy.forget()
            with house.core.db.reading() as db_session:
                assert bool(numbers(db_session, table.name)) == left, table.name


def test_the_docs_have_the_table() -> None:
    text = (REPOSITORY / "docs" / "privacy.md").read_text("utf-8")
    assert table_of_holdings(Settings()) in text


def numbers(db_session: Session, name: str) -> int:
    return len(db_session.execute(Base.metadata.tables[name].select()).all())
