"""What browsers measure of the sound that they play and send."""

from __future__ import annotations

from webapp.app.services import Core
from webapp.audio.quality.schemas import Batch
from webapp.audio.webrtc.seat_registry import LISTEN, TALK
from webapp.gating.event_dispatcher import Call, Reply, Sent

SEATS = {"seat": LISTEN, "stage": TALK}
"""The kind of seat that sound comes to. A stream in segments comes to none, and loses nothing."""


class Stats(Batch, Sent):
    """The means of the last few seconds."""


def register(core: Core, key: str) -> None:
    @core.sockets.on("listening.stats", Stats, key)
    def stats(call: Call, sent: Stats) -> Reply:
        sent_here = sent.received + sent.lost
        if sent_here and (kind := SEATS.get(sent.path)):
            core.sound.lost(call.slug, call.person.id, kind, sent.lost / sent_here)
        return {"score": round(core.quality.note(call.person, call.slug, sent), 2)}
