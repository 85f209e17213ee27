"""Who is in a Space, and who is on a stage, over all live Spaces: for what looks at thousands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from sqlalchemy import func, or_, select

from webapp.accounts.models import Person
from webapp.infra.database import Database
from webapp.realtime.presence import Presence
from webapp.spaces.models import SPEAKER, Participant, Space

Found = Iterator[tuple[Person, str]]
"""People, with the slug of the Space that each is in. Read as they are asked for, so that whoever
goes through thousands can give way to others in between."""

AT_ONCE = 500
"""People, read in one go: about two milliseconds."""

ById = Callable[[set[str]], dict[str, Person]]


class Everywhere:
    """People who are connected are taken from `presence`, others from the database (`by_id`): to
    read thousands of people would hold the process up."""

    def __init__(self, db: Database, presence: Presence, by_id: ById) -> None:
        self._db = db
        self._presence = presence
        self._by_id = by_id

    def inside(self) -> Found:
        """Everybody in a live Space."""
        return self._found()

    def on_stage_or_asking(self) -> Found:
        """Those of them who speak, or have asked to."""
        return self._found(or_(Participant.role == SPEAKER, Participant.asked_at.is_not(None)))

    def sizes(self) -> Counter[str]:
        """How many people are in each live Space, without those who were made up for a preview."""
        query = (
            select(Participant.slug, func.count())
            .join(Space, Space.slug == Participant.slug)
            .join(Person, Person.id == Participant.person_id)
            .where(Space.ended_at.is_(None), Participant.present, Person.preview_id.is_(None))
            .group_by(Participant.slug)
        )
        with self._db.reading() as db_session:
            return Counter({row[0]: row[1] for row in db_session.execute(query)})

    def _found(self, *more: object) -> Found:
        query = (
            select(Participant.id, Participant.person_id, Participant.slug)
            .join(Space, Space.slug == Participant.slug)
            .where(Space.ended_at.is_(None), Participant.present, *more)  # type: ignore[arg-type]
            .order_by(Participant.id)
            .limit(AT_ONCE)
        )
        after, found = 0, AT_ONCE
        while found == AT_ONCE:
            with self._db.reading() as db_session:
                places = db_session.execute(query.where(Participant.id > after)).all()
            found, after = len(places), places[-1][0] if places else 0
            people = self._people({person_id for _, person_id, _ in places})
            yield from ((people[one], slug) for _, one, slug in places if one in people)

    def _people(self, ids: set[str]) -> dict[str, Person]:
        here = {
            one: connections[0].person
            for one in ids
            if (connections := self._presence.of_person(one))
        }
        away = ids - here.keys()
        return here | (self._by_id(away) if away else {})
