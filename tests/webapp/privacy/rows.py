"""A row in every table, with somebody in every place where a person can be."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Table, insert, select
from sqlalchemy.orm import Session

from webapp.infra.database import Base, UtcDateTime
from webapp.infra.retention import HOLDINGS

VALUES: dict[type, Any] = {str: "x", int: 77, float: 1.0, bool: False, bytes: b"x"}


def fill(db_session: Session, person_id: str, name: str, at: datetime) -> set[str]:
    """One row more in every table that can have something of somebody. Returns the tables."""
    filled = set()
    for table in Base.metadata.sorted_tables:
        holding = HOLDINGS[table.name]
        about = holding.owner or holding.actors or holding.subject or holding.by_number
        if table.name == "people" or not (about or holding.period or table.name == PARENT):
            continue
        values = {c.name: value(db_session, c, at) for c in table.c if not is_serial(c)}
        values |= {column: person_id for column in holding.actors if column in table.c}
        values |= {column: name for column in holding.names if column in table.c}
        if holding.owner:
            values[holding.owner] = person_id
        if holding.subject:
            values[holding.subject[0]] = {holding.subject[1]: person_id}
        db_session.execute(insert(table).values(values))
        if about:
            filled.add(table.name)
    return filled


PARENT = "explained_documents"
"""Has nobody in it, and the answers refer to it."""


def is_serial(column: Column[Any]) -> bool:
    """The database numbers the rows itself."""
    alone = len(column.table.primary_key) == 1
    return bool(column.primary_key and alone and column.type.python_type is int)


def value(db_session: Session, column: Column[Any], at: datetime) -> Any:
    for key in column.foreign_keys:
        if column.nullable and key.column.table is column.table:
            return None
        return db_session.scalar(select(key.column).limit(1))
    if isinstance(column.type, JSON):
        return {}
    if isinstance(column.type, UtcDateTime):
        return at
    kind = column.type.python_type
    if kind is date:
        return at.astimezone(UTC).date()
    return int(at.timestamp() * 1000) if column.name == "at" else VALUES[kind]


def dump(db_session: Session) -> dict[str, str]:
    """Everything in the database, as text."""
    tables: dict[str, Table] = dict(Base.metadata.tables)
    return {name: repr(db_session.execute(select(t)).all()) for name, t in tables.items()}
