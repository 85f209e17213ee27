"""What everybody on stage can do with their microphone, whichever feature brought them there."""

from __future__ import annotations

from pydantic import Field

from webapp.app.services import Core
from webapp.features._shared.microphone import sound_check_routes
from webapp.gating.event_dispatcher import Call, Reply, Sent
from webapp.http.errors import AppError
from webapp.spaces.sdp_schemas import CandidateSent, Sdp


class Offer(Sent):
    sdp: Sdp


class Mute(Sent):
    """`n`: sequence number of the request, above the one in the last `space.me`. Without it the
    request counts as the newest."""

    muted: bool
    n: int | None = Field(default=None, ge=1, le=2**53 - 1)


def register(core: Core, *keys: str) -> None:
    """Registers the events of the stage behind any of the gates `keys`."""
    sound_check_routes.register(core, *keys)
    on = core.sockets.on

    @on("stage.offer", Offer, *keys)
    def offer(call: Call, sent: Offer) -> Reply:
        standing = core.spaces.standing(call.slug, call.person.id)
        if standing is None or standing.role == "listener":
            raise AppError("not_on_stage")
        seat, sdp = core.sound.publish(call.slug, call.person.id, sent.sdp, standing.muted)
        return {"seat": seat, "sdp": sdp}

    @on("stage.restart", Offer, *keys)
    def restart(call: Call, sent: Offer) -> Reply:
        seat, sdp = core.sound.republish(call.slug, call.person.id, sent.sdp)
        return {"seat": seat, "sdp": sdp}

    @on("stage.candidate", CandidateSent, *keys)
    def candidate(call: Call, sent: CandidateSent) -> None:
        core.sound.candidate(call.slug, call.person.id, sent.seat, sent.content)

    @on("stage.mute", Mute, *keys, after_disconnect=True, queue="stage")
    def mute(call: Call, sent: Mute) -> Reply:
        core.stage.mute(call.slug, call.person.id, sent.muted, sent.n)
        standing = core.spaces.standing(call.slug, call.person.id)
        if sent.n is None or standing is None:
            return {"muted": sent.muted}
        # A request that came late has changed nothing: this is what holds.
        return {"muted": standing.muted, "n": standing.n}
