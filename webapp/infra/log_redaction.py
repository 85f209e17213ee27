"""Log lines carry ids: no secrets, no personal data. What a client can cause is bounded in rate.

Ours (`webapp`, `media`, `flags`) at the level that is set, everybody else's from WARNING on: some
libraries log what they send at INFO, secrets and all.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

WAYS_IN = re.compile(r"(/(?:i|sign-in|qa/preview|hooks/unleash|hls/[\w-]+)/)[^\s\"'?#]+")
"""The part of an address that lets somebody in."""

OURS = ("webapp", "media", "flags", "security")

MINUTE_SECONDS = 60.0
LINES_A_MINUTE = 300
"""From one place in the code. The rest of a minute is counted, and told with the next line."""
TRACEBACKS_A_MINUTE = 10
"""The same for lines with a traceback, of 4 KB each."""

NO_TRACEBACK = ("engineio", "socketio", "eventlet")
"""Libraries that log a traceback for what a client has sent."""

ERRORS_ONLY = ("engineio", "socketio")
"""Libraries that warn of every socket that has just gone away."""

CONTROL = {number: f"\\x{number:02x}" for number in (*range(32), *range(127, 160)) if number != 9}
"""What would end a line, or colour the ones after it."""

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class RateLimit(logging.Filter):
    """Limits how many lines one place in the code may log. `clock`: seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._minute_began = clock()
        self._lines: dict[tuple[str, int], int] = {}
        self._left_out: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] in NO_TRACEBACK:
            record.exc_info = record.exc_text = None
        if self._clock() - self._minute_began >= MINUTE_SECONDS:
            self._minute_began = self._clock()
            self._lines.clear()
        place = (record.pathname, record.lineno)
        lines = self._lines[place] = self._lines.get(place, 0) + 1
        if lines > (TRACEBACKS_A_MINUTE if record.exc_info else LINES_A_MINUTE):
            self._left_out[place] = self._left_out.get(place, 0) + 1
            return False
        if left_out := self._left_out.pop(place, 0):
            told = f"{record.getMessage()} ({left_out} like it were left out)"
            record.msg, record.args = told, ()
        return True


class Redact(logging.Filter):
    """Takes the tokens of links, and the secrets of addresses, out of a line, and keeps it one."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        redacted = redact(line).translate(CONTROL)
        if redacted != line:
            record.msg, record.args = redacted, ()
        return True


def redact(text: str) -> str:
    """`text` without the tokens in its addresses."""
    return WAYS_IN.sub(r"\1…", text)


def init_app(level: str = "INFO") -> None:
    """Lines to standard error, redacted. Safe to call twice."""
    root = logging.getLogger()
    # A library of ours sets logging up when it is imported; that handler is replaced.
    for handler in [handler for handler in root.handlers if type(handler) is logging.StreamHandler]:
        root.removeHandler(handler)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    handler.addFilter(RateLimit())
    root.addHandler(handler)
    for place in root.handlers:
        place.addFilter(Redact())
    root.setLevel(logging.WARNING)
    for name in ERRORS_ONLY:
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
