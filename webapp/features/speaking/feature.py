"""Speaking: ask for the stage, be taken on it, speak, leave it.

Cut: back to listening, off the bridge. Drain: those on stage finish, nobody new asks.
"""

from __future__ import annotations

from collections.abc import Iterable

from webapp.accounts.models import Person
from webapp.app.services import Core
from webapp.features._shared.microphone import sound_check_routes
from webapp.gating.event_dispatcher import Call, Nothing
from webapp.gating.model import Folder
from webapp.spaces import events as happened

KEY = "web-speaking"


def init(core: Core) -> Folder:
    """Wires the feature and describes it."""
    _register(core)
    core.events.subscribe(happened.StandingChanged, lambda event: _tell_state(core, event))

    def involved() -> Iterable[tuple[Person, str]]:
        yield from sound_check_routes.involved(core)
        yield from core.everywhere.on_stage_or_asking()

    def close(person_id: str, slug: str) -> None:
        if not sound_check_routes.close(core, person_id, slug):
            core.stage.close_for(slug, person_id)

    return Folder(
        key=KEY,
        name="speaking",
        module="speaking.js",
        styles=("speaking.css",),
        shares=("_shared/microphone",),
        inside=lambda person_id, slug: core.stage.is_speaker(slug, person_id),
        involved=involved,
        close=close,
    )


def _register(core: Core) -> None:
    on = core.sockets.on

    @on("speaking.request", Nothing, KEY, entry=True, queue="speaking")
    def request(call: Call, _sent: Nothing) -> None:
        core.stage.ask(call.slug, call.person.id)

    @on("speaking.cancel", Nothing, KEY, after_disconnect=True, queue="speaking")
    def cancel(call: Call, _sent: Nothing) -> None:
        core.stage.cancel(call.slug, call.person.id)

    @on("speaking.leave", Nothing, KEY, after_disconnect=True, queue="speaking")
    def leave(call: Call, _sent: Nothing) -> None:
        core.stage.leave(call.slug, call.person.id)

    @on("speaking.where", Nothing, KEY)
    def where(call: Call, _sent: Nothing) -> dict[str, str]:
        return {"state": _state(core, call.slug, call.person.id)}


def _state(core: Core, slug: str, person_id: str) -> str:
    if core.stage.is_speaker(slug, person_id):
        return "accepted"
    return "asked" if core.stage.has_asked(slug, person_id) else "none"


def _tell_state(core: Core, event: happened.StandingChanged) -> None:
    """Tells somebody how it stands with their request, if they have this feature."""
    connection = core.presence.in_space(event.slug, event.person_id)
    if connection is None or KEY not in connection.gates or event.outcome == "closed":
        return
    state = event.outcome or _state(core, event.slug, event.person_id)
    core.tell.emit("speaking.state", {"state": state}, connection.sid)
