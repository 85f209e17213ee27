"""Whether the time of a refusal tells that a closed feature exists.

Run it with `python -m bench.bench_dark_timing`. Somebody outside asks for what is closed for them
and for what does not exist, in turns and in random order: over a socket with the slug of a live
Space, over one without, and by HTTP. Printed is the ratio of the medians of each pair: as the
outsider measures them, and of the web process' own CPU, on which others' work has little effect.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import aiohttp

from bench.common import at_most, cpu_time, figure, load
from bench.parts.product import live_space, product
from bench.parts.wire import Refused, Wire, wires
from tests.harness.house import House

PAIRS = 500
MOST = 1.05
ROUND_TRIP_MS = 0.4
"""The shortest that was measured on loopback."""

EVENTS = (
    ("hosting.people", "hostinz.people"),
    ("speaking.request", "speakinz.request"),
    ("space.join", "space.joim"),
    ("reactions.send", "reactionz.send"),
)

Ask = Callable[[str], Awaitable[object]]


async def pairs(ask: Ask, closed: str, unknown: str, chance: random.Random) -> tuple[float, float]:
    """The medians of both, in milliseconds."""
    took: dict[str, list[float]] = {closed: [], unknown: []}
    for number in range(PAIRS + PAIRS // 10):
        for one in chance.sample((closed, unknown), 2):
            begun = perf_counter()
            await ask(one)
            if number >= PAIRS // 10:  # the first ones warm up
                took[one].append((perf_counter() - begun) * 1000)
    return median(took[closed]), median(took[unknown])


def cpu_pairs(
    ask: Callable[[str], object], closed: str, unknown: str, chance: random.Random
) -> tuple[float, float]:
    """The medians of both, in milliseconds of CPU of a process that does nothing else."""
    took: dict[str, list[float]] = {closed: [], unknown: []}
    for _ in range(PAIRS):
        for one in chance.sample((closed, unknown), 2):
            took[one].append(cpu_time(partial(ask, one)) * 1000)
    return median(took[closed]), median(took[unknown])


def judge_cpu(name: str, medians: tuple[float, float]) -> bool:
    """An event is refused in microseconds, of which nobody can measure one: what counts is the part
    of a round trip."""
    closed, unknown = medians
    figure(f"{name}: unknown", unknown, "ms of CPU")
    apart = abs(closed - unknown) / max(unknown, ROUND_TRIP_MS)
    return at_most(f"{name}: closed is apart by", 1 + apart, MOST)


def judge(name: str, medians: tuple[float, float]) -> bool:
    closed, unknown = medians
    figure(f"{name}: unknown", unknown, "ms")
    return at_most(f"{name}: further from it by", max(closed, unknown) / min(closed, unknown), MOST)


def event_asker(wire: Wire) -> Ask:
    async def ask(event: str) -> None:
        with suppress(Refused):
            await wire.call(event, {})

    return ask


def measure_cpu() -> bool:
    chance = random.Random(1)
    met: list[bool] = []
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), flood_factor=100_000)
        outsider = house.guest("Oscar", "public")
        _host, slug = house.space()
        for name, page in (("with a live Space", slug), ("without a slug", None)):
            sid = house.tab(outsider, page).sid

            def dispatch(event: str, sid: str = sid) -> object:
                return house.core.sockets.dispatch(sid, event, ({},))

            for closed, unknown in EVENTS:
                met.append(
                    judge_cpu(f"CPU, {closed} {name}", cpu_pairs(dispatch, closed, unknown, chance))
                )
        browser = house.browser(outsider)
        for closed in (f"/spaces/{slug}", "/hls/a/b/c", "/check"):
            unknown = closed.replace("/", "/nev", 1)
            met.append(judge_cpu(f"CPU, {closed}", cpu_pairs(browser.get, closed, unknown, chance)))
        house.close()
    return all(met)


async def measure() -> bool:
    chance = random.Random(1)
    met: list[bool] = []
    with product(flood_factor=100_000) as app:
        outsider = app.person("Oscar", "public")
        async with wires(app.base_url) as opened:
            _host, slug = await live_space(app, opened)
            for name, page in (("with a live Space", slug), ("without a slug", None)):
                ask = event_asker(await opened.open(outsider.header, slug=page))
                for closed, unknown in EVENTS:
                    medians = await pairs(ask, closed, unknown, chance)
                    met.append(judge(f"{closed} {name}", medians))
            async with aiohttp.ClientSession(headers=outsider.header) as client:

                async def get(path: str) -> None:
                    async with client.get(app.base_url + path) as answer:
                        assert answer.status == 404, (path, answer.status)
                        await answer.read()

                for closed in (f"/spaces/{slug}", "/hls/a/b/c", "/check"):
                    unknown = closed.replace("/", "/nev", 1)
                    met.append(judge(closed, await pairs(get, closed, unknown, chance)))
    return all(met)


if __name__ == "__main__":
    load()
    sys.exit(0 if all([measure_cpu(), asyncio.run(measure())]) else 1)
