"""Everything that can go wrong with sound, as one tree.

    SoundError
    |-- JanusUnreachable     no connection to Janus now (it is being sought meanwhile)
    |   `-- JanusTimeout     connected, but no answer within the time limit
    |-- JanusRefused         Janus answered with an error (``code``, ``reason``)
    |-- HandleGone           the handle is no more: hung up, detached, or its janus_session ended
    |-- SeatGone             there is no such seat (any more)
    |-- MixGone              the mix was closed meanwhile
    `-- TooManySeats         the process holds as many seats as it may

Callers outside ``media`` need two cases: SeatGone (negotiate anew) and SoundError (try later).
"""

from __future__ import annotations


class SoundError(Exception):
    """Base of all errors of ``media``."""


class JanusUnreachable(SoundError):
    """There is no connection to Janus now."""


class JanusTimeout(JanusUnreachable):
    """Janus did not answer within the time limit of one request."""


class JanusRefused(SoundError):
    """Janus answered with an error. ``code`` as in apierror.h or the plugin's documentation."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code = code
        self.reason = reason


class HandleGone(SoundError):
    """A request on a handle that Janus no longer has."""


class SeatGone(SoundError):
    """There is no such seat, or it was left or replaced while the request was under way."""


class MixGone(SoundError):
    """The mix was closed while it was needed."""


class TooManySeats(SoundError):
    """The limit of seats of this process is reached."""
