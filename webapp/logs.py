"""Log lines carry ids: no secrets, no personal data."""

from __future__ import annotations

import logging
import re

WAYS_IN = re.compile(r"(/(?:i|sign-in)/)[^\s\"'?#]+")
"""The part of an address that lets somebody in."""

ACCESS_LOGS = ("werkzeug", "eventlet.wsgi.server", "engineio.server", "socketio.server")


class Redact(logging.Filter):
    """Takes the tokens of invitations and sign-in links out of a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        redacted = redact(line)
        if redacted != line:
            record.msg, record.args = redacted, ()
        return True


def redact(text: str) -> str:
    """`text` without the tokens in its addresses."""
    return WAYS_IN.sub(r"\1…", text)


def init_app() -> None:
    """Puts the filter where lines come from, and on the handlers of today."""
    places: list[logging.Filterer] = [logging.getLogger(name) for name in ACCESS_LOGS]
    places += [*logging.getLogger().handlers, logging.getLogger("webapp")]
    for place in places:
        if not any(isinstance(present, Redact) for present in place.filters):
            place.addFilter(Redact())
