"""Queries about comparisons. Takes a session, decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from webapp.qa.compare.models import ComparedRun, ComparedVerdict


def run(db_session: Session, run_id: str) -> ComparedRun | None:
    return db_session.get(ComparedRun, run_id)


def with_picture(db_session: Session, run_id: str) -> ComparedRun | None:
    return db_session.get(ComparedRun, run_id, options=[undefer(ComparedRun.picture)])


def pictured(db_session: Session, run_ids: list[str]) -> set[str]:
    """Those of which a picture was kept."""
    kept = select(ComparedRun.id).where(
        ComparedRun.id.in_(run_ids), ComparedRun.picture.is_not(None)
    )
    return set(db_session.scalars(kept))


def latest(db_session: Session, feature: str, limit: int) -> list[ComparedRun]:
    """The last made first; with `feature`, those with a verdict on it."""
    newest = select(ComparedRun).order_by(ComparedRun.made_at.desc(), ComparedRun.id)
    if feature:
        judged = select(ComparedVerdict.run_id).where(ComparedVerdict.feature == feature)
        newest = newest.where(ComparedRun.id.in_(judged))
    return list(db_session.scalars(newest.limit(limit)))


def verdicts(db_session: Session, run_ids: list[str]) -> dict[str, dict[str, str]]:
    """By run and feature."""
    found: dict[str, dict[str, str]] = {}
    of_them = select(ComparedVerdict).where(ComparedVerdict.run_id.in_(run_ids))
    for row in db_session.scalars(of_them):
        found.setdefault(row.run_id, {})[row.feature] = row.verdict
    return found


def set_verdicts(db_session: Session, run_id: str, given: Mapping[str, str]) -> None:
    """These instead of whatever was said before."""
    db_session.execute(delete(ComparedVerdict).where(ComparedVerdict.run_id == run_id))
    for feature, verdict in given.items():
        db_session.add(ComparedVerdict(run_id=run_id, feature=feature, verdict=verdict))
