"""Takes what browsers measured, scores it, and tells how a Space sounds."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from media.emodel import BAD, score
from webapp.accounts.models import Person
from webapp.audio.quality import store
from webapp.audio.quality.events import HearingChanged
from webapp.audio.quality.models import SoundDay, SoundMinute
from webapp.audio.quality.schemas import Batch, Hearing, Measured
from webapp.infra import retention
from webapp.infra.database import Database
from webapp.infra.event_bus import Events
from webapp.spaces import events as happened

log = logging.getLogger(__name__)

KEPT = retention.SOUND_MINUTES
"""How long a person's minutes are kept; then only the sums of their Space and day."""

FRESH = timedelta(seconds=15)
"""Who has measured nothing for so long is counted no more: three batches are missing."""

LASTING = 3
"""So many batches are looked at together: a single bad one is a bump, and not worth a word."""

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


Key = tuple[str, str, datetime]
"""Person id, Space, minute."""


@dataclass(slots=True)
class _Ear:
    """Somebody who hears a Space now."""

    at: datetime
    path: str = ""
    scores: deque[float] = field(default_factory=lambda: deque(maxlen=LASTING))

    @property
    def badly(self) -> bool:
        return len(self.scores) > 1 and sum(self.scores) / len(self.scores) < BAD


def score_of(measured: Measured) -> float:
    """The score of a stretch of sound, 1 to 4.5. Of a stream in segments only what is missing
    counts: whoever hears it does not talk, and its delay is no fault of the network."""
    return score(
        measured.concealed,
        buffer_ms=measured.buffer or 0.0,
        round_trip_ms=measured.rtt or 0.0,
        codec=measured.codec,
        conversational=measured.path != "hls",
    )


class Quality:
    """One per process. `figure(person, score, slug)` is told every score; `clock` gives aware UTC
    times."""

    def __init__(
        self,
        db: Database,
        events: Events,
        clock: Callable[[], datetime],
        figure: Callable[[Person, float, str], None],
    ) -> None:
        self._db = db
        self._events = events
        self._clock = clock
        self._figure = figure
        self._ears: dict[str, dict[str, _Ear]] = {}
        self._minutes: dict[Key, SoundMinute] = {}
        self._told: dict[str, Hearing] = {}

    def note(self, person: Person, slug: str, batch: Batch) -> float:
        """Takes one batch and returns its score. Nothing is kept of previews, nor of people who do
        not want to be measured."""
        value = score_of(batch)
        if not person.preview and person.measured:
            now = self._clock()
            ear = self._ears.setdefault(slug, {}).setdefault(person.id, _Ear(now))
            ear.path, ear.at = batch.path, now
            ear.scores.append(value)
            self._add((person.id, slug, _floor(now)), batch, value)
            self._figure(person, value, slug)
        return value

    def live(self, slug: str) -> Hearing:
        """How those who listen to a Space hear it now; people on stage are not counted."""
        ears = [ear for ear in self._ears.get(slug, {}).values() if ear.path != "stage"]
        return Hearing(measured=len(ears), badly=sum(ear.badly for ear in ears))

    def follow(self) -> None:
        """Whoever leaves a Space is counted no more."""
        self._events.subscribe(happened.Left, lambda event: self._forget(event))

    def _forget(self, event: happened.Left) -> None:
        self._ears.get(event.slug, {}).pop(event.person_id, None)

    def look(self) -> None:
        """Tells of every Space that sounds otherwise than before, and forgets who is gone."""
        oldest = self._clock() - FRESH
        for slug, ears in list(self._ears.items()):
            for person_id in [who for who, ear in ears.items() if ear.at <= oldest]:
                del ears[person_id]
            hearing = self.live(slug)
            if not ears:
                del self._ears[slug]
            if hearing == self._told.get(slug, Hearing(measured=0, badly=0)):
                continue
            self._told[slug] = hearing
            if not ears:
                del self._told[slug]
            self._events.publish(HearingChanged(slug))

    def store(self, everything: bool = False) -> None:
        """Stores the minutes that are over (or `everything`). What cannot be stored now is stored
        the next time."""
        now = _floor(self._clock())
        over = {key: sums for key, sums in self._minutes.items() if everything or key[2] < now}
        if not over:
            return
        for key in over:
            del self._minutes[key]
        try:
            with self._db.session() as db_session:
                store.add(db_session, over.values())
        except SQLAlchemyError:
            self._minutes = over | self._minutes
            raise

    def close(self) -> None:
        """Stores what there is: the process is about to end."""
        try:
            self.store(everything=True)
        except SQLAlchemyError as error:
            log.error("measured sound could not be saved: %s", type(error).__name__)

    def sweep(self) -> None:
        """Folds minutes older than a month into days, one day in each transaction."""
        end = _floor(self._clock() - KEPT, DAY)
        while (first := self._first_before(end)) is not None:
            begin = _floor(first, DAY)
            with self._db.session() as db_session:
                store.fold(db_session, begin, begin + DAY)

    def _first_before(self, end: datetime) -> datetime | None:
        with self._db.reading() as db_session:
            return store.first_before(db_session, end)

    def minutes_of(self, slug: str) -> list[SoundMinute]:
        """What is stored of a Space, oldest first."""
        with self._db.reading() as db_session:
            return store.minutes_of(db_session, slug)

    def days(self) -> list[SoundDay]:
        """What is left of what is older than a month."""
        with self._db.reading() as db_session:
            return store.days(db_session)

    def _add(self, key: Key, measured: Measured, value: float) -> None:
        minute = self._minutes.get(key)
        if minute is None:
            minute = self._minutes[key] = _empty(*key)
        minute.path = measured.path
        minute.batches += 1
        minute.bad += value < BAD
        minute.score_sum += value
        minute.score_min = min(minute.score_min, value)
        minute.concealed_sum += measured.concealed
        minute.buffer_sum += measured.buffer or 0.0
        minute.rtt_sum += measured.rtt or 0.0


def _empty(person_id: str, slug: str, minute: datetime) -> SoundMinute:
    return SoundMinute(
        person_id=person_id,
        slug=slug,
        minute=minute,
        path="",
        batches=0,
        bad=0,
        score_sum=0.0,
        score_min=5.0,
        concealed_sum=0.0,
        buffer_sum=0.0,
        rtt_sum=0.0,
    )


def _floor(at: datetime, step: timedelta = MINUTE) -> datetime:
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    return begin + (at - begin) // step * step
