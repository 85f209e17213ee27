"""What happens at the ways in, for whoever watches them: the logger `security`.

One line an event, `event=NAME key=value …`: ids only, no names, no tokens, no addresses.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from flask import current_app

log = logging.getLogger("security")

LINES_PER_MINUTE = 60
"""Of one kind of event. What is beyond is counted, and told with the next line of its kind."""


@dataclass(slots=True)
class _Minute:
    began: datetime
    lines: int = 0
    suppressed: int = 0


class SecurityLog:
    """`clock` gives aware times."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._minutes: dict[str, _Minute] = {}
        self._key = secrets.token_bytes(32)

    def note(self, event: str, **ids: str) -> None:
        """Writes one line, unless there were too many of its kind in this minute. Values that are
        empty are left out."""
        now = self._clock()
        minute = self._minutes.setdefault(event, _Minute(now))
        suppressed = 0
        if not timedelta(0) <= now - minute.began < timedelta(minutes=1):
            suppressed = minute.suppressed
            self._minutes[event] = minute = _Minute(now)
        if minute.lines >= LINES_PER_MINUTE:
            minute.suppressed += 1
            return
        minute.lines += 1
        told = {"event": event, **ids, "suppressed": str(suppressed or "")}
        log.info("%s", " ".join(f"{key}={value}" for key, value in told.items() if value))

    def source(self, address: str) -> str:
        """A mark by which lines of one address are told from another's, under a key that nobody
        keeps: it is worth nothing after this process."""
        return hmac.new(self._key, address.encode(), hashlib.sha256).hexdigest()[:8]


def security_log() -> SecurityLog:
    """The security log of the running app."""
    return cast(SecurityLog, current_app.extensions["security_log"])
