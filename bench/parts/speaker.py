"""A speaker who is on stage through the product, with a tone for a voice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.parts.wire import Wire
from tests.media.peers import Peer, Tone


@asynccontextmanager
async def talking(host: Wire, hertz: float = 440.0) -> AsyncIterator[None]:
    """The host of a live Space talks."""
    peer = Peer(Tone(hertz))
    try:
        seat = await host.call("stage.offer", {"sdp": await peer.offer()})
        await peer.accept(seat["sdp"])
        await peer.more(4800)  # the mix comes back: Janus takes and gives sound
        yield
    finally:
        await peer.close()
