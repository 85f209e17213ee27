"""What fails again and again, in the log: one line a minute, and no traceback where the database is
to blame."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

INTERVAL_SECONDS = 60.0
"""Between two lines about the same work and kind of error."""

MAX_KEYS = 1000
"""Kinds of failures remembered; beyond it all are forgotten, and told again."""


class FailureLog:
    """Logs failures of repeated work. The first one at once, later ones of the same work and kind
    as a number in the next line, a minute later at the soonest. A database that is locked, or away,
    is no fault of ours: it gets a line. Anything else gets its traceback."""

    def __init__(self, log: logging.Logger, now: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._now = now
        self._told: dict[tuple[str, str], tuple[float, int]] = {}

    def note(self, what: str, error: Exception) -> None:
        """`what` says what failed with `error`, the same words each time."""
        key, now = (what, type(error).__name__), self._now()
        at, unsaid = self._told.get(key, (now - INTERVAL_SECONDS, 0))
        if now - at < INTERVAL_SECONDS:
            self._told[key] = (at, unsaid + 1)
            return
        if len(self._told) >= MAX_KEYS:
            self._told.clear()
        self._told[key] = (now, 0)
        more = f", and {unsaid} times before" if unsaid else ""
        if isinstance(error, SQLAlchemyError):
            self._log.error("%s: %s%s", what, _in_short(error), more)
        else:
            self._log.error("%s%s", what, more, exc_info=error)


def _in_short(error: SQLAlchemyError) -> str:
    """The kind of an error, and what the database says of it: never what was to be stored."""
    said = str(getattr(error, "orig", None) or "").strip().partition("\n")[0]
    return f"{type(error).__name__}: {said[:200]}" if said else type(error).__name__
