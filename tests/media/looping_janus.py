"""Brings the AudioBridge of a Janus before 1.3.1 into its endless loop, past the product."""

from __future__ import annotations

import pytest

from media.errors import JanusTimeout
from media.janus import audiobridge
from media.janus.audiobridge import Bridge
from media.janus.session import JanusConnection
from media.sdp import SanitizedSdp
from tests.harness.session_descriptions import LEVEL, recorded

LOOPING_OFFER = SanitizedSdp(f"{recorded('chromium-offer')}a=extmap:-3 {LEVEL}\r\n")


async def make_audiobridge_loop(connection: JanusConnection, room: str = "loop") -> None:
    """Returns when the AudioBridge has not answered. Fails on a Janus that is mended."""
    await Bridge(connection).create(room)
    handle = await connection.attach(audiobridge.PLUGIN, lambda _: None)
    with pytest.raises(JanusTimeout):
        await audiobridge.join(handle, room, "looping", LOOPING_OFFER, muted=True)
