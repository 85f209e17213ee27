"""Somebody goes for good, out of every Space: people who were made up for a while."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from webapp.infra.database import Database
from webapp.spaces.models import PREVIEW_OVER, Participant, Space
from webapp.spaces.service import Spaces


class Departures:
    """`goodbye`: how long a Space goes on whose host has gone."""

    def __init__(self, db: Database, spaces: Spaces, goodbye: timedelta) -> None:
        self._db = db
        self._spaces = spaces
        self._goodbye = goodbye

    def take_out(self, person_id: str) -> None:
        """Out of all live Spaces, with their seats; those that they host end after a countdown
        that everybody in them sees."""
        for slug in self._entered(person_id):
            self._spaces.leave(slug, person_id)
        for slug in self._hosted(person_id):
            self._spaces.begin_countdown(slug, self._goodbye, PREVIEW_OVER)

    def forget(self, person_id: str) -> bool:
        """Deletes their places, and the Spaces that they hosted; False while one still goes on.
        Raises SQLAlchemy's IntegrityError while something else refers to those."""
        if self._hosted(person_id):
            return False
        with self._db.session() as db_session:
            db_session.execute(delete(Participant).where(Participant.person_id == person_id))
            own = select(Space.slug).where(Space.host_id == person_id)
            db_session.execute(delete(Participant).where(Participant.slug.in_(own)))
            db_session.execute(delete(Space).where(Space.host_id == person_id))
        return True

    def _entered(self, person_id: str) -> list[str]:
        with self._db.reading() as db_session:
            entered = select(Participant.slug).where(
                Participant.person_id == person_id, Participant.present
            )
            return list(db_session.scalars(entered))

    def _hosted(self, person_id: str) -> list[str]:
        with self._db.reading() as db_session:
            live = select(Space.slug).where(Space.host_id == person_id, Space.ended_at.is_(None))
            return list(db_session.scalars(live))
