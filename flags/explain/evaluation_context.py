"""The person asked about, as the engine sees them: the context after the SDK has completed it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ADDED = {"appName": "soundcheck", "environment": "default"}
"""What the gate's SDK puts into every context that does not say otherwise."""

FIELDS = frozenset(
    {"userId", "sessionId", "environment", "appName", "currentTime", "remoteAddress"}
)
"""The names that Unleash looks up in the context itself first, and then among the properties; all
others are properties only."""

Draw = Callable[[int, int], int]
"""A whole number from the first to the last, both included."""


def lot(first: int, last: int) -> int:
    """A fair draw."""
    return first + secrets.randbelow(last - first + 1)


@dataclass(frozen=True, slots=True)
class Person:
    """Every value is a text. `draw` is for whatever has nothing to stick to."""

    fields: Mapping[str, str]
    properties: Mapping[str, str]
    draw: Draw

    def value(self, name: str) -> str | None:
        """What constraints and percentages find under `name`: a field of the context, or the
        property of that name where the context has no such field (as the engine does)."""
        found = self.fields.get(name) if name in FIELDS else None
        return self.properties.get(name) if found is None else found


def person_of(context: Mapping[str, Any], draw: Draw) -> Person:
    """Completes a context as the SDK does: unknown fields become properties, everything a text."""
    whole = {"currentTime": datetime.now(UTC), **ADDED, **context}
    fields = {name: _text(value) for name, value in whole.items() if name in FIELDS}
    others = {k: v for k, v in whole.items() if k not in FIELDS and k != "properties"}
    # Of one that is in both places the engine takes the outer: found out by asking it.
    properties = {**whole.get("properties", {}), **others}
    return Person(fields, {name: _text(value) for name, value in properties.items()}, draw)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
