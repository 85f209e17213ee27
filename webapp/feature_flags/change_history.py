"""The history of definitions, looked through by the page: 50,000 entries stay as quick as 50."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

from sqlalchemy import Select, func, select

from flags.sources.interface import Change
from webapp.feature_flags.models import DefinitionChange
from webapp.feature_flags.store import change_of
from webapp.infra.cooperative import give_way
from webapp.infra.database import Database

FIRST, AT_ONCE = 4, 500

PERSON_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Wanted:
    """Which changes: of a feature, by somebody (a name as it was then, or a person's id), of a
    kind, from one day to another (in UTC, both of them with it). Empty: whatever it is."""

    feature: str = ""
    by: str = ""
    action: str = ""
    begin: date | None = None
    end: date | None = None


class History:
    """Reads every change that was ever made. Pages are found by the revision at which the one
    before ended, so that the last costs no more than the first."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def older(self, wanted: Wanted, before: int | None = None, limit: int = 100) -> list[Change]:
        """The latest changes before that revision, the latest first."""
        query = _matching(wanted)
        if before is not None:
            query = query.where(DefinitionChange.revision < before)
        return self._read(query.order_by(DefinitionChange.revision.desc()).limit(limit))

    def newer(self, wanted: Wanted, after: int, limit: int = 100) -> list[Change]:
        """The first changes after that revision, the latest first."""
        query = _matching(wanted).where(DefinitionChange.revision > after)
        return self._read(query.order_by(DefinitionChange.revision).limit(limit))[::-1]

    def each(self, wanted: Wanted, before: int | None = None) -> Iterator[Change]:
        """All of them (before that revision), the latest first, at first a few at a time, then
        more: whoever stops early has not read much. Others get their turn in between."""
        number = FIRST
        while some := self.older(wanted, before, number):
            yield from some
            before, number = some[-1].revision, min(2 * number, AT_ONCE)
            give_way()

    def latest(self) -> dict[str, Change]:
        """The last change of every feature: one look, however many there are."""
        last = select(func.max(DefinitionChange.revision)).group_by(DefinitionChange.feature)
        query = select(DefinitionChange).where(DefinitionChange.revision.in_(last))
        return {change.feature: change for change in self._read(query)}

    def people(self) -> list[str]:
        """Everybody who ever changed anything."""
        return self._distinct(DefinitionChange.by)

    def kinds(self) -> list[str]:
        """Every kind of change that there was."""
        return self._distinct(DefinitionChange.action)

    def _read(self, query: Select[Any]) -> list[Change]:
        with self._db.reading() as db_session:
            return [change_of(row) for row in db_session.scalars(query)]

    def _distinct(self, column: Any) -> list[str]:
        """By hopping through the index from one value to the next."""
        found: list[str] = []
        with self._db.reading() as db_session:
            query = select(column).order_by(column).limit(1)
            while value := db_session.scalar(query.where(column > found[-1]) if found else query):
                found.append(value)
        return found


def _matching(wanted: Wanted) -> Select[Any]:
    query = select(DefinitionChange)
    for column in ("feature", "action"):
        if value := getattr(wanted, column):
            query = query.where(getattr(DefinitionChange, column) == value)
    if PERSON_ID.fullmatch(wanted.by):
        query = query.where(DefinitionChange.by_id.contains(wanted.by))
    elif wanted.by:
        query = query.where(DefinitionChange.by == wanted.by)
    if wanted.begin:
        query = query.where(DefinitionChange.at >= _midnight(wanted.begin))
    if wanted.end:
        query = query.where(DefinitionChange.at < _midnight(wanted.end) + timedelta(days=1))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time_of_day(), UTC)
