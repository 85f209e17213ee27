"""What figures have written down, by the ids of people."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from webapp.experiments.models import Exposure, FiguredPerson, Outcome
from webapp.infra.database import Database


class Met(NamedTuple):
    """An exposure. `space` is "" where it does not count by Space."""

    person: str
    feature: str
    answer: str
    space: str


class Became(NamedTuple):
    """An outcome."""

    person: str
    kind: str
    number: int
    total: float
    space: str


def exposures(db: Database, feature: str | None = None) -> list[Met]:
    """All of them, one for each row: revisions too."""
    columns = (FiguredPerson.person_id, Exposure.feature, Exposure.answer, Exposure.space)
    query = select(*columns).join(FiguredPerson, FiguredPerson.number == Exposure.person)
    with db.reading() as db_session:
        found = [Met(*row) for row in db_session.execute(query)]
    return sorted(met for met in found if feature in (None, met.feature))


def outcomes(db: Database, kind: str | None = None) -> list[Became]:
    """All of them, one for each row."""
    columns = (FiguredPerson.person_id, Outcome.kind, Outcome.number, Outcome.total, Outcome.space)
    query = select(*columns).join(FiguredPerson, FiguredPerson.number == Outcome.person)
    with db.reading() as db_session:
        found = [Became(*row) for row in db_session.execute(query)]
    return sorted(became for became in found if kind in (None, became.kind))
