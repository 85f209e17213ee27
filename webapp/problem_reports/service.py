"""Reports: taken in with what QA needs, worked through, answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flags.catalogue import CATALOGUE
from webapp.accounts.models import Person
from webapp.gating.service import Gating
from webapp.http.errors import AppError
from webapp.infra.database import Database
from webapp.infra.event_bus import Events
from webapp.problem_reports import store
from webapp.problem_reports.events import NoteWritten
from webapp.problem_reports.models import CLOSED, LINKED, LONGEST_NOTE, NEW, SEEN, Report
from webapp.problem_reports.redaction import scrubbed
from webapp.problem_reports.schemas import Sent
from webapp.realtime.presence import Presence

PAGE = 50
OWN = 20
"""So many of their own reports people see in their account."""

LONGEST_WAIT = timedelta(days=7)
"""A report that a browser has kept for longer counts as written so long ago."""


@dataclass(frozen=True)
class Entry:
    """A report, and the names of who made it and who handled it."""

    report: Report
    name: str
    handled_by: str | None = None


class Reports:
    """`clock` gives aware UTC times."""

    def __init__(
        self,
        db: Database,
        events: Events,
        clock: Callable[[], datetime],
        gating: Gating,
        presence: Presence,
    ) -> None:
        self._db = db
        self._events = events
        self._clock = clock
        self._gating = gating
        self._presence = presence

    # --- for everybody --------------------------------------------------------------------

    def take(self, person: Person, sent: Sent, language: str) -> None:
        """Stores a report with what every gate answers this person now. Twice is as once.

        `bad_input` for an empty one, `not_allowed` from a preview: whoever looks through it is QA,
        and somebody else.
        """
        if person.preview:
            raise AppError("not_allowed")
        if not sent.text.strip():
            raise AppError("bad_input", fields=["text"])
        report = self._report(person, sent, language)
        try:
            with self._db.session() as db_session:
                db_session.add(report)
        except IntegrityError:
            # It is here already: the answer to the first time did not arrive.
            return

    def decisions(self, person: Person, slug: str | None) -> list[dict[str, Any]]:
        """What every gate answers somebody now, in a Space or elsewhere: key, enabled, variant."""
        asked = self._gating.asking(person, slug)
        found = [(key, self._gating.decide(person, key, asked)) for key in CATALOGUE]
        return [{"key": key, "enabled": d.enabled, "variant": d.variant} for key, d in found]

    def of_person(self, person_id: str) -> Sequence[Report]:
        """A person's own, newest first."""
        with self._db.reading() as db_session:
            return store.of_person(db_session, person_id, OWN)

    def unread(self, person_id: str) -> Sequence[Report]:
        """Those with a note that their person has not seen yet."""
        with self._db.reading() as db_session:
            return store.unread(db_session, person_id)

    def read(self, person_id: str, report_id: str) -> None:
        """Somebody has seen the note to one of their own reports. `not_found` for others'."""
        with self._db.session() as db_session:
            report = self._report_of(db_session, report_id)
            if report.person_id != person_id:
                raise AppError("not_found")
            report.note_read_at = report.note_read_at or self._clock()

    # --- for QA ---------------------------------------------------------------------------

    def page(
        self, state: str | None = None, words: str = "", before: datetime | None = None
    ) -> tuple[list[Entry], datetime | None]:
        """Up to PAGE reports, newest first, and where the next page begins."""
        with self._db.reading() as db_session:
            rows = store.page(db_session, state, words, before, PAGE + 1)
        entries = [Entry(report, name) for report, name in rows[:PAGE]]
        return entries, entries[-1].report.received_at if len(rows) > PAGE else None

    def counts(self) -> dict[str, int]:
        """How many there are in each state."""
        with self._db.reading() as db_session:
            return store.counts(db_session)

    def get(self, report_id: str) -> Entry:
        """`not_found`."""
        with self._db.reading() as db_session:
            report = self._report_of(db_session, report_id)
            name = db_session.get_one(Person, report.person_id).display_name
            by = db_session.get(Person, report.handled_by) if report.handled_by else None
            return Entry(report, name, by.display_name if by else None)

    def linked_to(self, report_id: str) -> Sequence[Report]:
        """The reports that say the same as this one."""
        with self._db.reading() as db_session:
            return store.linked_to(db_session, report_id)

    def see(self, report_id: str, by: Person) -> None:
        """Somebody of QA has opened a new report."""
        self._handle(report_id, by, lambda _db, report: report.state == NEW, SEEN)

    def put_back(self, report_id: str, by: Person) -> None:
        """Open again, whatever it was."""
        with self._db.session() as db_session:
            report = self._report_of(db_session, report_id)
            report.linked_to, report.note, report.note_read_at = None, "", None
            self._move(report, SEEN, by)

    def link(self, report_id: str, other_id: str, by: Person) -> None:
        """Says that two reports are about the same. `bad_input` for itself, one that is not there,
        and one that is itself linked here (in any number of steps)."""
        with self._db.session() as db_session:
            report = self._report_of(db_session, report_id)
            target = store.report(db_session, other_id)
            seen = {report.id}
            while target is not None and target.id not in seen and target.linked_to:
                seen.add(target.id)
                target = store.report(db_session, target.linked_to)
            if target is None or target.id in seen:
                raise AppError("bad_input", fields=["other"])
            report.linked_to = target.id
            self._move(report, LINKED, by)

    def close(self, report_id: str, note: str, by: Person) -> None:
        """Closes a report, with a word to who made it or without. `bad_input` for one too long."""
        note = scrubbed(note.strip())
        if len(note) > LONGEST_NOTE:
            raise AppError("bad_input", fields=["note"])
        with self._db.session() as db_session:
            report = self._report_of(db_session, report_id)
            report.note, report.note_read_at = note, None
            self._move(report, CLOSED, by)
            if note:
                self._events.after(db_session, NoteWritten(report.person_id))

    # --------------------------------------------------------------------------------------

    def _handle(
        self,
        report_id: str,
        by: Person,
        applies: Callable[[Session, Report], bool],
        state: str,
    ) -> None:
        with self._db.session() as db_session:
            report = self._report_of(db_session, report_id)
            if applies(db_session, report):
                self._move(report, state, by)

    def _move(self, report: Report, state: str, by: Person) -> None:
        report.state, report.handled_by, report.handled_at = state, by.id, self._clock()

    def _report_of(self, db_session: Session, report_id: str) -> Report:
        report = store.report(db_session, report_id)
        if report is None:
            raise AppError("not_found")
        return report

    def _report(self, person: Person, sent: Sent, language: str) -> Report:
        now = self._clock()
        told = sent.told
        return Report(
            id=sent.id,
            person_id=person.id,
            at=now - min(timedelta(seconds=sent.waited), LONGEST_WAIT),
            received_at=now,
            text=sent.text.strip(),
            page=sent.page,
            slug=sent.slug,
            language=language,
            version=sent.version,
            revision=self._gating.gate.revision,
            decisions=self.decisions(person, sent.slug),
            told_revision=self._presence.told_revision(person.id) if told else None,
            # Keys that nobody knows are somebody's play.
            told={k: v for k, v in told.features.items() if k in CATALOGUE} if told else None,
            properties=_properties(person),
            browser=sent.browser.model_dump(),
            devices=[device.model_dump() for device in sent.devices],
            errors=[trouble.model_dump() for trouble in sent.errors],
            sound=[second.model_dump() for second in sent.sound],
            state=NEW,
        )


def _properties(person: Person) -> dict[str, Any]:
    """What gates know of a person."""
    return {
        "cohort": person.cohort,
        "followers": person.followers,
        "country": person.country,
        "platform": person.platform,
    }
