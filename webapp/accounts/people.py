"""People and cohorts: the rules."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts import store
from webapp.accounts.events import PeopleChanged, PersonChanged, RoleChanged
from webapp.accounts.logins import Logins
from webapp.accounts.models import KEPT_COHORTS, ROLES, TESTER, Cohort, Person
from webapp.accounts.names import Names
from webapp.accounts.schemas import tidy_name
from webapp.http.errors import AppError
from webapp.infra.database import Database
from webapp.infra.event_bus import Events
from webapp.infra.i18n import t

COHORT_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
COUNTRY = re.compile(r"[A-Z]{2}")


class NoSuchPerson(LookupError):
    """Nobody, or more than one person, goes by that name or id."""


class People:
    """Who there is. Changes are told as PersonChanged after they are stored."""

    def __init__(
        self,
        db: Database,
        events: Events,
        names: Names,
        logins: Logins,
        clock: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._events = events
        self._names = names
        self._logins = logins
        self._clock = clock

    def get(self, person_id: str) -> Person | None:
        with self._db.reading() as db_session:
            return store.person(db_session, person_id)

    def all(self) -> list[Person]:
        """Everybody, those who came first at the top."""
        with self._db.reading() as db_session:
            return store.people(db_session)

    def each(self, at_once: int = 500) -> Iterator[Person]:
        """Everybody in that order, a few at a time: for work that must not stop everything else.
        Whoever joins meanwhile comes too."""
        last: Person | None = None
        while True:
            with self._db.reading() as db_session:
                some = store.people_after(db_session, last, at_once)
            yield from some
            if len(some) < at_once:
                return
            last = some[-1]

    def found(
        self, sought: str = "", cohort: str = "", first: int = 0, limit: int = 100
    ) -> tuple[list[Person], int]:
        """Those who match, from the `first` on, at most `limit`; and how many there are in all.

        `sought` is a part of a name (accents and capitals do not matter) or of a cohort's, or the
        beginning of an id."""
        with self._db.reading() as db_session:
            return store.found_people(db_session, sought.strip(), cohort, first, limit)

    def by_id(self, ids: Iterable[str]) -> dict[str, Person]:
        with self._db.reading() as db_session:
            return store.people_by_id(db_session, ids)

    def find(self, name_or_id: str) -> Person:
        """The one person with this id or name. NoSuchPerson when there is none, or several."""
        with self._db.reading() as db_session:
            if person := store.person(db_session, name_or_id):
                return person
            called = store.people_called(db_session, name_or_id)
        if len(called) != 1:
            raise NoSuchPerson(f"{len(called) or 'no'} people are called {name_or_id!r}")
        return called[0]

    def add(
        self,
        name: str,
        cohort: str,
        *,
        roles: Sequence[str] = (TESTER,),
        followers: int = 0,
        country: str | None = None,
        platform: str | None = None,
        demo: str | None = None,
    ) -> Person:
        """A new person. `bad_input` for a name, cohort, role or property that cannot be,
        `name_taken` for a name that only somebody else may have."""
        person = new_person(name, cohort, self._clock(), platform)
        person.roles = sorted(_known_role(role) for role in roles)
        person.demo = demo
        _set_properties(person, followers, country, platform)
        with self._db.session() as db_session:
            _known_cohort(db_session, cohort)
            # Demo people have their names in every database, whoever else has them.
            if demo is None:
                self._names.insist_free(db_session, person)
            db_session.add(person)
        return person

    def rename(self, person_id: str, name: str) -> Person:
        """Another display name. `bad_input` if it cannot be, `name_taken` if only somebody else may
        have it."""
        tidy = _tidy(name)

        def change(db_session: Session, person: Person) -> None:
            if person.display_name != tidy:
                person.display_name = tidy
                self._names.insist_free(db_session, person)

        return self._change(person_id, change)

    def move(self, person_id: str, cohort: str) -> Person:
        """Puts somebody into another cohort. `bad_input` if there is none of that name."""
        with self._db.reading() as db_session:
            _known_cohort(db_session, cohort)
        return self._change(person_id, lambda _, person: setattr(person, "cohort", cohort))

    def move_all(self, ids: Iterable[str], cohort: str) -> int:
        """Puts several people into another cohort, all or none. Returns how many were not there
        already. `bad_input` if there is none of that name."""
        with self._db.session() as db_session:
            _known_cohort(db_session, cohort)
            moved = store.move_people(db_session, ids, cohort)
            if moved:
                self._everybody_changed(db_session)
        return moved

    def set_measured(self, person_id: str, measured: bool) -> Person:
        """Somebody's own choice whether they may be measured."""
        return self._change(person_id, lambda _, person: setattr(person, "measured", measured))

    def set_role(self, person_id: str, role: str, held: bool) -> Person:
        """Gives a role or takes it away, and what that means for their logins and links."""
        _known_role(role)

        def change(db_session: Session, person: Person) -> None:
            others = set(person.roles) - {role}
            roles = sorted(others | {role} if held else others)
            if roles != person.roles:
                person.roles = roles
                self._logins.rights_changed(db_session, person)
                self._events.after(db_session, RoleChanged(person, role, held))

        return self._change(person_id, change)

    def set_properties(
        self,
        person_id: str,
        *,
        followers: int | None = None,
        country: str | None = None,
        platform: str | None = None,
    ) -> Person:
        """What strategies may look at; None leaves a property as it is."""

        def change(_: Session, person: Person) -> None:
            _set_properties(
                person,
                person.followers if followers is None else followers,
                country or person.country,
                platform or person.platform,
            )

        return self._change(person_id, change)

    def cohorts(self) -> list[tuple[str, int]]:
        """Every cohort by name, with how many people are in it."""
        with self._db.reading() as db_session:
            return store.cohort_sizes(db_session)

    def add_cohort(self, name: str) -> None:
        """Another cohort: lower-case letters, digits, hyphens. `conflict` if it is there."""
        with self._db.session() as db_session:
            _insist_new_cohort(db_session, name)
            db_session.add(Cohort(name=name))

    def check_rename(self, old: str, new: str) -> None:
        """Raises what `rename_cohort` would."""
        with self._db.reading() as db_session:
            _insist_renamable(db_session, old, new)

    def rename_cohort(self, old: str, new: str) -> None:
        """Another name for a cohort, its people and its invitations.

        Features know cohorts by name: let the new one into them first. `not_found` if there is no
        such cohort, `not_allowed` for those that keep their names, `bad_input` for a name that
        cannot be, `conflict` if it is there."""
        with self._db.session() as db_session:
            _insist_renamable(db_session, old, new)
            store.rename_cohort(db_session, old, new)
            self._everybody_changed(db_session)

    def forget(self, person_id: str) -> None:
        """Deletes somebody who was made up for a preview. Raises SQLAlchemy's IntegrityError while
        something else still refers to them."""
        with self._db.session() as db_session:
            store.forget(db_session, person_id)

    def note_deleted(self, db_session: Session, person_id: str) -> None:
        """Tells that somebody has been deleted, once the caller's unit of work is stored."""
        store.count_up(db_session)
        changed = PersonChanged(person_id, store.revision(db_session))
        self._events.after(db_session, changed)

    def revision(self) -> int:
        """Grows with every change of a person or a login, by whatever process. Cheap."""
        with self._db.reading() as db_session:
            return store.revision(db_session)

    def demo_person(self, demo: str) -> Person | None:
        """The demo person of that part, if there is one."""
        with self._db.reading() as db_session:
            return store.demo_person(db_session, demo)

    def _everybody_changed(self, db_session: Session) -> None:
        store.count_up(db_session)
        self._events.after(db_session, PeopleChanged())

    def _change(self, person_id: str, change: Callable[[Session, Person], None]) -> Person:
        with self._db.session() as db_session:
            person = store.person(db_session, person_id)
            if person is None:
                raise AppError("not_found")
            # What is flushed by a query in between would not count as modified.
            with db_session.no_autoflush:
                change(db_session, person)
            if db_session.is_modified(person):
                store.count_up(db_session)
                # Nobody else counts up before this is stored: the number is that of this change.
                changed = PersonChanged(person_id, store.revision(db_session))
                self._events.after(db_session, changed)
        return person


def new_person(name: str, cohort: str, now: datetime, platform: str | None) -> Person:
    """A tester who is not stored yet. `bad_input` for a name that cannot be."""
    return Person(
        id=uuid.uuid4().hex,
        display_name=_tidy(name),
        cohort=cohort,
        roles=[TESTER],
        followers=0,
        platform=platform,
        created_at=now,
    )


def _tidy(name: str) -> str:
    try:
        return tidy_name(name)
    except ValueError:
        raise AppError("bad_input", fields=["display_name"]) from None


def _known_role(role: str) -> str:
    if role not in ROLES:
        raise AppError("bad_input", fields=["role"])
    return role


def _insist_new_cohort(db_session: Session, name: str) -> None:
    if not COHORT_NAME.fullmatch(name):
        raise AppError("bad_input", t("cohort.name_wrong"), fields=["cohort"])
    if store.cohort(db_session, name):
        raise AppError("conflict", t("cohort.exists"))


def _insist_renamable(db_session: Session, old: str, new: str) -> None:
    if store.cohort(db_session, old) is None:
        raise AppError("not_found")
    if old in KEPT_COHORTS:
        raise AppError("not_allowed")
    _insist_new_cohort(db_session, new)


def _known_cohort(db_session: Session, name: str) -> None:
    if store.cohort(db_session, name) is None:
        raise AppError("bad_input", fields=["cohort"])


def _set_properties(
    person: Person, followers: int, country: str | None, platform: str | None
) -> None:
    if followers < 0:
        raise AppError("bad_input", fields=["followers"])
    if country is not None and not COUNTRY.fullmatch(country):
        raise AppError("bad_input", fields=["country"])
    person.followers, person.country, person.platform = followers, country, platform
