"""Previews: made, opened, ended and remembered."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flags.forced_flags import as_json, complete
from webapp.accounts.events import PersonChanged
from webapp.accounts.models import PRODUCT_MANAGER, QA, TESTER, Person
from webapp.accounts.schemas import Entered
from webapp.accounts.service import Accounts
from webapp.accounts.tokens import PREVIEW, Tokens
from webapp.accounts.user_agent import Device
from webapp.http.errors import AppError
from webapp.infra.database import Database
from webapp.infra.event_bus import Events
from webapp.previews import store
from webapp.previews.models import Preview, PreviewUse
from webapp.previews.preview_spec import Wanted, asked
from webapp.spaces.removal import Departures

log = logging.getLogger(__name__)

LASTS = timedelta(hours=1)
LONGEST = timedelta(hours=8)
SHORTEST = timedelta(minutes=5)


def may_preview(person: Person | None) -> bool:
    """QA, product managers and administrators. Nobody in a preview has a role."""
    return person is not None and (person.has_role(QA) or person.has_role(PRODUCT_MANAGER))


@dataclass(frozen=True)
class Use:
    """Somebody has looked through a preview."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Record:
    """A preview, for the history: who made it, who ended it (by name), who opened it when."""

    preview: Preview
    made_by: str
    revoked_by: str | None
    uses: tuple[Use, ...]
    over: bool


class Previews:
    """See the module. What a preview forces is applied by `webapp.gating.service`, at every
    decision."""

    def __init__(
        self,
        db: Database,
        events: Events,
        accounts: Accounts,
        departures: Departures,
        tokens: Tokens,
        clock: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._accounts = accounts
        self._departures = departures
        self._tokens = tokens
        self._clock = clock
        events.subscribe(PersonChanged, lambda event: self._look_at_roles(event.person_id))

    def make(self, maker: Person, wanted: Wanted, lasts: timedelta = LASTS) -> Preview:
        """A new preview, for `lasts` from now on. `not_allowed`, `bad_input`."""
        if not may_preview(maker):
            raise AppError("not_allowed")
        if not SHORTEST <= lasts <= LONGEST:
            raise AppError("bad_input", fields=["lasts"])
        self._insist_on_cohort(wanted.cohort)
        now = self._clock()
        preview = Preview(
            id=uuid.uuid4().hex,
            made_by=maker.id,
            made_at=now,
            expires_at=now + lasts,
            **wanted.checked(),
        )
        with self._db.session() as db_session:
            db_session.add(preview)
        log.info("%s made preview %s", maker.id, preview.id)
        return preview

    def token(self, preview: Preview) -> str:
        """What the link of a preview carries."""
        return self._tokens.sign(PREVIEW, preview.id)

    def at(self, token: str) -> Preview:
        """The preview of a link. `forged`, `revoked`, `expired`."""
        preview_id = self._tokens.read(PREVIEW, token)
        preview = self.get(preview_id) if preview_id else None
        if preview is None:
            raise AppError("forged")
        self._insist_on(preview)
        return preview

    def get(self, preview_id: str) -> Preview | None:
        with self._db.reading() as db_session:
            return store.preview(db_session, preview_id)

    def is_over(self, preview: Preview) -> bool:
        return preview.revoked_at is not None or preview.expires_at <= self._clock()

    def open(self, preview_id: str, opener: Person, login_id: str, device: Device) -> Entered:
        """A new person made up for a preview, and their login; it holds for as long as the login
        `login_id` of who opens it. `not_found`, `not_allowed`, `revoked`, `expired`; `bad_input`
        when its cohort has another name now."""
        if not may_preview(opener):
            raise AppError("not_allowed")
        with self._db.session() as db_session:
            preview = store.preview(db_session, preview_id)
            if preview is None:
                raise AppError("not_found")
            self._insist_on(preview)
            self._insist_on_cohort(preview.cohort)
            person = self._made_up(preview)
            db_session.add(person)
            db_session.flush()
            db_session.add(self._use(preview, person, opener))
            entered = self._accounts.logins.begin(
                db_session, person, device, until=preview.expires_at, opened_with=login_id
            )
        log.info("%s opened preview %s", opener.id, preview_id)
        return entered

    def revoke(self, preview_id: str, by: Person) -> None:
        """Ends a preview for everybody in it, at once. Twice is as once. `not_allowed`,
        `not_found`."""
        if not may_preview(by):
            raise AppError("not_allowed")
        with self._db.session() as db_session:
            preview = store.preview(db_session, preview_id)
            if preview is None:
                raise AppError("not_found")
            if not self.is_over(preview):
                preview.revoked_at, preview.revoked_by = self._clock(), by.id
        for person_id in self._people_of([preview_id]):
            self._take_out(person_id)

    def leave(self, person: Person) -> None:
        """Somebody made up goes, the preview stays."""
        if person.preview:
            self._take_out(person.id)

    def history(self, limit: int = 200) -> list[Record]:
        """The last made first."""
        with self._db.reading() as db_session:
            previews = store.latest(db_session, limit)
            uses = store.uses(db_session, [preview.id for preview in previews])
        ids = {preview.made_by for preview in previews} | {use.opened_by for use in uses}
        ids |= {preview.revoked_by for preview in previews if preview.revoked_by}
        people = self._accounts.people.by_id(ids)
        names = {person_id: person.display_name for person_id, person in people.items()}
        return [self._record(preview, uses, names) for preview in previews]

    def sweep(self) -> None:
        """Takes everybody out of the previews that are over or that they may not look through any
        more, and deletes them once nothing of theirs goes on. To be called again and again."""
        self._look_at_roles()
        with self._db.reading() as db_session:
            over = store.unswept(db_session, self._clock())
        for preview in over:
            people = self._accounts.people.by_id(self._people_of([preview.id]))
            for person_id in people:
                self._take_out(person_id)
            gone = [self._delete(person_id) for person_id in people]
            if all(gone):
                self._note_swept(preview.id)

    def _made_up(self, preview: Preview) -> Person:
        return Person(
            id=uuid.uuid4().hex,
            display_name=preview.name,
            cohort=preview.cohort,
            roles=[TESTER],
            followers=preview.followers,
            country=preview.country,
            platform=preview.platform,
            preview_id=preview.id,
            forced=as_json(complete(asked(preview.forced))),
            gates_as=preview.gates_as,
            created_at=self._clock(),
        )

    def _use(self, preview: Preview, person: Person, opener: Person) -> PreviewUse:
        return PreviewUse(
            person_id=person.id,
            preview_id=preview.id,
            opened_by=opener.id,
            opened_at=self._clock(),
        )

    def _insist_on(self, preview: Preview) -> None:
        if preview.revoked_at is not None:
            raise AppError("revoked")
        if preview.expires_at <= self._clock():
            raise AppError("expired")

    def _insist_on_cohort(self, cohort: str) -> None:
        """It may have been renamed since a preview was made."""
        if cohort not in dict(self._accounts.people.cohorts()):
            raise AppError("bad_input", fields=["cohort"])

    def _record(self, preview: Preview, uses: list[PreviewUse], names: dict[str, str]) -> Record:
        return Record(
            preview,
            names.get(preview.made_by, ""),
            names.get(preview.revoked_by) if preview.revoked_by else None,
            tuple(
                Use(names.get(use.opened_by, ""), use.opened_at)
                for use in uses
                if use.preview_id == preview.id
            ),
            self.is_over(preview),
        )

    def _people_of(self, preview_ids: Iterable[str]) -> list[str]:
        with self._db.reading() as db_session:
            return [use.person_id for use in store.uses(db_session, list(preview_ids))]

    def _look_at_roles(self, opener_id: str | None = None) -> None:
        """Who may not look through previews any more is out of those that they have opened. Of
        everybody without `opener_id`: the command line takes roles away in a process of its own."""
        with self._db.reading() as db_session:
            opened = store.opened(db_session, opener_id)
        openers = self._accounts.people.by_id({use.opened_by for use in opened})
        for use in opened:
            may = may_preview(openers.get(use.opened_by))
            if not may and self._accounts.logins.of_person(use.person_id):
                self._take_out(use.person_id)

    def _take_out(self, person_id: str) -> None:
        """Their sockets and seats go; Spaces that they host end with a word to those inside."""
        self._accounts.logins.shut(person_id)
        self._departures.take_out(person_id)

    def _delete(self, person_id: str) -> bool:
        try:
            if not self._departures.forget(person_id):
                return False
            self._accounts.people.forget(person_id)
        except IntegrityError:
            # Something that stays, a problem report for instance, is theirs: then they stay too,
            # signed out for good.
            log.info("%s of a preview is still referred to", person_id)
        return True

    def _note_swept(self, preview_id: str) -> None:
        with self._db.session() as db_session:
            self._mark_swept(db_session, preview_id)

    def _mark_swept(self, db_session: Session, preview_id: str) -> None:
        preview = store.preview(db_session, preview_id)
        if preview is not None:
            preview.swept_at = self._clock()
