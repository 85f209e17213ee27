"""What is to happen to features later, and what waits for somebody's yes. Decides nothing.

What may happen only once is one conditional UPDATE: the database picks the winner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.sql import Update

from flags.sources.interface import SourceUnavailable, actor_id
from webapp.feature_flags.models import Proposal, Protection, Schedule
from webapp.infra.database import Database

WAITING, ACCEPTED, REFUSED = "waiting", "accepted", "refused"

REFUSED_SHOWN = timedelta(days=7)
"""So long people are told of a schedule that came to nothing."""

BY_SCHEDULE = "schedule by "
"""Begins the name of who did it, in the history, where a schedule did."""

LEASE = timedelta(seconds=30)
"""A process that took something upon itself and was killed keeps it from others for so long."""


class Plans:
    """Schedules, protections and proposals in the database. SourceUnavailable when it is away."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def mark(self) -> tuple[object, ...]:
        """Changes whenever any of it does. Cheap."""
        with _named_errors(), self._db.reading() as db_session:
            return tuple(
                value
                for model in (Schedule, Proposal)
                for value in db_session.execute(
                    select(func.count(), func.max(model.id)).where(model.state == WAITING)
                ).one()
            ) + tuple(db_session.scalars(select(Protection.feature).order_by(Protection.feature)))

    # ------------------------------------------------------------------ protections

    def protections(self) -> dict[str, Protection]:
        """By feature."""
        with _named_errors(), self._db.reading() as db_session:
            return {row.feature: row for row in db_session.scalars(select(Protection))}

    def protect(self, feature: str, by: str, now: datetime) -> None:
        with _named_errors(), self._db.session() as db_session:
            db_session.merge(Protection(feature=feature, by=str(by), by_id=actor_id(by), at=now))

    # ------------------------------------------------------------------ proposals

    def proposals(self, now: datetime, feature: str | None = None) -> Sequence[Proposal]:
        """Those that wait, the oldest first."""
        query = select(Proposal).where(Proposal.state == WAITING, Proposal.expires_at > now)
        if feature is not None:
            query = query.where(Proposal.feature == feature)
        with _named_errors(), self._db.reading() as db_session:
            return db_session.scalars(query.order_by(Proposal.id)).all()

    def proposal(self, proposal_id: int) -> Proposal | None:
        with _named_errors(), self._db.reading() as db_session:
            return db_session.get(Proposal, proposal_id)

    def add(self, plan: Proposal | Schedule) -> None:
        with _named_errors(), self._db.session() as db_session:
            db_session.add(plan)

    def decide(self, proposal_id: int, state: str, by: str, now: datetime) -> bool:
        """Ends the waiting. False when it was over already, or is being carried out."""
        free = update(Proposal).where(Proposal.id == proposal_id, *_undecided(now))
        return self._changed(free.values(state=state, **_decided(by, now)))

    def begin(self, proposal_id: int, now: datetime) -> bool:
        """Takes an agreed proposal upon itself, to carry it out. Of several, one gets it; whoever
        is killed meanwhile keeps it from others for a while, and then it waits again."""
        free = update(Proposal).where(Proposal.id == proposal_id, *_undecided(now))
        return self._changed(free.values(claimed_at=now))

    def finish(self, proposal_id: int, by: str, now: datetime) -> None:
        """It is carried out."""
        mine = update(Proposal).where(Proposal.id == proposal_id, Proposal.state == WAITING)
        self._changed(mine.values(state=ACCEPTED, **_decided(by, now)))

    def give_up(self, proposal_id: int) -> None:
        """What was agreed to could not be done: it waits again."""
        self._changed(update(Proposal).where(Proposal.id == proposal_id).values(claimed_at=None))

    def accept(
        self, proposal_id: int, by: str, now: datetime, carry_out: Callable[[Session], None]
    ) -> bool:
        """Ends the waiting and does what was proposed, both or neither. False when it was over."""
        free = update(Proposal).where(Proposal.id == proposal_id, *_undecided(now))
        with _named_errors(), self._db.session() as db_session:
            result: CursorResult[Any] = db_session.execute(
                free.values(state=ACCEPTED, **_decided(by, now))
            )  # type: ignore[assignment]
            if result.rowcount == 1:
                carry_out(db_session)
            return result.rowcount == 1

    # ------------------------------------------------------------------ schedules

    def schedules(self, feature: str | None = None) -> Sequence[Schedule]:
        """Those that wait, the next first."""
        query = select(Schedule).where(Schedule.state == WAITING).order_by(Schedule.at, Schedule.id)
        if feature is not None:
            query = query.where(Schedule.feature == feature)
        with _named_errors(), self._db.reading() as db_session:
            return db_session.scalars(query).all()

    def refused(self, now: datetime, feature: str | None = None) -> Sequence[Schedule]:
        """Those that came to nothing lately, the latest first."""
        query = select(Schedule).where(
            Schedule.state == REFUSED, Schedule.ended_at > now - REFUSED_SHOWN
        )
        if feature is not None:
            query = query.where(Schedule.feature == feature)
        with _named_errors(), self._db.reading() as db_session:
            return db_session.scalars(query.order_by(Schedule.ended_at.desc())).all()

    def schedule(self, schedule_id: int) -> Schedule | None:
        with _named_errors(), self._db.reading() as db_session:
            return db_session.get(Schedule, schedule_id)

    def due(self, now: datetime) -> Sequence[Schedule]:
        """Those whose time has come and that no process is at work on, the earliest first."""
        query = select(Schedule).where(Schedule.at <= now, *_free(now))
        with _named_errors(), self._db.reading() as db_session:
            return db_session.scalars(query.order_by(Schedule.at, Schedule.id)).all()

    def claim(self, schedule_id: int, now: datetime) -> bool:
        """Takes a schedule for this process. Of several, one gets it."""
        free = update(Schedule).where(Schedule.id == schedule_id, *_free(now))
        return self._changed(free.values(claimed_at=now))

    def release(self, schedule_id: int) -> None:
        """It could not be carried out: somebody tries again."""
        self._changed(update(Schedule).where(Schedule.id == schedule_id).values(claimed_at=None))

    def end(self, schedule_id: int, state: str, by: str, now: datetime) -> bool:
        """False when it was over already."""
        waiting = update(Schedule).where(Schedule.id == schedule_id, Schedule.state == WAITING)
        return self._changed(waiting.values(state=state, **_ended(by, now)))

    def cancel(self, schedule_id: int, by: str, now: datetime) -> bool:
        """False when it was over already, or is being carried out."""
        waiting = update(Schedule).where(Schedule.id == schedule_id, *_free(now))
        return self._changed(waiting.values(state="cancelled", **_ended(by, now)))

    def _changed(self, statement: Update) -> bool:
        with _named_errors(), self._db.session() as db_session:
            result: CursorResult[Any] = db_session.execute(statement)  # type: ignore[assignment]
            return result.rowcount == 1


def unprotecting(feature: str) -> Callable[[Session], None]:
    """To be carried out with `accept`."""

    def carry_out(db_session: Session) -> None:
        db_session.execute(delete(Protection).where(Protection.feature == feature))

    return carry_out


def _decided(by: str, now: datetime) -> dict[str, Any]:
    return {"decided_by": str(by), "decided_by_id": actor_id(by), "decided_at": now}


def _ended(by: str, now: datetime) -> dict[str, Any]:
    return {"ended_by": str(by), "ended_by_id": actor_id(by), "ended_at": now}


def _undecided(now: datetime) -> tuple[Any, ...]:
    unclaimed = or_(Proposal.claimed_at.is_(None), Proposal.claimed_at <= now - LEASE)
    return Proposal.state == WAITING, Proposal.expires_at > now, unclaimed


def _free(now: datetime) -> tuple[Any, ...]:
    unclaimed = or_(Schedule.claimed_at.is_(None), Schedule.claimed_at <= now - LEASE)
    return Schedule.state == WAITING, unclaimed


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise SourceUnavailable("the database does not answer") from error
