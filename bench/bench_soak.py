"""Janus' memory after a thousand joins, moves and leaves in random order.

Run it with `python -m bench.bench_soak`. People are real peer connections (aiortc) on our seats and
a real Janus: they listen, pause, go on stage, mute, leave it, restart ICE, come back, and go. After
a warm-up everybody leaves, and what Janus holds resident is noted; after a thousand more steps,
when everybody has left again, it is looked at once more. The baseline is the same time without a
step.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import psutil

from bench.common import at_most, figure, load
from media.errors import SoundError
from media.events import SeatEvent
from media.janus.session import JanusConnection
from media.mix_registry import Mixes
from media.seat_manager import Seats
from script.servers.janus import JanusServer
from tests.media.peers import Peer, Tone
from tests.media.rig import NOTHING, connection_to

WARM_UP = 1_000
STEPS = 1_000
PEOPLE = 16
MIXES = 3
MOST_GROWTH = 1.05
SEED = 7
REST_SECONDS = 5


class Crowd:
    """People who do something at random; who does not fit in at the moment does something else."""

    def __init__(self, seats: Seats, chance: random.Random) -> None:
        self._seats = seats
        self._chance = chance
        self._peers: dict[str, Peer] = {}
        self.done = 0

    async def step(self, person: int) -> None:
        mix = f"soak{person % MIXES}"
        ear, mouth = f"{mix}.{person}.listen", f"{mix}.{person}.talk"
        ways: dict[str, list[Callable[[], Awaitable[object]]]] = {
            "out": [lambda: self._listen(mix, ear)],
            "hearing": [
                lambda: self._seats.pause(ear),
                lambda: self._seats.start(ear),
                lambda: self._listen(mix, ear),
                lambda: self._speak(mix, mouth),
                lambda: self._leave(ear),
            ],
            "talking": [
                lambda: self._seats.mute(mouth, self._chance.random() < 0.5),
                lambda: self._speak(mix, mouth),
                lambda: self._leave(mouth),
                lambda: self._leave(mouth),
            ],
        }
        where = "talking" if mouth in self._peers else "hearing" if ear in self._peers else "out"
        with suppress(SoundError):  # a seat that was lost meanwhile is taken anew
            await self._chance.choice(ways[where])()
        self.done += 1

    async def go(self) -> None:
        """Everybody."""
        for seat in list(self._peers):
            await self._leave(seat)

    async def _listen(self, mix: str, seat: str) -> None:
        peer = await self._fresh(seat, Peer())
        answer = await peer.answer(await self._seats.listen(mix, seat))
        await self._seats.answer(seat, answer, paused=self._chance.random() < 0.5)

    async def _speak(self, mix: str, seat: str) -> None:
        peer = await self._fresh(seat, Peer(Tone(440)))
        await peer.accept(await self._seats.speak(mix, seat, await peer.offer(), muted=False))

    async def _fresh(self, seat: str, peer: Peer) -> Peer:
        before = self._peers.get(seat)
        self._peers[seat] = peer
        if before is not None:
            await before.close()
        return peer

    async def _leave(self, seat: str) -> None:
        await self._seats.leave(seat)
        await self._peers.pop(seat).close()


async def steps(crowd: Crowd, how_many: int) -> None:
    """Several people at once, each one step after the other; then everybody goes."""
    end = crowd.done + how_many

    async def one(person: int) -> None:
        while crowd.done < end:
            await crowd.step(person)

    await asyncio.gather(*(one(person) for person in range(PEOPLE)))
    await crowd.go()


async def at_rest(seats: Seats, janus: psutil.Process) -> float:
    """MB that Janus holds when it has nothing of ours any more, and its threads have ended."""
    while await seats.audit() != NOTHING:
        await asyncio.sleep(0.2)
    await asyncio.sleep(REST_SECONDS)
    return float(janus.memory_info().rss) / 1e6


def ignore(_: SeatEvent) -> None:
    """Nobody is told."""


async def measure(server: JanusServer) -> None:
    janus = psutil.Process(server.pid)
    connection: JanusConnection = connection_to(server)
    await connection.open()
    seats = Seats(Mixes(connection, linger=0.1), ignore)
    figure("Janus, empty", await at_rest(seats, janus), "MB")
    crowd = Crowd(seats, random.Random(SEED))
    await steps(crowd, WARM_UP)
    before = await at_rest(seats, janus)
    figure(f"Janus after {WARM_UP:,} steps, empty again", before, "MB")
    after_rest = await at_rest(seats, janus)
    figure("baseline: the same, without a step", after_rest / before, "x")
    await steps(crowd, STEPS)
    after = await at_rest(seats, janus)
    figure(f"Janus after {STEPS:,} more, empty again", after, "MB")
    at_most("growth over the thousand", after / before, MOST_GROWTH)
    audit = await seats.audit()
    figure("handles, rooms, mountpoints left", audit.handles + len(audit.rooms), "")
    figure("descriptors that Janus has open", janus.num_fds(), "")
    await connection.close()


def main() -> int:
    with JanusServer() as server:
        asyncio.run(measure(server))
    load()
    return 0


if __name__ == "__main__":
    sys.exit(main())
