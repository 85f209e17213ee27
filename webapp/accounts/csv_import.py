"""Many people at once, from a file: all of them or nobody."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts import csv_format, store
from webapp.accounts.csv_format import Row, Sheet
from webapp.accounts.events import PeopleChanged
from webapp.accounts.models import TESTER, Person
from webapp.accounts.names import Names
from webapp.accounts.search_key import folded
from webapp.accounts.sign_in_links import SignInLinks
from webapp.infra.database import Database
from webapp.infra.event_bus import Events

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arrival:
    """Somebody who was added, and the secret of the link that signs them in, once."""

    person: Person
    link: str


class Refused(Exception):
    """A file with problems in it, seen only now: `sheet` has them. Nobody was added."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(f"{len(sheet.problems)} problems")
        self.sheet = sheet


class Importing:
    """Looks at files of people, and takes them over."""

    def __init__(
        self,
        db: Database,
        events: Events,
        names: Names,
        links: SignInLinks,
        clock: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._events = events
        self._names = names
        self._links = links
        self._clock = clock

    def look(self, content: bytes | str) -> Sheet:
        """What is in a file and what is wrong with it. Changes nothing."""
        with self._db.reading() as db_session:
            return self._known(db_session, csv_format.read(content))

    def bring_in(self, content: bytes | str, by: str = "") -> list[Arrival]:
        """Adds everybody in a file, each with a sign-in link; `by` is the id of who does it.
        Refused when anything is wrong."""
        with self._db.session() as db_session:
            sheet = self._known(db_session, csv_format.read(content))
            if sheet.problems:
                raise Refused(sheet)
            now = self._clock()
            people = [_person(row, now) for row in sheet.rows]
            db_session.add_all(people)
            db_session.flush()
            links = self._links.for_new_people(db_session, people, by)
            store.count_up(db_session)
            self._events.after(db_session, PeopleChanged())
        log.info("%d people came from a file", len(people))
        return [Arrival(person, link) for person, link in zip(people, links, strict=True)]

    def _known(self, db_session: Session, sheet: Sheet) -> Sheet:
        cohorts = [name for name, _ in store.cohort_sizes(db_session)]
        names = {row.name for row in sheet.rows}
        taken = store.taken_names(db_session, set(map(folded, names)))
        taken |= set(map(folded, self._names.reserved(db_session, names)))
        return csv_format.known(sheet, cohorts, taken)


def _person(row: Row, now: datetime) -> Person:
    return Person(
        id=uuid.uuid4().hex,
        display_name=row.name,
        cohort=row.cohort,
        roles=[TESTER],
        followers=row.followers,
        country=row.country,
        platform=row.platform,
        created_at=now,
    )
