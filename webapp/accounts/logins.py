"""Logins: who is signed in where, and for how long."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from webapp.accounts import store
from webapp.accounts.events import LoginEnded
from webapp.accounts.models import SIGNED_IN, AccountActivity, Login, Person
from webapp.accounts.schemas import Entered, Recognised
from webapp.accounts.tokens import LOGIN, PREVIEW_LOGIN, Tokens
from webapp.accounts.user_agent import Device
from webapp.http.errors import AppError
from webapp.infra.database import Database
from webapp.infra.event_bus import Events

log = logging.getLogger(__name__)

SEEN_TO = timedelta(hours=1)
"""How exactly the last use of a login is kept; finer would be a write with every request."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a login lasts after its last use, and at most after its person signed in."""

    unused: timedelta
    longest: timedelta

    def end(self, now: datetime, signed_in_at: datetime) -> datetime:
        """When a login is over that is used now."""
        return min(now + self.unused, signed_in_at + self.longest)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Of the logins of testers, and of people with rights."""

    testers: Lifetime = Lifetime(timedelta(days=30), timedelta(days=90))
    rights: Lifetime = Lifetime(timedelta(days=3), timedelta(days=7))
    fresh: timedelta = timedelta(hours=12)
    """For so long after signing in people may do what needs a fresh sign-in."""

    def of(self, person: Person) -> Lifetime:
        return self.rights if person.has_rights else self.testers


class Logins:
    """Signing in, staying signed in, signing out."""

    def __init__(
        self,
        db: Database,
        events: Events,
        tokens: Tokens,
        clock: Callable[[], datetime],
        lifetimes: Lifetimes,
    ) -> None:
        self._db = db
        self._events = events
        self._tokens = tokens
        self._clock = clock
        self._lifetimes = lifetimes

    def recognise(self, cookie: str | None, *, preview: bool = False) -> Recognised | None:
        """Who a login cookie, or a preview's, belongs to; None when it is not ours, expired or
        signed out."""
        login_id = self._tokens.read(_purpose(preview), cookie) if cookie else None
        if login_id is None:
            return None
        now = self._clock()
        with self._db.reading() as db_session:
            row = store.login(db_session, login_id, now)
        if row is None:
            return None
        login, person, latest = row
        # A preview is over when it was said to be, however much it is used.
        due = not person.preview and now - login.seen_at >= SEEN_TO
        renewed = due and self._renew(person, login, now)
        return Recognised(person, login, renewed, untold=latest > login.told_of)

    def is_of_a_preview(self, cookie: str) -> bool:
        """Whether we made that cookie for a preview, good or over. Cheap: asks nobody."""
        return self._tokens.read(PREVIEW_LOGIN, cookie) is not None

    def begin(
        self,
        db_session: Session,
        person: Person,
        device: Device,
        *,
        until: datetime | None = None,
        opened_with: str | None = None,
        hands: str = "",
        signed_in_at: datetime | None = None,
    ) -> Entered:
        """Signs `person` in, as a part of the caller's unit of work; in a preview `until` then, and
        for as long as the login `opened_with` holds. `hands` and `signed_in_at` (else now) as in
        `Login`."""
        now = self._clock()
        since = signed_in_at or now
        login = Login(
            id=uuid.uuid4().hex,
            person_id=person.id,
            device=device.label,
            created_at=now,
            seen_at=now,
            signed_in_at=since,
            expires_at=until or self._lifetimes.of(person).end(now, since),
            hands=hands,
            told_of=0 if person.preview else store.latest_activity(db_session, person.id),
            opened_with=opened_with,
        )
        db_session.add(login)
        if not person.preview:
            db_session.add(_activity(login))
        return Entered(person, login, self.cookie(login.id, preview=person.preview))

    def lasts(self, person: Person) -> timedelta:
        """How long a login of that person lasts after its last use."""
        return self._lifetimes.of(person).unused

    def is_fresh(self, login: Login) -> bool:
        """Whether its person signed in lately enough for what only they must be able to do."""
        return self._clock() - login.signed_in_at < self._lifetimes.fresh

    def cookie(self, login_id: str, *, preview: bool = False) -> str:
        """The cookie that keeps a login."""
        return self._tokens.sign(_purpose(preview), login_id)

    def of_person(self, person_id: str) -> list[Login]:
        """Where somebody is signed in, the last used first."""
        with self._db.reading() as db_session:
            return store.logins(db_session, person_id, self._clock())

    def days_unused(self, login: Login) -> int:
        """Whole days since a login was last used."""
        return (self._clock() - login.seen_at).days

    def still_in(self, login_ids: Iterable[str]) -> set[str]:
        """Those of `login_ids` that hold."""
        with self._db.reading() as db_session:
            return store.holding_logins(db_session, login_ids, self._clock())

    def end(self, person_id: str, login_id: str) -> None:
        """Signs one device out, and ends the person's open links. `not_found` if it is not that
        person's. Twice is as once."""
        now = self._clock()
        with self._db.session() as db_session:
            login = db_session.get(Login, login_id)
            if login is None or login.person_id != person_id:
                raise AppError("not_found")
            self._end(db_session, login, now)
            store.void_links(db_session, person_id, now)

    def end_all(self, person_id: str, but: str | None = None) -> None:
        """Signs somebody out everywhere, except where the login `but` is. Their open links, with
        which they could be signed in again, end too."""
        now = self._clock()
        with self._db.session() as db_session:
            store.void_links(db_session, person_id, now)
            for login in store.logins(db_session, person_id, now):
                if login.id != but:
                    self._end(db_session, login, now)

    def shut(self, person_id: str) -> None:
        """Ends every login of somebody, also one that is over by itself: its sockets go. Their open
        links end too."""
        now = self._clock()
        with self._db.session() as db_session:
            store.void_links(db_session, person_id, now)
            for login in store.unended_logins(db_session, person_id):
                self._end(db_session, login, now)

    def rights_changed(self, db_session: Session, person: Person) -> None:
        """What somebody's other roles mean for their ways in, as a part of the caller's unit of
        work. Open links of theirs end, and those that they made for others; so do logins that came
        through another hand than theirs: it was given a tester, not somebody with rights."""
        now = self._clock()
        lifetime = self._lifetimes.of(person)
        store.void_links(db_session, person.id, now)
        store.void_links_made_by(db_session, person.id, now)
        for login in store.logins(db_session, person.id, now):
            if login.hands:
                self._end(db_session, login, now)
            else:
                end = lifetime.end(now, login.signed_in_at)
                login.expires_at = min(login.expires_at, end)

    def activity(self, person_id: str, limit: int = 20) -> list[AccountActivity]:
        """What happened to somebody's account, the latest first."""
        with self._db.reading() as db_session:
            return store.activity(db_session, person_id, limit)

    def note_told(self, login: Login) -> None:
        """This device has been told of what happened so far."""
        with self._db.session() as db_session:
            latest = store.latest_activity(db_session, login.person_id)
            store.note_told(db_session, login.id, latest)

    def _renew(self, person: Person, login: Login, now: datetime) -> bool:
        until = self._lifetimes.of(person).end(now, login.signed_in_at)
        try:
            with self._db.session() as db_session:
                return store.renew_login(db_session, login.id, now, until)
        except OperationalError:
            # A page is worth more than the hour of its last use: the next request tries again.
            log.warning("login %s could not be renewed", login.id)
            return False

    def _end(self, db_session: Session, login: Login, now: datetime) -> None:
        if store.end_login(db_session, login.id, now):
            store.void_links_made_with(db_session, login.id, now)
            store.count_up(db_session)
            self._events.after(db_session, LoginEnded(login.id, login.person_id))


def _purpose(preview: bool) -> str:
    # Kept apart: somebody's own login must not open what only a preview's may tell to be there.
    return PREVIEW_LOGIN if preview else LOGIN


def _activity(login: Login) -> AccountActivity:
    return AccountActivity(
        person_id=login.person_id,
        at=login.created_at,
        kind=SIGNED_IN,
        login_id=login.id,
        device=login.device,
    )
