"""Queries about Spaces and participants. Takes a session, decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.spaces.models import HOST, SPEAKER, Participant, Space

CROWD_SHOWN = 24
"""How many of the listeners are named; the rest are a number."""


def space(db_session: Session, slug: str) -> Space | None:
    return db_session.get(Space, slug)


def lock_space(db_session: Session, slug: str) -> None:
    """Whoever counts what a Space has and then adds to it goes one after the other. To be called
    before anything is read; who only joins is not held up."""
    own = select(Space.slug).where(Space.slug == slug)
    db_session.execute(own.with_for_update(key_share=True))


def space_kept_live(db_session: Session, slug: str) -> Space | None:
    """A Space that does not end before this unit of work has. Nothing else is held up."""
    own = select(Space).where(Space.slug == slug)
    return db_session.scalars(own.with_for_update(read=True, key_share=True)).first()


def lock_against_joins(db_session: Session, slug: str) -> None:
    """Waits for whoever is just joining; who comes after finds what this unit of work stores."""
    db_session.execute(select(Space.slug).where(Space.slug == slug).with_for_update())


def lock_host(db_session: Session, person_id: str) -> None:
    """The same for what somebody hosts."""
    own = select(Person.id).where(Person.id == person_id)
    db_session.execute(own.with_for_update(key_share=True))


def live_spaces(db_session: Session) -> list[Space]:
    live = select(Space).where(Space.ended_at.is_(None)).order_by(Space.opened_at.desc())
    return list(db_session.scalars(live))


def live_space_of(db_session: Session, host_id: str) -> Space | None:
    own = select(Space).where(Space.ended_at.is_(None), Space.host_id == host_id)
    return db_session.scalars(own).first()


def hosting(db_session: Session, ids: Iterable[str]) -> set[str]:
    """Which of these people host a live Space."""
    hosts = select(Space.host_id).where(Space.ended_at.is_(None), Space.host_id.in_(tuple(ids)))
    return set(db_session.scalars(hosts))


def due_spaces(db_session: Session, now: datetime) -> list[Space]:
    due = select(Space).where(Space.ended_at.is_(None), Space.ends_at <= now)
    return list(db_session.scalars(due))


def participant(
    db_session: Session, slug: str, person_id: str, *, for_update: bool = False
) -> Participant | None:
    """`for_update`: nobody else changes the row until this transaction ends."""
    one = select(Participant).where(Participant.slug == slug, Participant.person_id == person_id)
    one = one.with_for_update() if for_update else one
    return db_session.scalars(one).first()


def stage(db_session: Session, slug: str) -> list[tuple[Participant, Person]]:
    """Those on stage, the host first, then by when they came."""
    rows = (
        select(Participant, Person)
        .join(Person, Person.id == Participant.person_id)
        .where(Participant.slug == slug, Participant.role.in_((HOST, SPEAKER)), Participant.present)
        .order_by(Participant.role != HOST, Participant.id)
    )
    return [(row[0], row[1]) for row in db_session.execute(rows)]


def count_speakers(db_session: Session, slug: str) -> int:
    speakers = (
        select(func.count())
        .select_from(Participant)
        .where(Participant.slug == slug, Participant.role == SPEAKER)
    )
    return int(db_session.scalar(speakers) or 0)


def count_co_hosts(db_session: Session, slug: str) -> int:
    co_hosts = (
        select(func.count())
        .select_from(Participant)
        .where(Participant.slug == slug, Participant.role == SPEAKER, Participant.co_host)
    )
    return int(db_session.scalar(co_hosts) or 0)


def speakers_by_standing(db_session: Session, slug: str) -> list[Participant]:
    """The speakers who are present, who has been on stage the longest first."""
    rows = (
        select(Participant)
        .where(Participant.slug == slug, Participant.role == SPEAKER, Participant.present)
        .order_by(Participant.on_stage_since, Participant.id)
    )
    return list(db_session.scalars(rows))


def co_hosts(db_session: Session) -> list[tuple[Person, str]]:
    """Every co-host of a live Space, with its slug."""
    rows = (
        select(Person, Participant.slug)
        .join(Participant, Person.id == Participant.person_id)
        .join(Space, Space.slug == Participant.slug)
        .where(Space.ended_at.is_(None), Participant.role == SPEAKER, Participant.co_host)
    )
    return [(person, slug) for person, slug in db_session.execute(rows)]


def queue(db_session: Session, slug: str) -> list[tuple[Participant, Person]]:
    """Those who wait to be taken on stage, the longest first."""
    rows = (
        select(Participant, Person)
        .join(Person, Person.id == Participant.person_id)
        .where(Participant.slug == slug, Participant.asked_at.is_not(None), Participant.present)
        .order_by(Participant.asked_at)
    )
    return [(row[0], row[1]) for row in db_session.execute(rows)]


def count_listeners(db_session: Session, slug: str) -> int:
    listening = select(func.count()).select_from(Participant).where(*_listening(slug))
    return int(db_session.scalar(listening) or 0)


def crowd(db_session: Session, slug: str) -> list[Person]:
    rows = (
        select(Person)
        .join(Participant, Person.id == Participant.person_id)
        .where(*_listening(slug))
        .order_by(Participant.id)
        .limit(CROWD_SHOWN)
    )
    return list(db_session.scalars(rows))


def present(db_session: Session) -> list[tuple[Participant, Person]]:
    """Everybody in a live Space, with their person."""
    rows = (
        select(Participant, Person)
        .join(Person, Person.id == Participant.person_id)
        .join(Space, Space.slug == Participant.slug)
        .where(Space.ended_at.is_(None), Participant.present)
    )
    return [(row[0], row[1]) for row in db_session.execute(rows)]


def participants_of_live(db_session: Session) -> list[tuple[str, str]]:
    """Slug and person id of everybody who has ever been in a live Space."""
    rows = (
        select(Participant.slug, Participant.person_id)
        .join(Space, Space.slug == Participant.slug)
        .where(Space.ended_at.is_(None))
    )
    return [(slug, person_id) for slug, person_id in db_session.execute(rows)]


def places(db_session: Session, after: int, limit: int) -> list[tuple[int, str, str, bool]]:
    """Number, slug and person id of everybody in a live Space, and whether they listen: the first
    ones `after` a number."""
    rows = (
        select(Participant.id, Participant.slug, Participant.person_id, Participant.listening)
        .join(Space, Space.slug == Participant.slug)
        .where(Space.ended_at.is_(None), Participant.present, Participant.id > after)
        .order_by(Participant.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3]) for row in db_session.execute(rows)]


def _listening(slug: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Participant.slug == slug,
        Participant.listening.is_(True),
        Participant.present.is_(True),
        Participant.role.not_in((HOST, SPEAKER)),
    )
