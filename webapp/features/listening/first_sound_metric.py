"""How it went with those who wanted to listen: when they first heard something, or that they did
not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field

from media.errors import SoundError
from webapp.app.services import Core
from webapp.experiments.outcome_kinds import FIRST_SOUND, JOIN_FAILED
from webapp.gating.event_dispatcher import Call, Sent


class Heard(Sent):
    """`ms` after the tap, as the browser has measured it; None: nothing came."""

    ms: int | None = Field(ge=0, le=60_000)


def register(core: Core, key: str) -> None:
    @core.sockets.on("listening.heard", Heard, key)
    def heard(call: Call, sent: Heard) -> None:
        if sent.ms is None:
            core.figures.outcome(call.person, JOIN_FAILED, 1, call.slug)
        else:
            core.figures.outcome(call.person, FIRST_SOUND, sent.ms, call.slug)


@contextmanager
def counting_failures(core: Core, call: Call) -> Iterator[None]:
    """What fails here has kept somebody from hearing a Space."""
    try:
        yield
    except (SoundError, TimeoutError):
        core.figures.outcome(call.person, JOIN_FAILED, 1, call.slug)
        raise
