"""Takes what gates have counted, and gives it in steps, for a chart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from flags.decision_counters import Answer, Reading, Tally
from webapp.feature_flags.decision_counts import store
from webapp.infra import retention
from webapp.infra.database import Database

KEPT = retention.DECISION_COUNTS
YES, NO = "yes", "no"

SPANS: Mapping[int, timedelta] = {
    1: timedelta(minutes=1),
    6: timedelta(minutes=5),
    24: timedelta(minutes=15),
}
"""How many hours a chart can show, and the step that it shows them in."""


@dataclass(frozen=True)
class Chart:
    """Counts in steps: `starts` are their beginnings, each series has one number for each."""

    starts: tuple[datetime, ...]
    step: timedelta
    series: Mapping[str, tuple[int, ...]]


class Decisions:
    """Counts by the minute, in the database. One per process; several add up."""

    def __init__(self, db: Database, tally: Tally, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._reading = Reading(tally)
        self._clock = clock

    def note(self) -> None:
        """Stores what was answered since the last time, and forgets what is older than a day.

        What cannot be stored now is stored the next time.
        """
        counts = self._reading.take()
        if not counts:
            return
        minute = _floor(self._clock(), timedelta(minutes=1))
        rows = [(answer.feature, _word(answer), number) for answer, number in counts.items()]
        try:
            with self._db.session() as db_session:
                store.add(db_session, minute, rows)
                store.forget(db_session, minute - KEPT)
        except SQLAlchemyError:
            self._reading.give_back(counts)
            raise

    def chart(self, feature: str, hours: int, variants: Sequence[str]) -> Chart:
        """The last `hours` (one of SPANS) of a feature: a series for "no", and one for "yes" or
        for each of its variants. Other answers that were given have one as well."""
        step = SPANS[hours]
        last = _floor(self._clock(), step)
        number = timedelta(hours=hours) // step
        starts = tuple(last - step * back for back in range(number - 1, -1, -1))
        series: dict[str, list[int]] = defaultdict(lambda: [0] * number)
        for word in (NO, *(map(":{}".format, variants) if variants else (YES,))):
            series[word] = [0] * number
        with self._db.reading() as db_session:
            for row in store.since(db_session, feature, starts[0]):
                series[row.answer][min((row.minute - starts[0]) // step, number - 1)] += row.number
        return Chart(starts, step, {word: tuple(values) for word, values in series.items()})


def _word(answer: Answer) -> str:
    if not answer.enabled:
        return NO
    return f":{answer.variant}" if answer.variant else YES


def _floor(at: datetime, step: timedelta) -> datetime:
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    return begin + (at - begin) // step * step
