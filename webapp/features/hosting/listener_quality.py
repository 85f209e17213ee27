"""How the Space sounds to those who listen, told to those who run it."""

from __future__ import annotations

from webapp.app.services import Core
from webapp.audio.quality.events import HearingChanged
from webapp.gating.event_dispatcher import Call, Nothing, Reply
from webapp.http.errors import AppError
from webapp.spaces.models import HOST


def register(core: Core, key: str) -> None:
    core.events.subscribe(HearingChanged, lambda event: _tell(core, key, event.slug))

    @core.sockets.on("hosting.hearing", Nothing, key)
    def hearing(call: Call, _sent: Nothing) -> Reply:
        standing = core.spaces.standing(call.slug, call.person.id)
        if standing is None or not standing.runs:
            raise AppError("not_allowed")
        return core.quality.live(call.slug).model_dump()


def _tell(core: Core, key: str, slug: str) -> None:
    hearing = core.quality.live(slug).model_dump()
    for one in core.spaces.stage(slug):
        connection = core.presence.in_space(slug, one.id) if one.runs or one.role == HOST else None
        if connection is not None and key in connection.gates:
            core.tell.emit("hosting.hearing", hearing, connection.sid)
