"""Log lines carry ids: no secrets, no personal data.

Ours (`webapp`, `media`, `flags`) at the level that is set, everybody else's from WARNING on: some
libraries log what they send at INFO, secrets and all.
"""

from __future__ import annotations

import logging
import re

WAYS_IN = re.compile(r"(/(?:i|sign-in|qa/preview|hooks/unleash|hls/[\w-]+)/)[^\s\"'?#]+")
"""The part of an address that lets somebody in."""

OURS = ("webapp", "media", "flags")

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Redact(logging.Filter):
    """Takes the tokens of links, and the secrets of addresses, out of a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        redacted = redact(line)
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
    root.addHandler(handler)
    for place in root.handlers:
        place.addFilter(Redact())
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
