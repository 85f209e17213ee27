"""Did chance decide? Only those whom a percentage has left out can be compared with those whom it
took in; whoever is outside its cohorts is another kind of people."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flags.bulk_evaluator import CLOSED, Crowd, packed
from flags.context import context_of
from flags.gate import Gate
from webapp.accounts.models import Person


class Chance:
    """Asks the engine what would be if every percentage were 100. Made for the background: the
    first question after a change takes some milliseconds."""

    def __init__(self, gate: Gate, clock: Callable[[], datetime]) -> None:
        self._gate = gate
        self._clock = clock
        self._revision = 0
        self._document: dict[str, Any] = {"features": []}
        self._crowds: dict[str, Crowd] = {}

    def could_have(self, person: Person, key: str) -> bool:
        """Whether somebody for whom a feature is closed is so by a percentage alone."""
        revision, text = self._gate.taken
        if revision != self._revision:
            self._revision, self._document, self._crowds = revision, _whole(json.loads(text)), {}
        if key not in self._crowds:
            self._crowds[key] = Crowd(self._document, key)
        context = packed(context_of(person, self._clock()))
        return self._crowds[key].answer(context) is not CLOSED


def _whole(document: dict[str, Any]) -> dict[str, Any]:
    for feature in document["features"]:
        for strategy in feature.get("strategies") or ():
            if "rollout" in strategy.get("parameters", {}):
                strategy["parameters"]["rollout"] = "100"
    return document
