"""Links that sign somebody in: one-time links, and those of demo people.

Whoever holds a link is that person. So it is good for minutes only, ends with every sign-out of its
owner and with the login that made it, and its owner is told of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.accounts import store
from webapp.accounts.events import SignInLinkMade
from webapp.accounts.logins import Logins
from webapp.accounts.models import LINK_MADE, AccountActivity, Person, SignInLink
from webapp.accounts.schemas import Entered, Recognised
from webapp.accounts.tokens import DEMO, Tokens, fresh_link, hashed
from webapp.accounts.user_agent import Device
from webapp.http.errors import AppError
from webapp.infra.database import Database
from webapp.infra.event_bus import Events

log = logging.getLogger(__name__)

LINK_LASTS = timedelta(minutes=15)

FIRST_LINK_LASTS = timedelta(hours=24)
"""Of people who came from a file: nobody has ever been signed in as them, and they have no rights;
it is an invitation for one."""

DEMO_LINK = "demo."
"""How the links of demo people begin; one-time links never contain a full stop."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes a link, and with which login. `hands`: see `Login.hands`."""

    person: Person
    login_id: str
    hands: frozenset[str]
    signed_in_at: datetime

    @classmethod
    def of(cls, recognised: Recognised) -> Maker:
        login = recognised.login
        return cls(recognised.person, login.id, login.hand_ids, login.signed_in_at)


class SignInLinks:
    """Making, using and voiding links. A link that signs nobody in raises `forged`, `used_up`,
    `revoked` or `expired`."""

    def __init__(
        self,
        db: Database,
        events: Events,
        tokens: Tokens,
        logins: Logins,
        clock: Callable[[], datetime],
        demo: bool,
    ) -> None:
        self._db = db
        self._events = events
        self._tokens = tokens
        self._logins = logins
        self._clock = clock
        self._demo = demo

    def make(self, person_id: str, maker: Maker | None = None) -> str:
        """The secret of a link that signs somebody in, once, within LINK_LASTS; without a `maker`,
        the command line's. `not_found` if there is no such person, or if the maker's login has
        ended. Whether the maker may have it, the caller knows."""
        link, now = fresh_link(), self._clock()
        with self._db.session() as db_session:
            person = store.person(db_session, person_id)
            if person is None or person.preview:
                raise AppError("not_found")
            row = SignInLink(
                token_hash=hashed(link),
                person_id=person_id,
                made_at=now,
                expires_at=now + LINK_LASTS,
            )
            activity = AccountActivity(person_id=person_id, at=now, kind=LINK_MADE)
            if maker is not None:
                _sign(row, activity, maker)
            db_session.add_all((row, activity))
            self._events.after(db_session, SignInLinkMade(person, maker.person if maker else None))
        return link

    def for_new_people(
        self, db_session: Session, people: Sequence[Person], maker_id: str = ""
    ) -> list[str]:
        """The secrets of links for people who are just being added, in the same order, as a part of
        the caller's unit of work. They last FIRST_LINK_LASTS."""
        links, now = [fresh_link() for _ in people], self._clock()
        db_session.add_all(
            SignInLink(
                token_hash=hashed(link),
                person_id=person.id,
                made_at=now,
                made_by=maker_id,
                hands=maker_id,
                expires_at=now + FIRST_LINK_LASTS,
            )
            for link, person in zip(links, people, strict=True)
        )
        return links

    def open_links(self, person_id: str) -> list[SignInLink]:
        """Links of somebody that could still be used, the last made first."""
        with self._db.reading() as db_session:
            return store.open_links(db_session, person_id, self._clock())

    def void(self, person_id: str, token_hash: str) -> None:
        """Ends one link. `not_found` if it is not that person's. Twice is as once."""
        with self._db.session() as db_session:
            row = store.link(db_session, token_hash)
            if row is None or row.person_id != person_id:
                raise AppError("not_found")
            store.void_link(db_session, token_hash, self._clock())

    def check(self, link: str) -> None:
        """Raises for a link that signs nobody in."""
        with self._db.reading() as db_session:
            self._insist_good(store.link(db_session, hashed(link)))

    def use(self, link: str, device: Device) -> Entered:
        """Signs in with a one-time link: of two who use it at once, one gets in."""
        token_hash = hashed(link)
        with self._db.session() as db_session:
            taken = store.take_link(db_session, token_hash, self._clock())
            row = store.link(db_session, token_hash)
            if row is None or not taken:
                self._insist_good(row)
                raise AppError("used_up")
            person = db_session.get_one(Person, row.person_id)
            return self._logins.begin(
                db_session, person, device, hands=row.hands, signed_in_at=row.signed_in_at
            )

    def demo_link(self, demo: str) -> str:
        """The link of a demo person: always the same."""
        return DEMO_LINK + self._tokens.sign(DEMO, demo)

    def is_demo_link(self, link: str) -> bool:
        return link.startswith(DEMO_LINK)

    def check_demo_link(self, link: str, *, from_here: bool) -> str:
        """The demo person of a link. `from_here`: the request came from this machine itself.
        `forged` from anywhere else, and when there is no demo."""
        demo = self._tokens.read(DEMO, link.removeprefix(DEMO_LINK))
        if demo is None or not self._demo or not from_here:
            raise AppError("forged")
        return demo

    def use_demo_link(self, link: str, device: Device, *, from_here: bool) -> Entered:
        """Signs a demo person in; raises what `check_demo_link` does."""
        demo = self.check_demo_link(link, from_here=from_here)
        with self._db.session() as db_session:
            person = store.demo_person(db_session, demo)
            if person is None:
                raise AppError("forged")
            return self._logins.begin(db_session, person, device)

    def _insist_good(self, row: SignInLink | None) -> None:
        if row is None:
            raise AppError("forged")
        if row.used_at is not None:
            raise AppError("used_up")
        if row.voided_at is not None:
            raise AppError("revoked")
        if row.expires_at <= self._clock():
            raise AppError("expired")


def _sign(row: SignInLink, activity: AccountActivity, maker: Maker) -> None:
    """A link carries who made it, and whose hands their own login came through."""
    row.made_by = activity.by_id = maker.person.id
    row.made_with = activity.login_id = maker.login_id
    row.hands = " ".join(sorted((maker.hands | {maker.person.id}) - {row.person_id}))
    activity.by = maker.person.display_name
    if maker.person.id == row.person_id:
        row.signed_in_at = maker.signed_in_at
