"""What a listener costs Janus: on a mountpoint, and as a muted participant of the bridge.

Run it with `python -m bench.bench_listeners [MOST]`. Listeners are WebRTC peers that connect and
then stop reading (`parts/idle_webrtc_listeners.py`); one more really listens, and tells how well it
is served. On until that one is served badly, or MOST (1200) listeners are there.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

import psutil

from bench.common import figure, load, ratio
from bench.parts.idle_webrtc_listeners import Frozen, come
from media.janus.session import JanusConnection
from media.mix_registry import Mixes
from media.seat_manager import Seats
from script.servers.janus import JanusServer
from tests.media.peers import Peer, Tone

STEPS = (10, 50, 100, 200, 300, 400, 600, 800, 1000, 1200)
SITTING = (10, 50, 100)
WINDOW_SECONDS = 8.0
PACKETS_A_SECOND = 50
UDP_AND_IP = 28
SERVED = 0.98
"""Of the packets of a listener: below it speech begins to break up."""

LEAST_RATIO = 3.0


@dataclass
class Probe:
    """A listener that listens."""

    peer: Peer

    async def received(self) -> int:
        receiver = self.peer.pc.getTransceivers()[0].receiver
        stats = await receiver.getStats()
        return sum(s.packetsReceived for s in stats.values() if s.type == "inbound-rtp")

    async def rate(self) -> float:
        """What comes to it, in kbit/s: SRTP and what carries it."""
        loop = asyncio.get_running_loop()
        begun, (packets, size) = loop.time(), await self._carried()
        await asyncio.sleep(WINDOW_SECONDS)
        packets_after, size_after = await self._carried()
        carried = size_after - size + (packets_after - packets) * UDP_AND_IP
        return carried * 8 / 1000 / (loop.time() - begun)

    async def _carried(self) -> tuple[int, int]:
        stats = await self.peer.pc.getTransceivers()[0].receiver.getStats()
        [carrier] = [s for s in stats.values() if s.type == "transport"]
        return carrier.packetsReceived, carrier.bytesReceived


async def window(janus: JanusServer, probe: Probe) -> tuple[float, float]:
    """CPU of Janus in percent of a core, and the part of its packets that the probe got."""
    process = psutil.Process(janus.pid)
    loop = asyncio.get_running_loop()
    begun, cpu, packets = loop.time(), process.cpu_times(), await probe.received()
    await asyncio.sleep(WINDOW_SECONDS)
    passed = loop.time() - begun
    after = process.cpu_times()
    used = after.user + after.system - cpu.user - cpu.system
    got = await probe.received() - packets
    return 100 * used / passed, got / passed / PACKETS_A_SECOND


async def grow(
    janus: JanusServer, seats: Seats, probe: Probe, how: str, steps: tuple[int, ...]
) -> dict[int, float]:
    """CPU by number of listeners, without the cost of the mix itself."""
    empty, _ = await window(janus, probe)
    figure(f"{how}: nobody but the speaker and one who listens", empty, "% of a core")
    there: list[Frozen] = []
    costs: dict[int, float] = {}
    for step in steps:
        more = [Frozen(seats, "mix", f"{how}{n}") for n in range(len(there), step)]
        await come(more, how)
        there += more
        used, served = await window(janus, probe)
        costs[step] = (used - empty) / step
        figure(f"{how}: {step} of them", used, f"% of a core; served {100 * served:.1f} %")
        figure(f"{how}: {step} of them, each", costs[step], "% of a core")
        if served < SERVED:
            print(f"{how}: it breaks here: {100 * (1 - served):.1f} % of the sound is missing")
            break
    for peer in there:
        await peer.leave()
    return costs


async def measure(most: int) -> bool:
    with JanusServer() as janus:
        connection = JanusConnection(janus.url, janus.api_secret, janus.admin_key)
        await connection.open()
        seats = Seats(Mixes(connection), lambda _event: None)
        speaker, listener = Peer(Tone(440)), Peer()
        answer = await seats.speak("mix", "speaker", await speaker.offer(), muted=False)
        await speaker.accept(answer)
        answer = await listener.answer(await seats.listen("mix", "probe"))
        await seats.answer("probe", answer, paused=False)
        await listener.more(48_000)
        probe = Probe(listener)
        figure("one listener, on the wire", await probe.rate(), "kbit/s")
        sitting = await grow(janus, seats, probe, "sit", SITTING)
        listening = await grow(
            janus, seats, probe, "listen", tuple(step for step in STEPS if step <= most)
        )
        await seats.close()
        await seats.mixes.close_all()
        await connection.close()
        for peer in (speaker, listener):
            await peer.close()
    compared = max(set(sitting) & set(listening))
    figure(f"listeners per core, from {compared}", 100 / listening[compared], "")
    figure("muted participants per core, from the same", 100 / sitting[compared], "")
    return ratio(
        "listeners per core against muted participants",
        sitting[compared] / listening[compared],
        LEAST_RATIO,
    )


def main() -> int:
    load()
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else STEPS[-1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
