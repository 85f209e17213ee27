"""Writing exposures and outcomes down. Takes a session, decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.experiments.models import Exposure, FiguredPerson, Outcome
from webapp.infra.database import Base

Row = Mapping[str, Any]


def numbers(db_session: Session, person_ids: Collection[str]) -> dict[str, int]:
    """By which numbers figures know these people. Who has been deleted has none."""
    known = _numbers(db_session, person_ids)
    if missing := set(person_ids) - set(known):
        there = select(Person.id).where(Person.id.in_(missing))
        adding = _insert(db_session, FiguredPerson).from_select(["person_id"], there)
        # Another process may be doing the same.
        db_session.execute(adding.on_conflict_do_nothing())
        known |= _numbers(db_session, missing)
    return known


def add_exposures(db_session: Session, rows: Sequence[Row]) -> None:
    """Those that are there already stay as they are: the first time counts."""
    db_session.execute(_insert(db_session, Exposure).on_conflict_do_nothing(), rows)


def add_outcomes(db_session: Session, rows: Sequence[Row]) -> None:
    """Adds to what another process has written of the same moment."""
    insert = _insert(db_session, Outcome)
    adding = insert.on_conflict_do_update(
        index_elements=["person", "kind", "space", "at"],
        set_={
            "number": Outcome.number + insert.excluded.number,
            "total": Outcome.total + insert.excluded.total,
        },
    )
    db_session.execute(adding, rows)


def _numbers(db_session: Session, person_ids: Collection[str]) -> dict[str, int]:
    known = select(FiguredPerson.person_id, FiguredPerson.number)
    rows = db_session.execute(known.where(FiguredPerson.person_id.in_(person_ids)))
    return {row.person_id: row.number for row in rows}


def _insert(db_session: Session, model: type[Base]) -> Any:
    dialect = db_session.get_bind().dialect.name
    # The table, not the model: rows of thousands need no objects.
    return (sqlite if dialect == "sqlite" else postgresql).insert(model.__table__)
