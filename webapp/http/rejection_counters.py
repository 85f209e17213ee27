"""Metrics of what was refused. Kept in memory, logged once a minute: a client that is refused a
thousand times a second costs one line a minute.
"""

from __future__ import annotations

import logging
from collections import Counter

log = logging.getLogger(__name__)

REPORT_SECONDS = 60.0
MAX_PEOPLE = 1000
"""People who are counted one by one between two reports."""
NAMED_PEOPLE = 3
"""People whom a report names: those who were refused most."""


class Refusals:
    """Counters by reason: a code of `ErrorCode`, or what an edge of ours refused."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        """Since the process started."""
        self._recent: Counter[str] = Counter()
        self._people: Counter[str] = Counter()

    def count(self, reason: str, person_id: str | None = None) -> None:
        """Counts one. `reason` is never a text that a client has sent."""
        self.totals[reason] += 1
        self._recent[reason] += 1
        if person_id and (person_id in self._people or len(self._people) < MAX_PEOPLE):
            self._people[person_id] += 1

    def report(self) -> None:
        """Logs what was counted since the last report, if anything was."""
        if not self._recent:
            return
        reasons = ", ".join(f"{number} {reason}" for reason, number in self._recent.most_common())
        named = self._people.most_common(NAMED_PEOPLE)
        people = ", ".join(f"{person_id} ({number})" for person_id, number in named)
        self._recent.clear()
        self._people.clear()
        log.info("refused in the last minute: %s%s", reasons, f"; most by {people}" * bool(people))
