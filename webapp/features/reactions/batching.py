"""Reactions gathered into frames: however many people react, each person gets few messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

FRAME_SECONDS = 0.22
"""From a frame's first reaction to its sending: never more than the promised five a second."""

Frame = dict[str, Any]


class Frames:
    """What has come in since the last frame, by Space. `send(slug, frame)` sends one."""

    def __init__(self, send: Callable[[str, Frame], None]) -> None:
        self._send = send
        self._waiting: dict[str, Counter[tuple[str, str | None]]] = {}

    def add(self, slug: str, emoji: str, to: str | None) -> bool:
        """Notes one reaction; True when it begins a frame, which then must be flushed."""
        begins = slug not in self._waiting
        self._waiting.setdefault(slug, Counter())[(emoji, to)] += 1
        return begins

    def flush(self, slug: str) -> None:
        """Sends what has come in."""
        counts = self._waiting.pop(slug, None)
        if counts:
            items = [{"emoji": e, "to": to, "count": n} for (e, to), n in counts.items()]
            self._send(slug, {"items": items})
