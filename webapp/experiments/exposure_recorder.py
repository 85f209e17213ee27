"""Takes down who met what and how it went. Nothing here may hold a decision up, or fail one."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from flags.catalogue import CATALOGUE, SPACE, GatedFeature
from flags.gate import Decision
from webapp.accounts.models import Person
from webapp.experiments import store
from webapp.experiments.arms import CLOSED, OPEN, OUTSIDE
from webapp.experiments.outcome_kinds import KINDS
from webapp.infra.cooperative import give_way
from webapp.infra.database import Database

log = logging.getLogger(__name__)

KEPT = timedelta(days=400)
"""How far back can be asked for. What is older is forgotten, or sooner: see
`webapp.infra.retention`."""

MOST_WAITING = 20_000
"""Exposures, and as many outcomes, that wait for a database that is away. Beyond it, exposures are
taken down the next time that they happen, and outcomes are lost."""

MOST_REMEMBERED = 100_000
"""Exposures known to be written: beyond it all are forgotten, and the database sorts out what comes
twice. Some ten megabytes."""

ROWS_AT_ONCE = 50
"""Written in one go: a few milliseconds."""

Met = tuple[str, str, str, str]
"""Feature, person id, Space, answer."""


class Figures:
    """One per process. `could_have(person, key)` tells whether only a percentage has left somebody
    out; it is asked in the background."""

    def __init__(
        self,
        db: Database,
        clock: Callable[[], datetime],
        could_have: Callable[[Person, str], bool],
    ) -> None:
        self._db = db
        self._clock = clock
        self._could_have = could_have
        self._revision = 0
        self._known: set[Met] = set()
        self._exposures: deque[tuple[Met, int, int, Person]] = deque()
        self._outcomes: dict[tuple[str, str, str], list[float]] = {}
        self.gather: Callable[[], None] = lambda: None
        """Called before outcomes are written: takes down what is still going on."""
        self.lost = 0
        """Outcomes that could not be kept, from the start of the process."""

    def met(self, person: Person, answers: Mapping[str, Decision], slug: str | None = None) -> None:
        """Somebody has met gates' answers: in a Space, or (`slug` None) elsewhere.

        Counts where a feature is met at all (see the catalogue), and once per person, feature,
        answer and revision; for a feature assigned by Space, once in each Space. Some microseconds.
        """
        if not _counts(person):
            return
        person_id = person.id
        for key, decision in answers.items():
            gated = CATALOGUE[key]
            if not decision.forced and _is_met(gated, decision, slug):
                where = slug if slug is not None and gated.assigned_by == SPACE else ""
                met = (key, person_id, where, _answer(decision))
                self._take_down(met, decision.revision, person)

    def outcome(self, person: Person, kind: str, value: float, slug: str | None = None) -> None:
        """How something went with somebody: `kind` is one of `kinds.KINDS`, `value` in its unit.

        Raises ValueError for any other kind.
        """
        if kind not in KINDS:
            raise ValueError(f"{kind} is no outcome")
        if not _counts(person):
            return
        place = (person.id, kind, slug or "")
        gathered = self._outcomes.get(place)
        if gathered is not None:
            gathered[1] += 1
            gathered[2] += value
        elif len(self._outcomes) < MOST_WAITING:
            self._outcomes[place] = [self._now(), 1, value]
        else:
            self.lost += 1

    def _take_down(self, met: Met, revision: int, person: Person) -> None:
        if revision != self._revision:
            self._revision = revision
            self._known.clear()
        if met in self._known or len(self._exposures) >= MOST_WAITING:
            return
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known.add(met)
        self._exposures.append((met, revision, self._now(), person))

    # --- in the background ----------------------------------------------------------------

    def write_exposures(self) -> None:
        """Writes down the exposures that wait. Those that cannot be written wait on."""
        while self._exposures:
            taken = [
                self._exposures.popleft() for _ in range(min(ROWS_AT_ONCE, len(self._exposures)))
            ]
            try:
                self._write(store.add_exposures, [self._row(*each) for each in taken])
            except Exception:
                self._exposures.extendleft(reversed(taken))
                raise
            # Thousands come at once when definitions change: others get their turn in between.
            give_way()

    def write_outcomes(self) -> None:
        """Writes down what has been gathered. What cannot be written is gathered on."""
        self.gather()
        taken, self._outcomes = self._outcomes, {}
        while taken:
            places = list(taken)[:ROWS_AT_ONCE]
            try:
                self._write(
                    store.add_outcomes, [_gathered(place, taken[place]) for place in places]
                )
            except Exception:
                self._gather_again(taken)
                raise
            for place in places:
                del taken[place]
            give_way()

    def close(self) -> None:
        """Writes down everything: the process is about to end."""
        for write in (self.write_exposures, self.write_outcomes):
            try:
                write()
            except Exception:  # whatever it is, the rest of the process ends as it should
                log.exception("figures could not be saved")

    def _write(
        self, add: Callable[[Session, list[Any]], None], rows: Sequence[dict[str, Any]]
    ) -> None:
        with self._db.session() as db_session:
            numbers = store.numbers(db_session, {row["person"] for row in rows})
            there = [{**r, "person": numbers[r["person"]]} for r in rows if r["person"] in numbers]
            if there:
                add(db_session, there)

    def _row(self, met: Met, revision: int, at: int, person: Person) -> dict[str, Any]:
        feature, person_id, space, answer = met
        if answer == CLOSED and not self._could_have(person, feature):
            answer = OUTSIDE
        named = {"feature": feature, "person": person_id, "space": space, "answer": answer}
        return {**named, "revision": revision, "at": at}

    def _gather_again(self, taken: dict[tuple[str, str, str], list[float]]) -> None:
        for place, (at, number, total) in taken.items():
            since = self._outcomes.get(place, [at, 0, 0.0])
            self._outcomes[place] = [at, number + since[1], total + since[2]]

    def _now(self) -> int:
        return millis(self._clock())


def millis(at: datetime) -> int:
    """A moment as figures have it: milliseconds since 1970."""
    return int(at.timestamp() * 1000)


def _counts(person: Person) -> bool:
    """Not people made up for a preview, nor those who do not want to be measured: of them neither
    exposures nor outcomes, for an exposure without outcomes would look like a failure."""
    return person.preview_id is None and person.measured


def _is_met(gated: GatedFeature, decision: Decision, slug: str | None) -> bool:
    if slug is not None:
        return True
    if gated.met_in == SPACE:
        return False
    # Outside a Space nobody has seen anything yet of what differs from Space to Space.
    return decision.variant is None or gated.assigned_by != SPACE


def _answer(decision: Decision) -> str:
    if not decision.enabled:
        return CLOSED
    return OPEN if decision.variant is None else f":{decision.variant}"


def _gathered(place: tuple[str, str, str], gathered: list[float]) -> dict[str, Any]:
    person_id, kind, space = place
    at, number, total = gathered
    named = {"person": person_id, "kind": kind, "space": space}
    return {**named, "at": at, "number": number, "total": total}
