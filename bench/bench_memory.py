"""How much memory the web process takes: idle, and for each person who is connected.

Run it with `python -m bench.bench_memory`. The people are in a live Space, over WebSockets that
offer compression as browsers' do.
"""

from __future__ import annotations

import asyncio
import sys

import psutil

from bench.common import at_most, figure
from bench.parts.product import live_space, people, product
from bench.parts.wire import Wires, a_few_at_once, wires
from tests.harness.server import RunningApp, Visitor

FIRST, MORE = 100, 1000
SETTLED_SECONDS = 3.0
"""Longer than what the product does late when somebody comes: counts, lists."""

MOST_IDLE_MB = 140.0
MOST_PERSON_KB = 60.0


def resident(app: RunningApp) -> float:
    """Resident memory of the web process in bytes."""
    return float(psutil.Process(app.pid).memory_info().rss)


def proportional(app: RunningApp) -> float:
    """The same, with each shared page counted in part."""
    return float(psutil.Process(app.pid).memory_full_info().pss)


async def come(opened: Wires, visitors: list[Visitor], slug: str) -> None:
    """They all connect and enter the Space."""
    connected = await opened.open_all(visitor.header for visitor in visitors)
    await a_few_at_once(wire.call("space.join", {"slug": slug}) for wire in connected)
    await asyncio.sleep(SETTLED_SECONDS)


async def measure(app: RunningApp) -> bool:
    figure("web process, idle, PSS", proportional(app) / 2**20, "MB")
    met = at_most("web process, idle, RSS", resident(app) / 2**20, MOST_IDLE_MB, "MB")
    visitors = people(app, FIRST + MORE)
    async with wires(app.base_url) as opened:
        _host, slug = await live_space(app, opened)
        await come(opened, visitors[:FIRST], slug)
        before = resident(app)
        await come(opened, visitors[FIRST:], slug)
        after = resident(app)
    figure(f"web process, {FIRST} people, RSS", before / 2**20, "MB")
    figure(f"web process, {FIRST + MORE} people, RSS", after / 2**20, "MB")
    per_person = (after - before) / MORE / 1024
    return met & at_most("per connected person", per_person, MOST_PERSON_KB, "KB")


def main() -> int:
    with product() as app:
        asyncio.run(measure(app))
    return 0


if __name__ == "__main__":
    sys.exit(main())
