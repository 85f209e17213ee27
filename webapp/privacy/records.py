"""The rows of one person, whichever table they are in: read, erased, made nobody's."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, func, or_, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import DELETED, DELETED_NAME, TESTER, Person
from webapp.experiments.models import FiguredPerson
from webapp.infra.database import Base
from webapp.infra.retention import HOLDINGS, Holding

SHOWN_OF_ACTS = ("feature", "action", "kind", "name", "cohort", "title", "note", "purpose", "turn")
"""Columns, beside ids and moments, that an export has of rows that are about somebody else."""


def tables() -> Iterator[tuple[Table, Holding]]:
    """Every table, with what it holds."""
    for table in Base.metadata.sorted_tables:
        yield table, HOLDINGS[table.name]


def of_person(
    db_session: Session, person_id: str, name: str = ""
) -> dict[str, list[dict[str, Any]]]:
    """All rows with something of somebody, by table. Of rows that are about others (what they did
    as staff) only that they did it. With a `name`, also rows from before ids were kept, which have
    only that: it may be somebody else's as well."""
    found = {}
    for table, holding in tables():
        own, did = is_owned(table, holding, person_id), has_done(table, holding, person_id, name)
        rows = [_whole(row, holding) for row in _rows(db_session, table, own)]
        keys = {_key(table, row) for row in _rows(db_session, table, own)}
        for row in _rows(db_session, table, did):
            if _key(table, row) not in keys:
                rows.append(_what_was_done(table, holding, row, person_id))
        if rows:
            found[table.name] = rows
    return found


def erase(db_session: Session, person: Person, now: datetime) -> None:
    """Deletes somebody's own rows, and makes nobody's what must stay so that counts and the
    history stay right. Part of the caller's unit of work."""
    figures, records = _what_is_left(now), _what_is_left(now)
    for left in (figures, records):
        db_session.add(left)
    db_session.flush()
    for table, holding in reversed(list(tables())):
        if table.name == Person.__tablename__:
            continue
        left_id = (figures if table.name == FiguredPerson.__tablename__ else records).id
        _erase_owned(db_session, table, holding, person.id, left_id)
        _replace_names(db_session, table, holding, person)
        _replace_actor(db_session, table, holding, person.id, left_id)
    db_session.execute(delete(Person).where(Person.id == person.id))


def is_owned(table: Table, holding: Holding, person_id: str) -> ColumnElement[bool] | None:
    """Which rows of a table are about somebody; None: it has no such rows."""
    if holding.owner is not None:
        return table.c[holding.owner] == person_id
    if holding.subject is not None:
        column, key = holding.subject
        return table.c[column][key].as_string() == person_id
    if holding.by_number:
        number = select(FiguredPerson.number).where(FiguredPerson.person_id == person_id)
        return table.c["person"] == number.scalar_subquery()
    return None


def has_done(
    table: Table, holding: Holding, person_id: str, name: str = ""
) -> ColumnElement[bool] | None:
    """Which rows of a table say that somebody did something; None as above."""
    ways = [_has(table.c[each], person_id) for each in holding.actors if each in table.c]
    if name:
        ways += [_only_by_name(table, *pair, name) for pair in holding.names.items()]
    return or_(*ways) if ways else None


def _only_by_name(table: Table, column: str, by_id: str, name: str) -> ColumnElement[bool]:
    """The row has a name and no id."""
    named: ColumnElement[bool] = table.c[column] == name
    return named & (table.c[by_id] == "") if by_id in table.c else named


def _has(column: Column[Any], person_id: str) -> ColumnElement[bool]:
    """The column has one id, or several in a row."""
    return column == person_id if column.foreign_keys else column.contains(person_id)


def _erase_owned(
    db_session: Session, table: Table, holding: Holding, person_id: str, left_id: str
) -> None:
    own = is_owned(table, holding, person_id)
    if own is None or holding.by_number:
        return
    if holding.blanked is None or holding.owner is None:
        db_session.execute(delete(table).where(own))
    else:
        values = {**holding.blanked, holding.owner: left_id}
        db_session.execute(update(table).where(own).values(values))


def _replace_actor(
    db_session: Session, table: Table, holding: Holding, person_id: str, left_id: str
) -> None:
    for name in holding.actors:
        if name not in table.c:
            continue
        column = table.c[name]
        value = left_id if column.foreign_keys else func.replace(column, person_id, left_id)
        db_session.execute(update(table).where(_has(column, person_id)).values({name: value}))


def _replace_names(db_session: Session, table: Table, holding: Holding, person: Person) -> None:
    """Where a row says who somebody is by an id, also a name that they had before. Of rows from
    before ids were kept, the name that they have now, if they have a role: else whoever takes
    somebody's name could take it out of the history."""
    for name, by_id in holding.names.items():
        column, own = table.c[name], person.display_name
        if by_id in table.c:
            known = table.c[by_id]
            together = _has(known, person.id) & (known != person.id)
            put = func.replace(column, own, DELETED_NAME)
            db_session.execute(update(table).where(together).values({name: put}))
            own_rows = update(table).where(known == person.id)
            db_session.execute(own_rows.values({name: DELETED_NAME}))
        if any(role != TESTER for role in person.roles):
            old = update(table).where(_only_by_name(table, name, by_id, own))
            db_session.execute(old.values({name: DELETED_NAME}))


def _what_is_left(now: datetime) -> Person:
    """Nobody: an id that leads nowhere, for rows that must belong to somebody."""
    return Person(
        id=uuid.uuid4().hex,
        display_name=DELETED_NAME,
        cohort="public",
        roles=[],
        followers=0,
        preview_id=DELETED,
        measured=False,
        created_at=now,
    )


def _rows(
    db_session: Session, table: Table, which: ColumnElement[bool] | None
) -> list[Mapping[str, Any]]:
    if which is None:
        return []
    return [dict(row) for row in db_session.execute(select(table).where(which)).mappings()]


def _key(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _whole(row: Mapping[str, Any], holding: Holding) -> dict[str, Any]:
    """Without what is secret, and without who else had to do with it."""
    left_out = {*holding.secret, *holding.actors, *holding.names}
    return {name: plain(value) for name, value in row.items() if name not in left_out}


def _what_was_done(
    table: Table, holding: Holding, row: Mapping[str, Any], person_id: str
) -> dict[str, Any]:
    told = {}
    for column in table.c:
        value = row[column.name]
        mine = column.name in holding.actors and person_id in (value or "")
        shown = column.primary_key or column.name in SHOWN_OF_ACTS or isinstance(value, datetime)
        if (mine or shown) and column.name not in holding.secret:
            told[column.name] = person_id if mine else plain(value)
    return told


def plain(value: Any) -> Any:
    """A value as JSON can have it."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return f"{len(value)} bytes" if isinstance(value, bytes) else value
