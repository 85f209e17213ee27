"""Queries about measured sound. Takes a session, decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.audio.quality.models import SoundDay, SoundMinute

SUMS = ("batches", "bad", "score_sum", "concealed_sum", "buffer_sum", "rtt_sum")


def add(db_session: Session, minutes: Iterable[SoundMinute]) -> None:
    """Adds to what is there: somebody may be measured by two processes within one minute. Nothing
    of people who have been deleted since."""
    minutes = list(minutes)
    ids = {minute.person_id for minute in minutes}
    there_are = set(db_session.scalars(select(Person.id).where(Person.id.in_(ids))))
    for minute in [one for one in minutes if one.person_id in there_are]:
        key = (minute.person_id, minute.slug, minute.minute)
        there = db_session.get(SoundMinute, key)
        if there is None:
            db_session.add(minute)
        else:
            _add_up(there, minute)
            there.path = minute.path


def minutes_of(db_session: Session, slug: str) -> list[SoundMinute]:
    query = select(SoundMinute).where(SoundMinute.slug == slug).order_by(SoundMinute.minute)
    return list(db_session.scalars(query))


def first_before(db_session: Session, end: datetime) -> datetime | None:
    """The oldest minute before `end`."""
    query = select(SoundMinute.minute).where(SoundMinute.minute < end)
    return db_session.scalar(query.order_by(SoundMinute.minute).limit(1))


def fold(db_session: Session, begin: datetime, end: datetime) -> None:
    """Turns the minutes of one day, `begin` to `end`, into sums by Space and path."""
    span = SoundMinute.minute >= begin, SoundMinute.minute < end
    days: dict[tuple[str, date, str], SoundDay] = {}
    people: dict[SoundDay, set[str]] = defaultdict(set)
    for minute in db_session.scalars(select(SoundMinute).where(*span)):
        key = (minute.slug, minute.minute.astimezone(UTC).date(), minute.path)
        day = days.get(key) or _day(db_session, key)
        days[key] = day
        people[day].add(minute.person_id)
        _add_up(day, minute)
        day.minutes += 1
    for day, ids in people.items():
        day.people += len(ids)
    db_session.execute(delete(SoundMinute).where(*span))


def days(db_session: Session) -> list[SoundDay]:
    return list(db_session.scalars(select(SoundDay).order_by(SoundDay.day, SoundDay.slug)))


def _day(db_session: Session, key: tuple[str, date, str]) -> SoundDay:
    found = db_session.get(SoundDay, key)
    if found is None:
        slug, day, path = key
        found = SoundDay(slug=slug, day=day, path=path, people=0, minutes=0, score_min=5.0)
        for name in SUMS:
            setattr(found, name, 0)
        db_session.add(found)
    return found


def _add_up(total: SoundMinute | SoundDay, more: SoundMinute) -> None:
    for name in SUMS:
        setattr(total, name, getattr(total, name) + getattr(more, name))
    total.score_min = min(total.score_min, more.score_min)
