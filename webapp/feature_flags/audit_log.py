"""What product managers did beside changing features: to people, cohorts, invitations, protection.

Nobody but who did it is named, with their id: only numbers, ids of people, and names of cohorts
and features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import func, select

from flags.sources.interface import actor_id
from webapp.feature_flags.models import Act
from webapp.infra.database import Database

AT_ONCE = 500

COMMAND_LINE = "command line"
"""Who did something that no person is known for."""


class Acts:
    """The second half of the history. Raises SQLAlchemy's errors as they are."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock

    def note(self, kind: str, by: str, **about: str | int) -> None:
        """Keeps one. `kind` and `about` are put into words where they are read."""
        with self._db.session() as db_session:
            db_session.add(
                Act(kind=kind, by=by[:80], by_id=actor_id(by), at=self._clock(), about=about)
            )

    def older(self, before: int | None = None, limit: int = 100) -> list[Act]:
        """The latest first, below an id where one is given."""
        query = select(Act).order_by(Act.id.desc()).limit(limit)
        if before is not None:
            query = query.where(Act.id < before)
        with self._db.reading() as db_session:
            return list(db_session.scalars(query))

    def each(self) -> Iterator[Act]:
        """All of them, the latest first."""
        before = None
        while some := self.older(before, AT_ONCE):
            yield from some
            before = some[-1].id

    def latest(self) -> int:
        """The id of the latest; 0 when there is none. Cheap."""
        with self._db.reading() as db_session:
            return db_session.scalar(select(func.max(Act.id))) or 0
