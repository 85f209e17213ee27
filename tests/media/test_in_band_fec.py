"""In-band FEC: each packet of the mix for listeners carries the gist of the one before."""

from __future__ import annotations

import asyncio
import socket

import numpy as np

from tests.media.peers import PATIENCE, Samples, Tone
from tests.media.rig import Rig

HEADER = 12  # bytes of RTP before the Opus
CODED_AS_SPEECH = 16  # kinds of Opus packets below this can carry the one before
ENOUGH = 50  # packets: a second of voice, of which pauses are not repeated
SYLLABLES = 2  # times a second that a voice comes and goes, halved


class Babble(Tone):
    """Has overtones, comes and goes as syllables do: what is steady counts as noise, and is not
    repeated."""

    def cycles(self, at: Samples) -> Samples:
        """The phase whose sine is the next sample."""
        voice = sum(np.sin(2 * np.pi * self.hertz * n * at) / n for n in range(1, 20)) / 2
        return np.arcsin(voice * np.sin(2 * np.pi * SYLLABLES * at) ** 2) / (2 * np.pi)


async def test_the_mix_for_listeners_repeats_each_packet_in_the_next(real: Rig, mix: str) -> None:
    await real.mixes.open(mix)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.setblocking(False)
        await real.mixes.bridge.forward_also(mix, ear.getsockname()[1])
        await real.sound(mix, "mouth", Babble(120))
        repeating = 0
        async with asyncio.timeout(PATIENCE):
            while repeating < ENOUGH:
                packet = await asyncio.get_running_loop().sock_recv(ear, 1500)
                repeating += repeats(packet[HEADER:])


def repeats(packet: bytes) -> bool:
    """Whether this Opus packet of 20 ms, mono, carries the one before (RFC 6716, 4.2.3)."""
    return packet[0] >> 3 < CODED_AS_SPEECH and bool(packet[1] & 0x40)
