"""Spaces: opening, coming and going, ending. Rules live here; seats in the sound do not."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.http.errors import AppError
from webapp.infra.database import Database
from webapp.infra.event_bus import Events
from webapp.infra.keyed_locks import KeyedLocks
from webapp.spaces import events as happened
from webapp.spaces import store
from webapp.spaces.models import (
    CLOSED,
    HOST,
    HOST_ABSENT,
    HOST_AWAY,
    LISTENER,
    PREVIEW_OVER,
    SPEAKER,
    Participant,
    Space,
)
from webapp.spaces.schemas import LobbyEntry, Named, OnStage, SpaceTold, Standing

WEIGHTY = (CLOSED, PREVIEW_OVER)
"""Reasons to end a Space that no other one replaces."""

TOLD_REASONS = (HOST_AWAY, HOST_ABSENT)
"""Why a Space ends, as far as everybody in it may know: these are error codes as well."""

PLACES_AT_ONCE = 500
"""Read in one go: about a millisecond."""

ALPHABET = string.ascii_lowercase + string.digits


class Spaces:
    """The life of Spaces. `clock` gives aware UTC times; `is_talking(slug, person_id)` comes from
    the sound."""

    def __init__(
        self,
        db: Database,
        events: Events,
        clock: Callable[[], datetime],
        is_talking: Callable[[str, str], bool],
    ) -> None:
        self._db = db
        self._events = events
        self._clock = clock
        self._is_talking = is_talking
        self._locks = KeyedLocks()
        self._participants: dict[str, set[str]] = {}
        events.subscribe(happened.Ended, self._forget)

    def lock(self, slug: str, person_id: str) -> AbstractContextManager[None]:
        """One person's comings and goings in one Space, one after the other, each with all that
        follows from it: a page that leaves must not take out the next one, which has just come.
        Reentrant."""
        return self._locks.hold((slug, person_id))

    def remember(self) -> None:
        """Reads who has been in the Spaces that are live. To be called once, before serving."""
        with self._db.reading() as db_session:
            for slug, person_id in store.participants_of_live(db_session):
                self._participants.setdefault(slug, set()).add(person_id)

    def has_been_in(self, slug: str, person_id: str) -> bool:
        """Whether somebody has ever entered that live Space. From memory alone."""
        return person_id in self._participants.get(slug, ())

    def _forget(self, event: happened.Ended) -> None:
        self._participants.pop(event.slug, None)

    def open(self, host: Person, title: str, *, goes_on: bool = False) -> str:
        """Opens a live Space and returns its slug. `conflict` if the host has one already.

        `goes_on`: without host and co-host, the longest-standing speaker keeps it going.
        """
        slug = "".join(secrets.choice(ALPHABET) for _ in range(8))
        now = self._clock()
        with self._db.session() as db_session:
            store.lock_host(db_session, host.id)
            if store.live_space_of(db_session, host.id):
                raise AppError("conflict")
            space = Space(slug=slug, title=title, host_id=host.id, opened_at=now, goes_on=goes_on)
            db_session.add(space)
            db_session.flush()
            db_session.add(_participant(slug, host.id, HOST, now))
            self._participants[slug] = {host.id}
            self._events.after(db_session, happened.LobbyChanged())
        return slug

    def end(self, slug: str, because: str | None = None) -> None:
        """Ends a Space for everybody. Ending it twice is the same as once. `because`: the reason of
        the countdown that has ended it; None when somebody did."""
        with self._db.session() as db_session:
            store.lock_against_joins(db_session, slug)
            space = store.space(db_session, slug)
            if space is None or not space.live:
                return
            space.ended_at = self._clock()
            space.ending_because = because
            self._events.after(db_session, happened.Ended(slug, because))
            self._events.after(db_session, happened.LobbyChanged())

    def begin_countdown(self, slug: str, length: timedelta, because: str = CLOSED) -> None:
        """Ends the Space after `length`. A countdown that already runs goes on as it is; that it
        is closed, or its host only made up, weighs more than that its host is away."""
        with self._db.session() as db_session:
            space = store.space(db_session, slug)
            if space is None or not space.live or space.ending_because in (because, *WEIGHTY):
                return
            space.ends_at = space.ends_at or self._clock() + length
            space.ending_because = because
            self._events.after(db_session, happened.Ending(slug))

    def call_off_countdown(self, slug: str, because: str = CLOSED) -> None:
        """Ends the countdown that runs for that reason, if one does."""
        with self._db.session() as db_session:
            space = store.space(db_session, slug)
            if space is None or not space.live or space.ending_because != because:
                return
            space.ends_at = space.ending_because = None
            self._events.after(db_session, happened.Ending(slug))

    def end_due(self) -> None:
        """Ends the Spaces whose countdown is over."""
        with self._db.reading() as db_session:
            spaces = store.due_spaces(db_session, self._clock())
            due = [(space.slug, space.ending_because) for space in spaces]
        for slug, because in due:
            self.end(slug, because)

    def join(self, person: Person, slug: str) -> tuple[SpaceTold, Standing]:
        """Enters a Space, or comes back to the place one had. `not_found`; `space_ended`, or why
        it has. Whoever also notes through which connection does both inside `lock`."""
        with self.lock(slug, person.id), self._db.session() as db_session:
            space = store.space_kept_live(db_session, slug)
            if space is not None and space.ending_because in TOLD_REASONS and not space.live:
                raise AppError(space.ending_because)
            space = _live(space)
            participant = store.participant(db_session, slug, person.id)
            if participant is None:
                participant = _participant(slug, person.id, LISTENER, self._clock())
                db_session.add(participant)
            self._participants.setdefault(slug, set()).add(person.id)
            came = not participant.present or participant.id is None
            participant.present = True
            space.host_arrived = space.host_arrived or participant.role == HOST
            db_session.flush()
            if came and participant.on_stage:
                self._events.after(db_session, happened.StageChanged(slug))
            return self._told(db_session, space), _standing(db_session, participant, space)

    def leave(self, slug: str, person_id: str, still: Callable[[], bool] | None = None) -> None:
        """Goes for good: off the stage, out of the queue and the crowd. A host stays the host.
        `still` is asked last of all, after every wait: whether there is a reason to leave yet."""
        with self.lock(slug, person_id), self._db.session() as db_session:
            participant = store.participant(db_session, slug, person_id)
            if participant is None or not participant.present or not (still is None or still()):
                return
            was_on_stage, had_asked = participant.on_stage, participant.asked_at is not None
            participant.present = participant.listening = False
            participant.asked_at = None
            if participant.role == SPEAKER:
                participant.role = LISTENER
                participant.co_host = False
            self._events.after(db_session, happened.Left(slug, person_id))
            self._events.after(db_session, happened.CrowdChanged(slug))
            if was_on_stage:
                self._events.after(db_session, happened.StageChanged(slug))
            if had_asked:
                self._events.after(db_session, happened.QueueChanged(slug))

    def set_listening(self, slug: str, person_id: str, listening: bool) -> None:
        """Notes whether a person hears the Space."""
        with self.lock(slug, person_id), self._db.session() as db_session:
            participant = self.present_participant(db_session, slug, person_id)
            if participant.listening == listening:
                return
            participant.listening = listening
            self._events.after(db_session, happened.CrowdChanged(slug))
            self._events.after(db_session, happened.StandingChanged(slug, person_id))

    def standing(self, slug: str, person_id: str) -> Standing | None:
        """A person's own place; None for somebody who is not in the Space, or if it has ended."""
        with self._db.reading() as db_session:
            participant = store.participant(db_session, slug, person_id)
            space = store.space(db_session, slug)
            if participant is None or space is None or not participant.present or not space.live:
                return None
            return _standing(db_session, participant, space)

    def is_on_stage(self, slug: str, person_id: str) -> bool:
        standing = self.standing(slug, person_id)
        return standing is not None and standing.role in (HOST, SPEAKER)

    def title_of_ended(self, slug: str) -> str | None:
        """The title of a Space that has ended; None for any other slug."""
        with self._db.reading() as db_session:
            space = store.space(db_session, slug)
            return space.title if space and not space.live else None

    def live(self, slug: str) -> Space | None:
        """A live Space by itself; None if there is none."""
        with self._db.reading() as db_session:
            space = store.space(db_session, slug)
            return space if space and space.live else None

    def told(self, slug: str) -> SpaceTold | None:
        """All that a listener may know of a live Space; None if there is none."""
        with self._db.reading() as db_session:
            space = store.space(db_session, slug)
            return self._told(db_session, space) if space and space.live else None

    def stage(self, slug: str) -> list[OnStage]:
        with self._db.reading() as db_session:
            return self._stage(db_session, slug)

    def crowd(self, slug: str) -> tuple[int, list[Named]]:
        """How many listen, and who the first of them are."""
        with self._db.reading() as db_session:
            people = [Named.of(person) for person in store.crowd(db_session, slug)]
            return store.count_listeners(db_session, slug), people

    def lobby(self) -> list[LobbyEntry]:
        with self._db.reading() as db_session:
            return [self._entry(db_session, space) for space in store.live_spaces(db_session)]

    def present(self) -> list[tuple[Participant, Person]]:
        """Everybody in a live Space."""
        with self._db.reading() as db_session:
            return store.present(db_session)

    def places(self) -> Iterator[list[tuple[str, str, bool]]]:
        """The same by slug and person id, and whether they listen: a tenth of the work, for what
        looks again and again. In portions, each read when it is asked for: others may have their
        turn in between."""
        after, found = 0, PLACES_AT_ONCE
        while found == PLACES_AT_ONCE:
            with self._db.reading() as db_session:
                places = store.places(db_session, after, PLACES_AT_ONCE)
            found, after = len(places), places[-1][0] if places else 0
            yield [(slug, person_id, listening) for _, slug, person_id, listening in places]

    def hosted(self) -> list[tuple[Space, Person]]:
        """Every live Space with its host."""
        with self._db.reading() as db_session:
            spaces = store.live_spaces(db_session)
            return [(space, db_session.get_one(Person, space.host_id)) for space in spaces]

    @staticmethod
    def hosting(db_session: Session, ids: Iterable[str]) -> set[str]:
        """Which of these people host a live Space, for the caller's unit of work."""
        return store.hosting(db_session, ids)

    def live_space(self, db_session: Session, slug: str) -> Space:
        return _live(store.space(db_session, slug))

    def present_participant(self, db_session: Session, slug: str, person_id: str) -> Participant:
        self.live_space(db_session, slug)
        participant = store.participant(db_session, slug, person_id)
        if participant is None or not participant.present:
            raise AppError("not_in_space")
        return participant

    def _told(self, db_session: Session, space: Space) -> SpaceTold:
        return SpaceTold(
            slug=space.slug,
            title=space.title,
            host=Named.of(db_session.get_one(Person, space.host_id)),
            listeners=store.count_listeners(db_session, space.slug),
            crowd=[Named.of(person) for person in store.crowd(db_session, space.slug)],
            stage=self._stage(db_session, space.slug),
            ends_at=space.ends_at,
            away=space.ending_because in TOLD_REASONS,
        )

    def _stage(self, db_session: Session, slug: str) -> list[OnStage]:
        space = store.space(db_session, slug)
        return [
            OnStage.of(participant, person, self._is_talking(slug, person.id), space)
            for participant, person in store.stage(db_session, slug)
        ]

    def _entry(self, db_session: Session, space: Space) -> LobbyEntry:
        return LobbyEntry(
            slug=space.slug,
            title=space.title,
            host=Named.of(db_session.get_one(Person, space.host_id)),
            listeners=store.count_listeners(db_session, space.slug),
            stage=[Named.of(person) for _, person in store.stage(db_session, space.slug)],
        )


def _live(space: Space | None) -> Space:
    if space is None:
        raise AppError("not_found")
    if not space.live:
        raise AppError("space_ended")
    return space


def _standing(db_session: Session, participant: Participant, space: Space) -> Standing:
    muted_by = participant.muted_by_id if participant.muted else None
    return Standing.of(participant, space, db_session.get(Person, muted_by) if muted_by else None)


def _participant(slug: str, person_id: str, role: str, now: datetime) -> Participant:
    return Participant(
        slug=slug,
        person_id=person_id,
        role=role,
        muted=False,
        listening=False,
        present=True,
        joined_at=now,
    )
