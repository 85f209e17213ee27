"""Events of listening: entering a Space, and the listening seat."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from webapp.app.services import Core
from webapp.audio.webrtc.turn_credentials import ice_servers
from webapp.features.listening.first_sound_metric import counting_failures
from webapp.features.listening.space_notifier import News
from webapp.gating.event_dispatcher import Call, Nothing, Reply, Sent
from webapp.http.errors import AppError
from webapp.spaces import events as happened
from webapp.spaces.sdp_schemas import CandidateSent, Sdp, Seat

Slug = Field(pattern=r"^[a-z0-9]{1,16}$")


class Join(Sent):
    slug: str = Slug


class Answer(Sent):
    seat: Seat
    sdp: Sdp


def register(core: Core, key: str, news: News) -> None:
    on = core.sockets.on

    @on("lobby.list", Nothing, key)
    def lobby(_call: Call, _sent: Nothing) -> Reply:
        return news.lobby()

    @on("space.join", Join, key, queue="space")
    def join(call: Call, sent: Join) -> Reply:
        # Whoever may finish in one Space does not begin in another.
        if not core.gating.admits(call.person, key, sent.slug):
            raise AppError("unknown_event")
        with core.spaces.lock(sent.slug, call.person.id):
            space, standing = core.spaces.join(call.person, sent.slug)
            replaced = core.presence.enter(call.connection, sent.slug)
        core.sound.places.see(sent.slug, call.person.id)
        core.events.publish(happened.Joined(sent.slug, call.person.id))
        if replaced is not None and replaced is not call.connection:
            core.tell.emit("space.elsewhere", {}, replaced.sid)
            core.gating.update(replaced)
        core.gating.update(call.connection)
        told: dict[str, Any] = space.model_dump(mode="json")
        told["seconds"] = news.seconds_left(space)
        held = core.sound.held(sent.slug, call.person.id)
        held += ["late"] * core.hls.holds(sent.slug, call.person.id)
        ice = ice_servers(core.settings, core.clock(), call.person.id)
        return {"space": told, "me": standing.as_event(), "held": held, "ice": ice}

    @on("space.leave", Nothing, key, after_disconnect=True, queue="space")
    def leave(call: Call, _sent: Nothing) -> None:
        core.spaces.leave(call.slug, call.person.id)
        core.presence.leave(call.connection)
        core.gating.update(call.connection)

    _register_seat(core, key)


def _register_seat(core: Core, key: str) -> None:
    """The seat, or the address of those for whom there is none."""
    on = core.sockets.on

    @on("listening.warm", Nothing, key)
    def warm(call: Call, _sent: Nothing) -> Reply:
        variant = call.connection.gates.get(key)
        with counting_failures(core, call):
            address = core.hls.address(call.slug, call.person.id, variant)
            if address is not None:
                return {"address": address}
            seat, sdp = core.sound.warm(call.slug, call.person.id)
        return {"seat": seat, "sdp": sdp}

    @on("listening.restart", Nothing, key)
    def restart(call: Call, _sent: Nothing) -> Reply:
        seat, sdp = core.sound.renegotiate(call.slug, call.person.id)
        return {"seat": seat, "sdp": sdp}

    @on("listening.answer", Answer, key)
    def answer(call: Call, sent: Answer) -> None:
        with counting_failures(core, call):
            core.sound.answer(call.slug, call.person.id, sent.seat, sent.sdp)

    @on("listening.candidate", CandidateSent, key)
    def candidate(call: Call, sent: CandidateSent) -> None:
        core.sound.candidate(call.slug, call.person.id, sent.seat, sent.content)

    @on("listening.start", Nothing, key, queue="listening")
    def start(call: Call, _sent: Nothing) -> None:
        # The sound first: the tap is waiting for it.
        with counting_failures(core, call):
            core.sound.start(call.slug, call.person.id)
        core.hls.hears(call.slug, call.person.id)
        core.spaces.set_listening(call.slug, call.person.id, True)
        core.sound.settle_listening(call.slug, call.person.id)

    @on("listening.stop", Nothing, key, after_disconnect=True, queue="listening")
    def stop(call: Call, _sent: Nothing) -> None:
        core.spaces.set_listening(call.slug, call.person.id, False)
        core.sound.stop(call.slug, call.person.id)
        core.hls.end(call.slug, call.person.id)
