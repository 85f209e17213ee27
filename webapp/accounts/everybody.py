"""All people as gates know them, for counting: columns instead of objects, a few at a time; nobody
who was made up for a preview."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import func, select

from webapp.accounts.models import Person
from webapp.db import Database


class GatedPerson(NamedTuple):
    """What a gate may know of a person."""

    id: str
    cohort: str
    followers: int
    country: str | None
    platform: str | None


COLUMNS = (Person.id, Person.cohort, Person.followers, Person.country, Person.platform)


def in_slices(db: Database, size: int) -> Iterator[list[GatedPerson]]:
    """Everybody by id, `size` people at a time. Each slice is read when it is asked for, so that
    others come in between."""
    after = ""
    while True:
        real = select(*COLUMNS).where(Person.preview_id.is_(None), Person.id > after)
        some = real.order_by(Person.id).limit(size)
        with db.reading() as db_session:
            people = [GatedPerson(*row) for row in db_session.execute(some)]
        if not people:
            return
        yield people
        after = people[-1].id


def head_count(db: Database) -> int:
    """How many people there are."""
    with db.reading() as db_session:
        return (
            db_session.scalar(select(func.count(Person.id)).where(Person.preview_id.is_(None))) or 0
        )
