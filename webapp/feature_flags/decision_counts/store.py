"""Queries about counts of answers. Takes a session, decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from webapp.feature_flags.decision_counts.models import DecisionCount


def add(db_session: Session, minute: datetime, counts: Iterable[tuple[str, str, int]]) -> None:
    """Adds to what is there: (feature, answer, number)."""
    for feature, answer, number in counts:
        there = (
            update(DecisionCount)
            .where(
                DecisionCount.minute == minute,
                DecisionCount.feature == feature,
                DecisionCount.answer == answer,
            )
            .values(number=DecisionCount.number + number)
        )
        result = db_session.execute(there, execution_options={"synchronize_session": False})
        if result.rowcount == 0:  # type: ignore[attr-defined]
            row = DecisionCount(minute=minute, feature=feature, answer=answer, number=number)
            db_session.add(row)
            db_session.flush()


def since(db_session: Session, feature: str, begin: datetime) -> list[DecisionCount]:
    query = select(DecisionCount).where(
        DecisionCount.feature == feature, DecisionCount.minute >= begin
    )
    return list(db_session.scalars(query))


def forget(db_session: Session, before: datetime) -> None:
    db_session.execute(delete(DecisionCount).where(DecisionCount.minute < before))
