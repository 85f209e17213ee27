"""Invitations: the way in for those who are not known yet."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy.orm import Session

from webapp.accounts import store
from webapp.accounts.logins import Logins
from webapp.accounts.models import Invitation
from webapp.accounts.names import Names
from webapp.accounts.people import new_person
from webapp.accounts.schemas import Entered, Invited
from webapp.accounts.tokens import INVITATION, Tokens
from webapp.accounts.user_agent import Device
from webapp.http.errors import AppError
from webapp.infra.database import Database

log = logging.getLogger(__name__)

MOST_USES = 10_000
LONGEST_WELCOME = 500


class Invitations:
    """Making, showing, using and revoking invitations.

    A link that lets nobody in raises `forged`, `revoked`, `expired` or `used_up`.
    """

    def __init__(
        self,
        db: Database,
        tokens: Tokens,
        names: Names,
        logins: Logins,
        clock: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._tokens = tokens
        self._names = names
        self._logins = logins
        self._clock = clock

    def make(
        self,
        cohort: str,
        uses: int,
        lasting: timedelta,
        welcome: str = "",
        by: str | None = None,
    ) -> Invitation:
        """A new invitation; `by` is the id of whoever makes it. `bad_input` if it cannot be."""
        welcome = welcome.strip()
        wrong = {
            "uses": not 1 <= uses <= MOST_USES,
            "days": lasting <= timedelta(0),
            "welcome": len(welcome) > LONGEST_WELCOME,
        }
        if any(wrong.values()):
            raise AppError("bad_input", fields=[field for field in wrong if wrong[field]])
        now = self._clock()
        invitation = Invitation(
            id=uuid.uuid4().hex,
            cohort=cohort,
            welcome=welcome,
            max_uses=uses,
            uses=0,
            expires_at=now + lasting,
            created_by=by,
            created_at=now,
        )
        with self._db.session() as db_session:
            if store.cohort(db_session, cohort) is None:
                raise AppError("bad_input", fields=["cohort"])
            db_session.add(invitation)
        return invitation

    def token(self, invitation: Invitation) -> str:
        """What stands in the link."""
        return self._tokens.sign(INVITATION, invitation.id)

    def all(self) -> list[Invitation]:
        """Every invitation, the newest first."""
        with self._db.reading() as db_session:
            return store.invitations(db_session)

    def show(self, token: str) -> Invited:
        """What the page of a good invitation says."""
        invitation_id = self._read(token)
        with self._db.reading() as db_session:
            invitation = store.invitation(db_session, invitation_id)
            if invitation is None or self.trouble_with(invitation):
                self._refuse(invitation)
            by = _name_of_maker(db_session, invitation)
        return Invited(invitation.cohort, invitation.welcome, by)

    def asked_of(self, token: str) -> str | None:
        """The name of who made an invitation that is ours, good or not: whom to ask."""
        invitation_id = self._tokens.read(INVITATION, token)
        if invitation_id is None:
            return None
        with self._db.reading() as db_session:
            invitation = store.invitation(db_session, invitation_id)
            return _name_of_maker(db_session, invitation) if invitation else None

    def join(self, token: str, display_name: str, device: Device) -> Entered:
        """Makes a person and signs them in. `bad_input` for a name that cannot be, `name_taken` for
        one that only somebody else may have."""
        invitation_id = self._read(token)
        now = self._clock()
        with self._db.session() as db_session:
            taken = store.take_invitation(db_session, invitation_id, now)
            invitation = store.invitation(db_session, invitation_id)
            if invitation is None or not taken:
                self._refuse(invitation)
            person = new_person(display_name, invitation.cohort, now, device.platform)
            self._names.insist_free(db_session, person)
            db_session.add(person)
            db_session.flush()
            entered = self._logins.begin(db_session, person, device)
        log.info("%s joined with invitation %s", person.id, invitation_id)
        return entered

    def revoke(self, invitation_id: str) -> None:
        """Lets nobody in with it any more. `not_found` if there is none."""
        with self._db.session() as db_session:
            invitation = store.invitation(db_session, invitation_id)
            if invitation is None:
                raise AppError("not_found")
            invitation.revoked_at = invitation.revoked_at or self._clock()

    def _read(self, token: str) -> str:
        invitation_id = self._tokens.read(INVITATION, token)
        if invitation_id is None:
            raise AppError("forged")
        return invitation_id

    def _refuse(self, invitation: Invitation | None) -> NoReturn:
        # Nothing wrong with it now, and yet not taken: somebody else had the last use.
        raise AppError(self.trouble_with(invitation) or "used_up")

    def trouble_with(self, invitation: Invitation | None) -> str | None:
        """The error code of why an invitation lets nobody in, or None when it does."""
        if invitation is None:
            return "forged"
        if invitation.revoked_at is not None:
            return "revoked"
        if invitation.expires_at <= self._clock():
            return "expired"
        return "used_up" if invitation.uses >= invitation.max_uses else None


def _name_of_maker(db_session: Session, invitation: Invitation) -> str | None:
    maker = store.person(db_session, invitation.created_by) if invitation.created_by else None
    return maker.display_name if maker and not maker.preview else None
