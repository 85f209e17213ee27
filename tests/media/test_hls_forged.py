"""What an encoder for HLS hears: the bridge's forwarder, and nobody else. A forged packet from this
machine itself does not end the sound for good."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from media.hls_encoder import noted_in
from media.hls_streams import Streams
from tests.media.peers import PACKET, RATE, Tone, has_tone
from tests.media.rig import Rig, eventually
from tests.media.test_hls_streams import HERTZ, encoders, heard, segments, speaks, streams

pytestmark = pytest.mark.server

__all__ = ["streams"]

FORGED_HERTZ = 1500.0
JUMPS = [2**28, 2**30]
"""Of a time stamp, at 48 kHz: 1.6 and 6.2 hours. ffmpeg works out the silence before it writes any:
for the longer one it writes nothing for seconds first."""


async def opus_packets(hertz: float) -> AsyncIterator[bytes]:
    """A tone, packet by packet, in real time."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "s16"
    tone = Tone(hertz)
    while True:
        for packet in encoder.encode(await tone.recv()):
            yield bytes(packet)


def rtp(number: int, timestamp: int, payload: bytes) -> bytes:
    """A packet of the mix's payload type (RFC 3550, section 5.1)."""
    return struct.pack("!BBHII", 0x80, 100, number % 2**16, timestamp % 2**32, 7) + payload


def other_addresses() -> Iterator[str]:
    """Addresses of this machine beside 127.0.0.1: one of loopback, and those of its networks."""
    yield "127.0.0.2"
    for addresses in psutil.net_if_addrs().values():
        for address in addresses:
            if address.family == socket.AF_INET and not address.address.startswith("127."):
                yield address.address


def port_of(streams: Streams, mix: str) -> int:
    noted = noted_in(streams.folder_of(mix))
    assert noted is not None
    return noted.port


def numbers(folder: Path) -> list[int]:
    return [int(name.removesuffix(".m4s")) for name in segments(folder)]


async def test_encoder_listens_on_loopback_only(
    real: Rig, streams: Streams, mix: str, tmp_path: Path
) -> None:
    await real.sound(mix, "speaker", HERTZ)
    await streams.hold(mix)
    await speaks(streams.folder_of(mix))
    (pid,) = encoders(tmp_path)
    sockets = psutil.Process(pid).net_connections(kind="inet")
    port = port_of(streams, mix)
    assert sorted(each.laddr for each in sockets) == [("127.0.0.1", port), ("127.0.0.1", port + 1)]


async def test_packets_from_other_addresses_are_not_heard(
    real: Rig, streams: Streams, mix: str
) -> None:
    await real.sound(mix, "speaker", HERTZ)
    began = time.monotonic()
    await streams.hold(mix)
    folder = streams.folder_of(mix)
    await speaks(folder)
    port, first = port_of(streams, mix), numbers(folder)[-1]
    forged = asyncio.create_task(forge(port, began))
    heard_since: dict[int, np.ndarray] = {}
    async with asyncio.timeout(20):
        while numbers(folder)[-1] < first + 6:
            heard_since[numbers(folder)[-1]] = heard(folder).astype(float)
            await asyncio.sleep(0.2)
    assert not forged.done(), "it went on all the time"
    forged.cancel()
    assert port_of(streams, mix) == port, "the encoder was replaced"
    for number, samples in heard_since.items():
        middle = samples[RATE // 4 : RATE // 2]
        assert has_tone(middle, HERTZ), number


async def forge(port: int, began: float) -> None:
    """What somebody sends who knows since when there is this encoder: the forwarder counts from 0,
    and who is a little ahead of it is heard in its place. Lasts until it is cancelled."""
    ahead = int(50 * (time.monotonic() - began)) + 150
    with ExitStack() as forgers:
        targets = []
        for source in other_addresses():
            forger = forgers.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            forger.bind((source, 0))
            targets += [(forger, to) for to in {"127.0.0.1", source}]
        async for payload in opus_packets(FORGED_HERTZ):
            for forger, to in targets:
                with suppress(ConnectionRefusedError):  # told of the packet before
                    forger.sendto(rtp(ahead, ahead * PACKET, payload), (to, port))
            ahead += 1


@pytest.mark.parametrize("jump", JUMPS)
async def test_forged_time_stamp_from_this_machine_does_not_end_the_sound(
    real: Rig, streams: Streams, mix: str, tmp_path: Path, jump: int
) -> None:
    await real.sound(mix, "speaker", HERTZ)
    await streams.hold(mix)
    folder = streams.folder_of(mix)
    await speaks(folder)
    before, number = encoders(tmp_path), 1000
    with socket.socket(type=socket.SOCK_DGRAM) as forger:
        forger.bind(("127.0.0.1", 0))
        async for payload in opus_packets(FORGED_HERTZ):
            packet = rtp(number, jump + number * PACKET, payload)
            forger.sendto(packet, ("127.0.0.1", port_of(streams, mix)))
            number += 1
            if number == 1003:
                break

    async def replaced() -> bool:
        return encoders(tmp_path) not in ([], before)

    await eventually(replaced, True)
    last = numbers(folder)[-1]
    await speaks(folder)
    assert numbers(folder)[-1] >= last, "players go on in the same playlist"
    assert all(later == sooner + 1 for sooner, later in pairwise(numbers(folder)))
