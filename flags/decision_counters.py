"""How often gates have answered what. One count for everybody who wants to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple


class Answer(NamedTuple):
    """What a gate can say: the feature, whether it is open, and in which variant."""

    feature: str
    enabled: bool
    variant: str | None


class Tally:
    """Counts answers from the start of the process; nothing is ever taken away from it.

    Every reader keeps its own `Reading`, so that the chart of the console and the metrics for
    Unleash do not take each other's counts.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, bool, str | None], int] = {}

    def count(self, feature: str, enabled: bool, variant: str | None) -> None:
        """One answer more. On the path of every decision: a dictionary and nothing else."""
        # Not an `Answer` yet: to make one takes as long as to count.
        answer = (feature, enabled, variant)
        self._counts[answer] = self._counts.get(answer, 0) + 1

    def totals(self) -> dict[Answer, int]:
        """All counts so far."""
        return {Answer(*answer): number for answer, number in self._counts.items()}


class Reading:
    """What one reader has not seen yet."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._seen: Mapping[Answer, int] = {}

    def take(self) -> Counter[Answer]:
        """The answers since the last time."""
        totals = self._tally.totals()
        new = {answer: number - self._seen.get(answer, 0) for answer, number in totals.items()}
        self._seen = totals
        return Counter({answer: number for answer, number in new.items() if number})

    def give_back(self, counts: Mapping[Answer, int]) -> None:
        """What could not be delivered comes again with the next `take`."""
        seen = {answer: self._seen.get(answer, 0) - number for answer, number in counts.items()}
        self._seen = {**self._seen, **seen}
