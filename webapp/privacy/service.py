"""Gives people what is kept of them, deletes them, and forgets what has been kept for long
enough."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, CursorResult, Date, Table, delete, select, tuple_

from config.settings import Settings
from webapp.accounts.models import Person
from webapp.accounts.service import Accounts
from webapp.http.errors import AppError
from webapp.infra.cooperative import give_way
from webapp.infra.database import Database
from webapp.infra.retention import Holding, Period
from webapp.privacy import gates, records
from webapp.spaces.removal import Departures

log = logging.getLogger(__name__)

BATCH_SIZE = 200
"""Rows deleted in one transaction: a few milliseconds."""


class Privacy:
    """One per process. `clock` gives aware UTC times."""

    def __init__(
        self,
        db: Database,
        accounts: Accounts,
        departures: Departures,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._accounts = accounts
        self._departures = departures
        self._settings = settings
        self._clock = clock

    def export(self, person_id: str, *, everything: bool = False) -> dict[str, Any]:
        """All that is kept of somebody, as JSON can have it, by table. Without `everything`, what
        tells of features that are closed for them is left out. `not_found`."""
        with self._db.reading() as db_session:
            person = _real_person(db_session.get(Person, person_id))
            name = person.display_name if everything else ""
            tables = records.of_person(db_session, person_id, name)
        if not everything:
            tables = gates.without_closed(tables)
        return {"made_at": self._clock().isoformat(), "person": person_id, "tables": tables}

    def delete(self, person_id: str) -> None:
        """Deletes somebody for good: signed out everywhere, out of every Space at once, those that
        they host end after a countdown; then their rows. `not_found`."""
        with self._db.reading() as db_session:
            _real_person(db_session.get(Person, person_id))
        self._accounts.logins.shut(person_id)
        self._departures.take_out(person_id)
        with self._db.session() as db_session:
            person = _real_person(db_session.get(Person, person_id))
            db_session.expunge(person)
            records.erase(db_session, person, self._clock())
            self._accounts.people.note_deleted(db_session, person_id)
        log.info("%s has been deleted", person_id)

    def forget(self) -> dict[str, int]:
        """Deletes what has been kept for long enough, some rows at a time. Returns how many rows
        of each table went. Tables whose rows are more than deleted have a job of their own."""
        gone = {}
        for table, holding in records.tables():
            if holding.period is not None and holding.period.own_job is None:
                gone[table.name] = self._forget_in(table, holding)
        return gone

    def _forget_in(self, table: Table, holding: Holding) -> int:
        period = holding.period
        assert period is not None  # noqa: S101 - asked by `forget`
        before = _comparable(table, period, self._clock() - lasts(period, self._settings))
        over = table.c[period.since] < before
        if period.or_since:
            over |= table.c[period.or_since] < before
        if period.unless_null:
            over &= table.c[period.unless_null].is_not(None)
        keys = tuple_(*table.primary_key)
        some = select(*table.primary_key).where(over).limit(BATCH_SIZE)
        total = 0
        while True:
            with self._db.session() as db_session:
                rows = [tuple(row) for row in db_session.execute(some)]
                _delete_children(db_session, table, rows)
                result: CursorResult[Any] = db_session.execute(delete(table).where(keys.in_(rows)))  # type: ignore[assignment]
            total += result.rowcount
            if len(rows) < BATCH_SIZE:
                return total
            give_way()


def lasts(period: Period, settings: Settings) -> timedelta:
    """How long the rows of a table are kept."""
    if period.setting is not None:
        return timedelta(days=getattr(settings, period.setting))
    return period.fixed or timedelta(0)


def _real_person(person: Person | None) -> Person:
    if person is None or person.preview:
        raise AppError("not_found")
    return person


def _comparable(table: Table, period: Period, moment: datetime) -> datetime | date | int:
    kind = table.c[period.since].type
    if isinstance(kind, BigInteger):
        return int(moment.timestamp() * 1000)
    return moment.astimezone(UTC).date() if isinstance(kind, Date) else moment


def _delete_children(db_session: Any, table: Table, rows: list[tuple[Any, ...]]) -> None:
    """What hangs on these rows goes with them, or hangs on nothing any more."""
    for other in table.metadata.sorted_tables:
        for column in other.c:
            if not any(key.column.table is table for key in column.foreign_keys):
                continue
            ids = [row[0] for row in rows]
            hanging = column.in_(ids)
            if column.nullable:
                db_session.execute(other.update().where(hanging).values({column.name: None}))
            else:
                db_session.execute(delete(other).where(hanging))
