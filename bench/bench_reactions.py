"""Reactions of a full Space: what each person gets, how late, and what it costs the web process.

Run it with `python -m bench.bench_reactions`. The other side is a server on the same stack that
broadcasts every reaction by itself (bench/parts/broadcaster.py), to as many people, at a rate that
it can keep up with; what one reaction costs is compared. The two take turns.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median
from time import perf_counter
from typing import Any

import psutil

from bench.common import at_most, figure, load, percentile, ratio
from bench.parts.product import live_space, people, product
from bench.parts.wire import Wire, Wires, a_few_at_once, wires
from tests.harness.server import RunningApp

PEOPLE = 500
PER_SECOND = 500
PER_SECOND_BROADCAST = 10
ROUNDS = 3
ROUND_SECONDS = 6.0
TICK_SECONDS = 0.01
PROBE_SECONDS = 0.61
"""Between two reactions whose way is followed; not a multiple of any frame."""

CROWD = ("❤️", "👏", "😂", "🎉")
PROBE = "🤔"

MOST_FRAMES = 5.0
MOST_DELIVERY_MS = 300.0
MOST_CORE_PERCENT = 25.0
LEAST_TIMES_CHEAPER = 20.0


@dataclass
class Crowd:
    """People who react, and what they get."""

    wires: list[Wire]
    frames: list[int] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)
    probe_at: float | None = None

    def __post_init__(self) -> None:
        self.frames = [0] * len(self.wires)
        for number, wire in enumerate(self.wires):
            wire.on_event = lambda event, data, at, n=number: self._take(n, event, data, at)

    def _take(self, number: int, event: str, data: Any, at: float) -> None:
        if event != "reactions.frame":
            return
        self.frames[number] += 1
        if self.probe_at is not None and any(item["emoji"] == PROBE for item in data["items"]):
            self.delivered.append(at - self.probe_at)

    async def react(self, per_second: float, seconds: float) -> int:
        """They react in turn, evenly; returns how often."""
        begun, done, turn = perf_counter(), 0, cycle(self.wires[1:])
        while (passed := perf_counter() - begun) < seconds:
            while done < passed * per_second:
                await next(turn).ask("reactions.send", {"emoji": CROWD[done % len(CROWD)]})
                done += 1
            await asyncio.sleep(TICK_SECONDS)
        return done

    async def probe(self, seconds: float) -> None:
        """One of them reacts in a way of its own, whose arrival everywhere is noted."""
        for _ in range(int(seconds / PROBE_SECONDS)):
            self.probe_at = perf_counter()
            await self.wires[0].ask("reactions.send", {"emoji": PROBE})
            await asyncio.sleep(PROBE_SECONDS)
        self.probe_at = None


def used(pid: int) -> float:
    """CPU seconds of a process so far."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def our_round(app: RunningApp, crowd: Crowd) -> tuple[float, float, float]:
    """Share of a core, CPU seconds per reaction, frames per second of who got most."""
    crowd.frames = [0] * len(crowd.wires)
    before, begun = used(app.pid), perf_counter()
    done, _ = await asyncio.gather(
        crowd.react(PER_SECOND, ROUND_SECONDS), crowd.probe(ROUND_SECONDS)
    )
    spent, passed = used(app.pid) - before, perf_counter() - begun
    return spent / passed, spent / done, max(crowd.frames) / passed


async def their_round(pid: int, crowd: Crowd) -> float:
    """CPU seconds per reaction."""
    before = used(pid)
    done = await crowd.react(PER_SECOND_BROADCAST, ROUND_SECONDS)
    return (used(pid) - before) / done


@contextmanager
def broadcaster() -> Iterator[tuple[int, str]]:
    """The other side's process: its id and address."""
    command = [sys.executable, "-m", "bench.parts.broadcaster"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.pid, f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


async def our_crowd(app: RunningApp, opened: Wires) -> Crowd:
    _host, slug = await live_space(app, opened)
    connected = await opened.open_all(visitor.header for visitor in people(app, PEOPLE))
    await a_few_at_once(wire.call("space.join", {"slug": slug}) for wire in connected)
    return Crowd(connected)


async def measure(app: RunningApp, their_pid: int, their_url: str) -> None:
    shares, ours, theirs, frames = [], [], [], []
    async with wires(app.base_url) as opened, wires(their_url, compress=0) as opened_there:
        mine = await our_crowd(app, opened)
        other = Crowd(await opened_there.open_all({} for _ in range(PEOPLE)))
        await asyncio.sleep(2)
        for _ in range(ROUNDS):
            share, each, most = await our_round(app, mine)
            shares.append(share)
            ours.append(each)
            frames.append(most)
            theirs.append(await their_round(their_pid, other))
    report(mine, shares, ours, theirs, frames)


def report(
    crowd: Crowd,
    shares: list[float],
    ours: list[float],
    theirs: list[float],
    frames: list[float],
) -> None:
    load()
    figure("people, each reacting once a second", PEOPLE, "")
    figure("deliveries followed", len(crowd.delivered), "")
    at_most("frames per person", max(frames), MOST_FRAMES, "per second")
    figure("delivery, median", median(crowd.delivered) * 1000, "ms")
    at_most("delivery, p95", percentile(crowd.delivered, 95) * 1000, MOST_DELIVERY_MS, "ms")
    at_most("web process", median(shares) * 100, MOST_CORE_PERCENT, "% of a core")
    figure("CPU of one reaction, frames", median(ours) * 1000, "ms")
    figure("CPU of one reaction, a broadcast each", median(theirs) * 1000, "ms")
    ratio("a broadcast each / frames", median(theirs) / median(ours), LEAST_TIMES_CHEAPER)


def main() -> int:
    with product() as app, broadcaster() as (pid, url):
        asyncio.run(measure(app, pid, url))
    return 0


if __name__ == "__main__":
    sys.exit(main())
