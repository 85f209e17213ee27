"""A gate that knows many features: a document as large installations have it."""

from __future__ import annotations

from typing import Any

from flags.gate import Gate
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import Definitions
from flags.sources.memory import MemoryStore

FEATURES = 200
STRATEGIES = 3
PLAIN, VARIED = "feature-198", "feature-199"
"""The last two: both with a parent, the second with variants."""


class Many(EmbeddedSource):
    """200 features of 3 strategies; each strategy has a segment, a constraint and a percentage."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())

    def definitions(self) -> Definitions:
        return Definitions(1, DOCUMENT)


def started() -> Gate:
    """A gate that has taken the document."""
    gate = Gate(Many())
    gate.start()
    assert gate.healthy
    return gate


def _strategy(number: int, varied: bool) -> dict[str, Any]:
    weights = [("tray", 500), ("tapback", 500)] if varied else []
    return {
        "name": "flexibleRollout",
        "parameters": {"rollout": "100", "stickiness": "userId", "groupId": "soundcheck"},
        "segments": [number + 1],
        "constraints": [{"contextName": "followers", "operator": "NUM_GTE", "value": "600"}],
        "variants": [{"name": name, "weight": weight} for name, weight in weights],
    }


def _feature(number: int) -> dict[str, Any]:
    return {
        "name": f"feature-{number}",
        "enabled": True,
        "strategies": [_strategy(n, varied=number % 2 == 1) for n in range(STRATEGIES)],
        "dependencies": [{"feature": "feature-0"}] if number else [],
    }


# The person of the benchmarks is in the last segment: every strategy is looked at.
DOCUMENT: dict[str, Any] = {
    "version": 2,
    "features": [_feature(number) for number in range(FEATURES)],
    "segments": [
        {
            "id": number,
            "name": f"cohort {cohort}",
            "constraints": [{"contextName": "cohort", "operator": "IN", "values": [cohort]}],
        }
        for number, cohort in enumerate(("staff", "beta", "alpha"), start=1)
    ],
}
