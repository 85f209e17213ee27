"""Logins: who is signed in where, and the links that sign in again."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from webapp.accounts import store
from webapp.accounts.devices import Device
from webapp.accounts.events import LoginEnded
from webapp.accounts.models import Login, Person, SignInLink
from webapp.accounts.schemas import Entered, Recognised
from webapp.accounts.tokens import DEMO, LOGIN, PREVIEW_LOGIN, Tokens, fresh_link, hashed
from webapp.db import Database
from webapp.errors import AppError
from webapp.events import Events

log = logging.getLogger(__name__)

LINK_LASTS = timedelta(hours=24)
LOGIN_REMEMBERED = timedelta(days=1)
"""Signing a device out twice is as once: so long at least."""

LINK_REMEMBERED = timedelta(days=30)
"""For so long a link that is over can still say so, instead of looking forged."""

SEEN_TO = timedelta(hours=1)
"""How exactly the last use of a login is kept; finer would be a write with every request."""

DEMO_LINK = "demo."
"""How the links of demo people begin; one-time links never contain a full stop."""


class Logins:
    """Signing in, staying signed in, signing out. `lasts`: how long after its last use."""

    def __init__(
        self,
        db: Database,
        events: Events,
        tokens: Tokens,
        clock: Callable[[], datetime],
        lasts: timedelta,
        demo: bool,
    ) -> None:
        self._db = db
        self._events = events
        self._tokens = tokens
        self._clock = clock
        self.lasts = lasts
        self._demo = demo

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
        login, person = row
        # A preview is over when it was said to be, however much it is used.
        due = not person.preview and now - login.seen_at >= SEEN_TO
        return Recognised(person, login.id, renewed=due and self._renew(login.id, now))

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
    ) -> Entered:
        """Signs `person` in, as a part of the caller's unit of work; in a preview `until` then, and
        for as long as the login `opened_with` holds."""
        now = self._clock()
        login = Login(
            id=uuid.uuid4().hex,
            person_id=person.id,
            device=device.label,
            created_at=now,
            seen_at=now,
            expires_at=until or now + self.lasts,
            opened_with=opened_with,
        )
        db_session.add(login)
        return Entered(person, login, self.cookie(login.id, preview=person.preview))

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
        """Signs one device out. `not_found` if it is not that person's. Twice is as once."""
        now = self._clock()
        with self._db.session() as db_session:
            login = db_session.get(Login, login_id)
            if login is None or login.person_id != person_id:
                raise AppError("not_found")
            self._end(db_session, login, now)

    def end_all(self, person_id: str, but: str | None = None) -> None:
        """Signs somebody out everywhere, except where the login `but` is."""
        now = self._clock()
        with self._db.session() as db_session:
            for login in store.logins(db_session, person_id, now):
                if login.id != but:
                    self._end(db_session, login, now)

    def shut(self, person_id: str) -> None:
        """Ends every login of somebody, also one that is over by itself: its sockets go."""
        now = self._clock()
        with self._db.session() as db_session:
            for login in store.unended_logins(db_session, person_id):
                self._end(db_session, login, now)

    def make_link(self, person_id: str) -> str:
        """The secret of a link that signs somebody in, once, within a day. `not_found` if there
        is no such person."""
        link = fresh_link()
        with self._db.session() as db_session:
            person = store.person(db_session, person_id)
            if person is None or person.preview:
                raise AppError("not_found")
            self._keep_link(db_session, link, person_id)
        return link

    def links_for(self, db_session: Session, people: Sequence[Person]) -> list[str]:
        """The secrets of such links for people who are just being added, in the same order, as a
        part of the caller's unit of work."""
        links = [fresh_link() for _ in people]
        for link, person in zip(links, people, strict=True):
            self._keep_link(db_session, link, person.id)
        return links

    def check_link(self, link: str) -> None:
        """Raises `forged`, `used_up` or `expired` for a link that signs nobody in."""
        with self._db.reading() as db_session:
            self._insist_good(store.link(db_session, hashed(link)))

    def use_link(self, link: str, device: Device) -> Entered:
        """Signs in with a one-time link: of two who use it at once, one gets in."""
        token_hash = hashed(link)
        with self._db.session() as db_session:
            taken = store.take_link(db_session, token_hash, self._clock())
            row = store.link(db_session, token_hash)
            if row is None or not taken:
                self._insist_good(row)
                raise AppError("used_up")
            person = db_session.get_one(Person, row.person_id)
            entered = self.begin(db_session, person, device)
        log.info("%s signed in with a link", person.id)
        return entered

    def demo_link(self, demo: str) -> str:
        """The link of a demo person: always the same."""
        return DEMO_LINK + self._tokens.sign(DEMO, demo)

    def is_demo_link(self, link: str) -> bool:
        return link.startswith(DEMO_LINK)

    def use_demo_link(self, link: str, device: Device, *, from_here: bool) -> Entered:
        """Signs a demo person in. `from_here`: the request came from this machine itself.
        `forged` from anywhere else, and when there is no demo."""
        demo = self._tokens.read(DEMO, link.removeprefix(DEMO_LINK))
        if demo is None or not self._demo or not from_here:
            raise AppError("forged")
        with self._db.session() as db_session:
            person = store.demo_person(db_session, demo)
            if person is None:
                raise AppError("forged")
            return self.begin(db_session, person, device)

    def sweep(self) -> tuple[int, int]:
        """Forgets logins that are over, and links that were over long ago. Returns how many of
        each. To be called once in a while; the bounds are in the past, so nobody is in them."""
        now = self._clock()
        with self._db.session() as db_session:
            logins = store.sweep_logins(db_session, now - LOGIN_REMEMBERED)
        with self._db.session() as db_session:
            links = store.sweep_links(db_session, now - LINK_REMEMBERED)
        return logins, links

    def _keep_link(self, db_session: Session, link: str, person_id: str) -> None:
        expires_at = self._clock() + LINK_LASTS
        db_session.add(
            SignInLink(token_hash=hashed(link), person_id=person_id, expires_at=expires_at)
        )

    def _renew(self, login_id: str, now: datetime) -> bool:
        try:
            with self._db.session() as db_session:
                return store.renew_login(db_session, login_id, now, now + self.lasts)
        except OperationalError:
            # A page is worth more than the hour of its last use: the next request tries again.
            log.warning("login %s could not be renewed", login_id)
            return False

    def _end(self, db_session: Session, login: Login, now: datetime) -> None:
        if store.end_login(db_session, login.id, now):
            store.count_up(db_session)
            self._events.after(db_session, LoginEnded(login.id, login.person_id))

    def _insist_good(self, row: SignInLink | None) -> None:
        if row is None:
            raise AppError("forged")
        if row.used_at is not None:
            raise AppError("used_up")
        if row.expires_at <= self._clock():
            raise AppError("expired")


def _purpose(preview: bool) -> str:
    # Kept apart: somebody's own login must not open what only a preview's may tell to be there.
    return PREVIEW_LOGIN if preview else LOGIN
