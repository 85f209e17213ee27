"""A process of its own: reads a document and people, writes what its gate decides."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from flags.gate import Gate
from tests.fidelity.definitions import Given
from tests.harness.flags import Clock

Answer = list[bool | str | None]


def answers(document: dict[str, Any], people: list[dict[str, Any]]) -> Iterator[Answer]:
    """For each person and feature: open, and the variant."""
    gate = Gate(Given(document), Clock())
    gate.start()
    for person in people:
        for feature in document["features"]:
            decision = gate.decide(feature["name"], person)
            yield [decision.enabled, decision.variant]
    gate.close()


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(list(answers(asked["document"], asked["people"])), sys.stdout)
