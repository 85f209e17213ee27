"""What the answers of a document's features stand on: whoever has asked about somebody need not ask
again where nothing of it has changed. Pure: no I/O.

What is not surely without a clock and without dice is always asked again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

STEADY = ("default", "userWithId", "flexibleRollout", "gradualRolloutUserId")
"""Strategies whose answer hangs on nothing but the context."""

STICKY = ("default", "userId", "space", "cohort", "followers")
"""What every context has (see `flags.context`). For whoever lacks what a percentage sticks to, the
engine casts dice."""

Json = Mapping[str, Any]


class Footing:
    """Of the document of one revision."""

    def __init__(self, revision: int, document: Json) -> None:
        self.revision = revision
        self._features = {feature["name"]: feature for feature in document.get("features", ())}
        self._segments = {segment["id"]: segment for segment in document.get("segments", ())}
        self._known: dict[str, str | None] = {}

    def same(self, earlier: Footing, keys: Iterable[str]) -> frozenset[str]:
        """Those of `keys` of which both documents say the same to the same person at any time: to
        a context that is the same but for its time."""
        return frozenset(
            key for key in keys if (text := self.of(key)) is not None and text == earlier.of(key)
        )

    def of(self, key: str) -> str | None:
        """All that a feature's answer hangs on, as text; None when it may change by itself, or the
        document does not know it."""
        if key not in self._known:
            # Until it is known: whatever hangs on itself has no footing.
            self._known[key] = None
            self._known[key] = self._found(key)
        return self._known[key]

    def looks_at(self, key: str) -> frozenset[str] | None:
        """What of a person's context decides whether a feature is open for them, its variants
        aside; None when that is not sure, or their id plays a part."""
        if self.of(key) is None:
            return None
        feature, found = self._features[key], set()
        for strategy in feature.get("strategies") or ():
            if not _takes_whole(strategy):
                return None
            found |= _named([strategy, self._segments_of(strategy)])
        for parent in feature.get("dependencies") or ():
            above = None if parent.get("variants") else self.looks_at(parent["feature"])
            if above is None:
                return None
            found |= above
        return None if "userId" in found else frozenset(found)

    def _segments_of(self, strategy: Json) -> list[Any]:
        return [self._segments.get(number) for number in strategy.get("segments") or ()]

    def _found(self, key: str) -> str | None:
        feature = self._features.get(key)
        if feature is None:
            return None
        strategies = feature.get("strategies") or ()
        if any(strategy.get("name") not in STEADY for strategy in strategies):
            return None
        numbers = {number for strategy in strategies for number in strategy.get("segments") or ()}
        segments = [(number, self._segments.get(number)) for number in sorted(numbers)]
        if _moves(feature) or _moves(segments):
            return None
        text = json.dumps([feature, segments], sort_keys=True)
        parents = [self.of(parent["feature"]) for parent in feature.get("dependencies") or ()]
        return None if None in parents else "\n".join((text, *map(str, parents)))


def _takes_whole(strategy: Json) -> bool:
    """Whether a strategy takes everybody whom its constraints let in, or nobody."""
    if strategy["name"] == "default":
        return True
    parameters = strategy.get("parameters") or {}
    return strategy["name"] == "flexibleRollout" and parameters.get("rollout") in ("0", "100")


def _named(part: object) -> set[str]:
    """What constraints look at, anywhere in a part of a definition."""
    if isinstance(part, Mapping):
        inner = set().union(*map(_named, part.values()))
        return inner | {part["contextName"]} if "contextName" in part else inner
    return set().union(*map(_named, part)) if isinstance(part, list | tuple) else set()


def _moves(part: object) -> bool:
    """Whether a clock or dice are anywhere in a part of a definition."""
    if isinstance(part, Mapping):
        clock = part.get("contextName") == "currentTime"
        clock |= str(part.get("operator")).startswith("DATE_")
        dice = part.get("stickiness", "default") not in STICKY
        return clock or dice or any(map(_moves, part.values()))
    return isinstance(part, list | tuple) and any(map(_moves, part))
