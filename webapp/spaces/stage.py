"""The stage: who asks for it, who is taken on it, who leaves it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.http.errors import AppError
from webapp.infra.database import Database
from webapp.infra.event_bus import Events
from webapp.spaces import events as happened
from webapp.spaces import store
from webapp.spaces.models import HOST, LISTENER, MOST_SPEAKERS, SPEAKER, Participant
from webapp.spaces.schemas import Waiting, runs
from webapp.spaces.service import Spaces


class Stage:
    """Rules of the stage, for at most `most_speakers` beside the host.

    Every method that changes something raises AppError with a code of `webapp.http.errors`.
    """

    def __init__(
        self,
        db: Database,
        events: Events,
        clock: Callable[[], datetime],
        spaces: Spaces,
        most_speakers: int = MOST_SPEAKERS,
    ) -> None:
        self._db = db
        self._events = events
        self._clock = clock
        self._spaces = spaces
        self._most_speakers = most_speakers

    def ask(self, slug: str, person_id: str) -> None:
        """Joins the queue. `already_asked`, also for somebody who is on stage."""
        with self._db.session() as db_session:
            participant = self._spaces.present_participant(db_session, slug, person_id)
            if participant.asked_at or participant.on_stage:
                raise AppError("already_asked")
            participant.asked_at = self._clock()
            self._queue_changed(db_session, participant)

    def cancel(self, slug: str, person_id: str) -> None:
        """Leaves the queue. `not_asked`."""
        with self._db.session() as db_session:
            participant = self._spaces.present_participant(db_session, slug, person_id)
            _require(participant.asked_at is not None, "not_asked")
            participant.asked_at = None
            self._queue_changed(db_session, participant)

    def accept(self, slug: str, by_id: str, person_id: str) -> None:
        """Takes somebody from the queue on stage. `stage_full`, `not_asked`, `not_allowed`."""
        with self._db.session() as db_session:
            store.lock_space(db_session, slug)
            participant = self._asking(db_session, slug, by_id, person_id)
            _require(store.count_speakers(db_session, slug) < self._most_speakers, "stage_full")
            participant.role = SPEAKER
            participant.on_stage_since = self._clock()
            participant.muted = False
            participant.muted_by_id = None
            participant.asked_at = None
            self._queue_changed(db_session, participant, "accepted")
            self._events.after(db_session, happened.CrowdChanged(slug))
            self._stage_changed(db_session, slug)

    def decline(self, slug: str, by_id: str, person_id: str) -> None:
        with self._db.session() as db_session:
            participant = self._asking(db_session, slug, by_id, person_id)
            participant.asked_at = None
            self._queue_changed(db_session, participant, "declined")

    def mute(self, slug: str, person_id: str, muted: bool, number: int | None = None) -> None:
        """Mutes or unmutes oneself. `not_on_stage`.

        `number` is the browser's sequence number of the request. One that is not newer than what
        was applied last came late, and changes nothing: the last wish wins, in whatever order
        requests get through.
        """
        with self._db.session() as db_session:
            participant = self._on_stage(db_session, slug, person_id, for_update=True)
            applied = participant.mute_number
            if number is not None and applied is not None and number <= applied:
                return
            participant.mute_number = number if number is not None else applied and applied + 1
            self._set_muted(db_session, participant, muted, None)

    def mute_other(self, slug: str, by_id: str, person_id: str) -> None:
        """Whoever runs the Space silences a speaker; only the speaker can undo that, with a request
        that is newer."""
        with self._db.session() as db_session:
            self._require_running(db_session, slug, by_id)
            participant = self._on_stage(db_session, slug, person_id, for_update=True)
            _require(participant.role != HOST or person_id == by_id, "not_allowed")
            participant.mute_number = (participant.mute_number or 0) + 1
            self._set_muted(db_session, participant, True, by_id if by_id != person_id else None)

    def leave(self, slug: str, person_id: str) -> None:
        """Goes back to listening. `not_on_stage`; a host cannot."""
        with self._db.session() as db_session:
            participant = self._speaker(db_session, slug, person_id)
            self._step_down(db_session, participant, None)

    def remove(self, slug: str, by_id: str, person_id: str) -> None:
        """Whoever runs the Space sends a speaker back to listening."""
        with self._db.session() as db_session:
            self._require_running(db_session, slug, by_id)
            participant = self._speaker(db_session, slug, person_id)
            self._step_down(db_session, participant, "removed")

    def close_for(self, slug: str, person_id: str) -> None:
        """Takes away whatever somebody has of the stage: their place on it, or in the queue."""
        with self._db.session() as db_session:
            participant = store.participant(db_session, slug, person_id)
            if participant is None:
                return
            if participant.role == SPEAKER:
                self._step_down(db_session, participant, "closed")
            elif participant.asked_at:
                participant.asked_at = None
                self._queue_changed(db_session, participant, "closed")

    def queue(self, slug: str) -> list[Waiting]:
        with self._db.reading() as db_session:
            return [
                Waiting(
                    id=person.id,
                    name=person.display_name,
                    asked_at=participant.asked_at,
                    qa=person.preview,
                )
                for participant, person in store.queue(db_session, slug)
                if participant.asked_at
            ]

    def has_asked(self, slug: str, person_id: str) -> bool:
        with self._db.reading() as db_session:
            participant = store.participant(db_session, slug, person_id)
            return participant is not None and participant.asked_at is not None

    def is_speaker(self, slug: str, person_id: str) -> bool:
        with self._db.reading() as db_session:
            participant = store.participant(db_session, slug, person_id)
            return participant is not None and participant.role == SPEAKER

    def _asking(self, db_session: Session, slug: str, by_id: str, person_id: str) -> Participant:
        self._require_running(db_session, slug, by_id)
        participant = store.participant(db_session, slug, person_id)
        if participant is None or participant.asked_at is None:
            raise AppError("not_asked")
        return participant

    def _on_stage(
        self, db_session: Session, slug: str, person_id: str, *, for_update: bool = False
    ) -> Participant:
        self._spaces.live_space(db_session, slug)
        participant = store.participant(db_session, slug, person_id, for_update=for_update)
        if participant is None or not participant.on_stage:
            raise AppError("not_on_stage")
        return participant

    def _speaker(self, db_session: Session, slug: str, person_id: str) -> Participant:
        participant = self._on_stage(db_session, slug, person_id)
        _require(participant.role == SPEAKER, "not_on_stage")
        return participant

    def _require_running(self, db_session: Session, slug: str, by_id: str) -> None:
        by = self._spaces.present_participant(db_session, slug, by_id)
        _require(runs(by, store.space(db_session, slug)), "not_allowed")

    def _set_muted(
        self, db_session: Session, participant: Participant, muted: bool, by_id: str | None
    ) -> None:
        if participant.muted == muted:
            return
        participant.muted = muted
        participant.muted_by_id = by_id if muted else None
        slug, person_id = participant.slug, participant.person_id
        self._events.after(db_session, happened.MutedChanged(slug, person_id, muted))
        self._events.after(db_session, happened.StandingChanged(slug, person_id))
        self._stage_changed(db_session, slug)

    def _step_down(
        self, db_session: Session, participant: Participant, outcome: str | None
    ) -> None:
        participant.role = LISTENER
        participant.co_host = False
        participant.muted = False
        participant.muted_by_id = None
        participant.listening = True
        slug, person_id = participant.slug, participant.person_id
        # The sound first: being heard must end at once, whoever else is told later.
        self._events.after(db_session, happened.LeftStage(slug, person_id))
        self._events.after(db_session, happened.StandingChanged(slug, person_id, outcome))
        self._events.after(db_session, happened.CrowdChanged(slug))
        self._stage_changed(db_session, slug)

    def _queue_changed(
        self, db_session: Session, participant: Participant, outcome: str | None = None
    ) -> None:
        slug, person_id = participant.slug, participant.person_id
        self._events.after(db_session, happened.QueueChanged(slug))
        self._events.after(db_session, happened.StandingChanged(slug, person_id, outcome))

    def _stage_changed(self, db_session: Session, slug: str) -> None:
        self._events.after(db_session, happened.StageChanged(slug))
        self._events.after(db_session, happened.LobbyChanged())


def _require(condition: bool, code: str) -> None:
    if not condition:
        raise AppError(code)
