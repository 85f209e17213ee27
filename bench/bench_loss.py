"""Speech at a listener whose network loses 10 % of all packets: with loss protection, and without.

Run it with `python -m bench.bench_loss`, as root (a network of the listener's own). One person says
the same into two mixes of one Janus: one expects the product's share of loss, so that Opus repeats
each packet's gist in the next (in-band FEC), the other expects none. One page hears both at the
same time, through the same network, which drops at random what comes in over UDP. The score is
media/emodel.py's (E-model, G.107), of what the decoder had to make up.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Page

from bench.common import figure, load, ratio
from bench.parts.browser import chromium
from bench.parts.network import Network, network
from media.emodel import score
from media.events import SeatEvent
from media.janus.audiobridge import RoomSettings
from media.janus.session import JanusConnection
from media.mix_registry import Mixes
from media.seat_manager import Seats
from script.servers.janus import JanusServer
from tests.e2e.speech import Speech, recorded_speech
from tests.media.peers import RATE, Peer, Samples, Tone

LOSS = 10
SECONDS = 40
LEAST = 3.5
WAYS = {"protected": RoomSettings(), "unprotected": RoomSettings(expected_loss=0)}

HEAR = """async ([name, sdp]) => {
  const peer = new RTCPeerConnection();
  (window.heard ??= {})[name] = peer;
  peer.ontrack = ({ streams }) => Object.assign(new Audio(), { srcObject: streams[0] }).play();
  await peer.setRemoteDescription({ type: "offer", sdp });
  await peer.setLocalDescription();
  await new Promise((done) => {
    peer.onicecandidate = ({ candidate }) => candidate || done();
    setTimeout(done, 1000);
  });
  return peer.localDescription.sdp;
}"""
STATS = """async (name) => {
  const all = [...(await heard[name].getStats()).values()];
  const inbound = all.find((entry) => entry.type === "inbound-rtp");
  const pair = all.find((entry) => entry.type === "candidate-pair" && entry.nominated);
  return { ...inbound, rtt: pair?.currentRoundTripTime ?? 0 };
}"""


class Saying(Tone):
    """A speech, over and over."""

    def __init__(self, speech: Speech) -> None:
        super().__init__(0.0, level=1.0)
        self._speech = speech.samples

    def cycles(self, at: Samples) -> Samples:
        """The phase whose sine is the speech's next sample."""
        places = np.rint(at * RATE).astype(int) % len(self._speech)
        return np.arcsin(self._speech[places]) / (2 * np.pi)


def ignore(_: SeatEvent) -> None:
    """Nobody is told."""


async def join(seats: Seats, name: str, speech: Speech, page: Page) -> Peer:
    speaker = Peer(Saying(speech))
    await speaker.accept(await seats.speak(name, "mouth", await speaker.offer(), muted=False))
    answer = await page.evaluate(HEAR, [name, await seats.listen(name, "ear")])
    await seats.answer("ear", answer, paused=False)
    return speaker


def scored(before: dict[str, Any], after: dict[str, Any]) -> tuple[float, float, float]:
    """Score, share of packets lost, share of sound that was made up."""

    def more(name: str) -> float:
        return float(after.get(name, 0) - before.get(name, 0))

    made_up = more("concealedSamples") / more("totalSamplesReceived")
    lost = more("packetsLost") / (more("packetsLost") + more("packetsReceived"))
    buffer_ms = 1000 * more("jitterBufferDelay") / max(1.0, more("jitterBufferEmittedCount"))
    return score(made_up, buffer_ms=buffer_ms, round_trip_ms=1000 * after["rtt"]), lost, made_up


async def listen(page: Page, air: Network, loss: int) -> dict[str, tuple[float, float, float]]:
    air.lose(loss)
    await asyncio.sleep(3)
    before = {name: await page.evaluate(STATS, name) for name in WAYS}
    await asyncio.sleep(SECONDS)
    after = {name: await page.evaluate(STATS, name) for name in WAYS}
    return {name: scored(before[name], after[name]) for name in WAYS}


async def measure(janus: JanusServer, air: Network, speech: Speech) -> None:
    connections = {
        name: JanusConnection(janus.url, janus.api_secret, janus.admin_key) for name in WAYS
    }
    async with chromium(program=air.program("/usr/bin/chromium")) as browser:
        page = await browser.new_page()
        peers = []
        for name, room in WAYS.items():
            await connections[name].open()
            seats = Seats(Mixes(connections[name], room=room), ignore)
            peers.append(await join(seats, name, speech, page))
        clean = await listen(page, air, 0)
        lossy = await listen(page, air, LOSS)
        for peer in peers:
            await peer.close()
    for connection in connections.values():
        await connection.close()
    for name in WAYS:
        figure(f"baseline, no loss, {name}: score", clean[name][0], "")
        mean, lost, made_up = lossy[name]
        figure(f"{name}: packets lost", 100 * lost, "%")
        figure(f"{name}: sound made up", 100 * made_up, "%")
        figure(f"{name}: score", mean, "")
    ratio("score with protection", lossy["protected"][0], LEAST)
    ratio("against without", lossy["protected"][0] / lossy["unprotected"][0], 1.0)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, network() as air, JanusServer() as janus:
        asyncio.run(measure(janus, air, recorded_speech(Path(folder))))
    load()
    return 0


if __name__ == "__main__":
    sys.exit(main())
