"""Queries about reports. Takes a session, decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.problem_reports.models import CLOSED, Report


def report(db_session: Session, report_id: str) -> Report | None:
    return db_session.get(Report, report_id)


def page(
    db_session: Session, state: str | None, words: str, before: datetime | None, limit: int
) -> Sequence[tuple[Report, str]]:
    """Reports with their people's names, newest first."""
    query = _found(select(Report, Person.display_name), state, words)
    if before is not None:
        query = query.where(Report.received_at < before)
    rows = db_session.execute(query.order_by(Report.received_at.desc()).limit(limit)).all()
    return [(row[0], row[1]) for row in rows]


def counts(db_session: Session) -> dict[str, int]:
    rows = db_session.execute(select(Report.state, func.count()).group_by(Report.state)).all()
    return {row[0]: row[1] for row in rows}


def of_person(db_session: Session, person_id: str, limit: int) -> Sequence[Report]:
    query = select(Report).where(Report.person_id == person_id)
    return db_session.scalars(query.order_by(Report.received_at.desc()).limit(limit)).all()


def unread(db_session: Session, person_id: str) -> Sequence[Report]:
    query = select(Report).where(
        Report.person_id == person_id,
        Report.state == CLOSED,
        Report.note != "",
        Report.note_read_at.is_(None),
    )
    return db_session.scalars(query.order_by(Report.handled_at)).all()


def linked_to(db_session: Session, report_id: str) -> Sequence[Report]:
    query = select(Report).where(Report.linked_to == report_id)
    return db_session.scalars(query.order_by(Report.received_at)).all()


def _found(query: Select, state: str | None, words: str) -> Select:
    query = query.join(Person, Person.id == Report.person_id)
    if state is not None:
        query = query.where(Report.state == state)
    for word in words.split():
        like = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(
            or_(
                Report.text.ilike(like, escape="\\"),
                Person.display_name.ilike(like, escape="\\"),
                Report.page.ilike(like, escape="\\"),
                Report.id.ilike(like, escape="\\"),
            )
        )
    return query
