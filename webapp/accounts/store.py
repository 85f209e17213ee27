"""Queries about people and their ways in. Takes a session, decides nothing.

What may happen only so many times is one conditional UPDATE: the database picks the winner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import Delete, Update

from webapp.accounts.models import (
    AccountActivity,
    AccountsRevision,
    Cohort,
    Invitation,
    Login,
    Person,
    SignInLink,
)
from webapp.accounts.search_key import folded

PORTION = 500

_REAL = Person.preview_id.is_(None)
"""Not made up for a preview: whatever lists or counts people leaves those out."""


def person(db_session: Session, person_id: str) -> Person | None:
    return db_session.get(Person, person_id)


def people(db_session: Session) -> list[Person]:
    everybody = select(Person).where(_REAL).order_by(Person.created_at, Person.id)
    return list(db_session.scalars(everybody))


def people_after(db_session: Session, after: Person | None, limit: int) -> list[Person]:
    """The next `limit` people in the order of `people`."""
    query = select(Person).where(_REAL).order_by(Person.created_at, Person.id).limit(limit)
    if after is not None:
        query = query.where(_comes_after(after))
    return list(db_session.scalars(query))


def people_by_id(db_session: Session, ids: Iterable[str]) -> dict[str, Person]:
    found: dict[str, Person] = {}
    for some in _portions(ids):
        found |= {p.id: p for p in db_session.scalars(select(Person).where(Person.id.in_(some)))}
    return found


def found_people(
    db_session: Session, sought: str, cohort: str, first: int, limit: int
) -> tuple[list[Person], int]:
    """People by a part of their name or cohort, or by how their id begins, from the `first` on;
    and how many there are. Empty: whatever it is."""
    matching = _matching(select(Person), sought, cohort)
    page = matching.order_by(Person.created_at, Person.id).offset(first).limit(limit)
    number = db_session.scalar(_matching(select(func.count()).select_from(Person), sought, cohort))
    return list(db_session.scalars(page)), number or 0


def taken_names(db_session: Session, names: Iterable[str]) -> set[str]:
    """Which of these folded names belong to somebody."""
    taken: set[str] = set()
    for some in _portions(names):
        taken |= set(
            db_session.scalars(
                select(Person.search_name).where(_REAL, Person.search_name.in_(some))
            )
        )
    return taken


def people_looking_like(db_session: Session, skeletons: Iterable[str]) -> list[Person]:
    """People with a name that looks like one of these, see `confusables.skeleton`."""
    found: list[Person] = []
    for some in _portions(skeletons):
        found += db_session.scalars(select(Person).where(_REAL, Person.name_skeleton.in_(some)))
    return found


def move_people(db_session: Session, ids: Iterable[str], cohort: str) -> int:
    """Returns how many were somewhere else."""
    return sum(
        _number_of(
            db_session,
            update(Person)
            .where(Person.id.in_(some), Person.cohort != cohort)
            .values(cohort=cohort),
        )
        for some in _portions(ids)
    )


def rename_cohort(db_session: Session, old: str, new: str) -> None:
    """Whatever names a cohort here."""
    db_session.add(Cohort(name=new))
    db_session.flush()
    for model in (Person, Invitation):
        db_session.execute(update(model).where(model.cohort == old).values(cohort=new))
    db_session.execute(delete(Cohort).where(Cohort.name == old))


def people_called(db_session: Session, name: str) -> list[Person]:
    called = select(Person).where(_REAL, Person.display_name == name)
    return list(db_session.scalars(called))


def demo_person(db_session: Session, demo: str) -> Person | None:
    return db_session.scalars(select(Person).where(Person.demo == demo)).first()


def cohort(db_session: Session, name: str) -> Cohort | None:
    return db_session.get(Cohort, name)


def cohort_sizes(db_session: Session) -> list[tuple[str, int]]:
    # Counted before they are joined: SQLite counts by the index alone then, seven times as fast.
    sizes = (
        select(Person.cohort, func.count().label("people"))
        .where(_REAL)
        .group_by(Person.cohort)
        .subquery()
    )
    named = (
        select(Cohort.name, func.coalesce(sizes.c.people, 0))
        .outerjoin(sizes, sizes.c.cohort == Cohort.name)
        .order_by(Cohort.name)
    )
    return [(row[0], row[1]) for row in db_session.execute(named)]


def invitation(db_session: Session, invitation_id: str) -> Invitation | None:
    return db_session.get(Invitation, invitation_id)


def invitations(db_session: Session) -> list[Invitation]:
    return list(db_session.scalars(select(Invitation).order_by(Invitation.created_at.desc())))


def take_invitation(db_session: Session, invitation_id: str, now: datetime) -> bool:
    """Uses an invitation up by one, if it is good. Of two who want the last use, one gets it."""
    return _changed(
        db_session,
        update(Invitation)
        .where(
            Invitation.id == invitation_id,
            Invitation.uses < Invitation.max_uses,
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(uses=Invitation.uses + 1),
    )


def link(db_session: Session, token_hash: str) -> SignInLink | None:
    return db_session.get(SignInLink, token_hash)


def take_link(db_session: Session, token_hash: str, now: datetime) -> bool:
    """Uses a one-time link, if it is good."""
    return _changed(
        db_session,
        update(SignInLink)
        .where(
            SignInLink.token_hash == token_hash,
            *_open(now),
        )
        .values(used_at=now),
    )


def open_links(db_session: Session, person_id: str, now: datetime) -> list[SignInLink]:
    """Those that could still be used, the last made first."""
    query = select(SignInLink).where(SignInLink.person_id == person_id, *_open(now))
    return list(db_session.scalars(query.order_by(SignInLink.expires_at.desc())))


def void_link(db_session: Session, token_hash: str, now: datetime) -> bool:
    return _void(db_session, now, SignInLink.token_hash == token_hash) == 1


def void_links(db_session: Session, person_id: str, now: datetime) -> int:
    """All links that sign somebody in."""
    return _void(db_session, now, SignInLink.person_id == person_id)


def void_links_made_by(db_session: Session, maker_id: str, now: datetime) -> int:
    """All links that somebody made, for whomever."""
    return _void(db_session, now, SignInLink.made_by == maker_id)


def void_links_made_with(db_session: Session, login_id: str, now: datetime) -> int:
    """All links that somebody made in one login."""
    return _void(db_session, now, SignInLink.made_with == login_id)


def latest_activity(db_session: Session, person_id: str) -> int:
    """The id of the last thing that happened to somebody's account; 0 when there is none."""
    mine = select(func.max(AccountActivity.id)).where(AccountActivity.person_id == person_id)
    return db_session.scalar(mine) or 0


def activity(db_session: Session, person_id: str, limit: int) -> list[AccountActivity]:
    """What happened to somebody's account, the latest first."""
    mine = select(AccountActivity).where(AccountActivity.person_id == person_id)
    return list(db_session.scalars(mine.order_by(AccountActivity.id.desc()).limit(limit)))


def note_told(db_session: Session, login_id: str, latest: int) -> None:
    db_session.execute(update(Login).where(Login.id == login_id).values(told_of=latest))


def login(db_session: Session, login_id: str, now: datetime) -> tuple[Login, Person, int] | None:
    """A login that holds, with its person, and the last thing that happened to their account by
    another one (an `AccountActivity.id`, 0 for none)."""
    latest = (
        select(func.max(AccountActivity.id))
        .where(
            AccountActivity.person_id == Login.person_id,
            AccountActivity.login_id != Login.id,
        )
        .scalar_subquery()
    )
    holding = (
        select(Login, Person, func.coalesce(latest, 0))
        .join(Person, Person.id == Login.person_id)
        .where(Login.id == login_id, *_holds(now))
    )
    row = db_session.execute(holding).first()
    return (row[0], row[1], row[2]) if row else None


def logins(db_session: Session, person_id: str, now: datetime) -> list[Login]:
    holding = select(Login).where(Login.person_id == person_id, *_holds(now))
    return list(db_session.scalars(holding.order_by(Login.seen_at.desc(), Login.id)))


def holding_logins(db_session: Session, ids: Iterable[str], now: datetime) -> set[str]:
    return set(db_session.scalars(select(Login.id).where(Login.id.in_(tuple(ids)), *_holds(now))))


def unended_logins(db_session: Session, person_id: str) -> list[Login]:
    """Those that nobody has ended, holding or over."""
    unended = select(Login).where(Login.person_id == person_id, Login.revoked_at.is_(None))
    return list(db_session.scalars(unended))


def forget(db_session: Session, person_id: str) -> None:
    """Somebody made up for a preview, with their logins."""
    db_session.execute(delete(Login).where(Login.person_id == person_id))
    made_up = delete(Person).where(Person.id == person_id, Person.preview_id.is_not(None))
    db_session.execute(made_up)


def renew_login(db_session: Session, login_id: str, now: datetime, until: datetime) -> bool:
    return _changed(
        db_session,
        update(Login)
        .where(Login.id == login_id, *_holds(now))
        .values(seen_at=now, expires_at=until),
    )


def end_login(db_session: Session, login_id: str, now: datetime) -> bool:
    return _changed(
        db_session,
        update(Login)
        .where(Login.id == login_id, Login.revoked_at.is_(None))
        .values(revoked_at=now),
    )


def revision(db_session: Session) -> int:
    return db_session.scalar(select(AccountsRevision.number)) or 0


def count_up(db_session: Session) -> None:
    """Tells other processes that people or logins are not what they were."""
    db_session.execute(update(AccountsRevision).values(number=AccountsRevision.number + 1))


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What lets a link be used."""
    return (
        SignInLink.used_at.is_(None),
        SignInLink.voided_at.is_(None),
        SignInLink.expires_at > now,
    )


def _void(db_session: Session, now: datetime, which: ColumnElement[bool]) -> int:
    return _number_of(
        db_session, update(SignInLink).where(which, *_open(now)).values(voided_at=now)
    )


def _holds(now: datetime) -> tuple[Any, ...]:
    opener = aliased(Login)
    opened = select(opener.id).where(
        opener.id == Login.opened_with, opener.revoked_at.is_(None), opener.expires_at > now
    )
    opener_holds = or_(Login.opened_with.is_(None), opened.exists())
    return Login.revoked_at.is_(None), Login.expires_at > now, opener_holds


def _matching(query: Select[Any], sought: str, cohort: str) -> Select[Any]:
    query = query.where(_REAL)
    if cohort:
        query = query.where(Person.cohort == cohort)
    if not sought:
        return query
    return query.where(
        or_(
            Person.search_name.contains(folded(sought), autoescape=True),
            Person.cohort.contains(sought.lower(), autoescape=True),
            Person.id.startswith(sought.lower(), autoescape=True),
        )
    )


def _comes_after(person: Person) -> ColumnElement[bool]:
    at, person_id = person.created_at, person.id
    return or_(Person.created_at > at, and_(Person.created_at == at, Person.id > person_id))


def _portions(values: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Databases take only so many values in one statement."""
    rest = iter(values)
    while some := tuple(islice(rest, PORTION)):
        yield some


def _changed(db_session: Session, statement: Update) -> bool:
    return _number_of(db_session, statement) == 1


def _number_of(db_session: Session, statement: Update | Delete) -> int:
    result: CursorResult[Any] = db_session.execute(
        statement, execution_options={"synchronize_session": False}
    )  # type: ignore[assignment]
    return result.rowcount
