"""What a listener hears when a part of the product dies: seconds of silence.

Run it with `python -m bench.bench_survival [FAULT...]`, as root (a network of the listener's own).
script/run serves, a host talks from a real page (a steady tone), somebody stands muted beside them,
a listener hears it from another network. Each fault happens `TIMES` times. Silence is the longest
stretch of 10 ms blocks without sound behind the listener's decoder (bench/parts/sound_detector.js),
for the network's faults from its return on; `control` is the time until the listener's request to
speak reaches the host's page. The first row is the same without a fault.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page
from playwright.async_api import TimeoutError as NotYet

from bench.bench_cut import tone
from bench.common import load
from bench.parts.browser import chromium, context_of
from bench.parts.network import HERE, Network, network
from tests.harness.server import Visitor
from tests.harness.supervised import Supervised, supervised

TIMES = 3
BEGUN_SECONDS = 3
"""Within which a silence that a fault brings has begun."""

AWAY_SECONDS = 20
LOCKED_SECONDS = 5
HEARD = "since => ears.lastLoud > since && ears.now() - ears.lastLoud < 100"
STEADY = "() => ears.lastLoud > 0 && ears.longestQuiet(ears.now() - 1500) < 100"
NAME = "Lena"


@dataclass
class Evening:
    """The product and three pages."""

    product: Supervised
    network: Network
    host: Page
    speaker: Page
    listener: Page

    async def steady(self) -> None:
        await self.listener.wait_for_function(STEADY, timeout=60_000)

    async def silence(self, since: float) -> float:
        """Seconds of the longest silence after `since` (ms), once there is steady sound."""
        await asyncio.sleep(BEGUN_SECONDS)
        await self.listener.wait_for_function(HEARD, arg=since, timeout=60_000)
        await self.steady()
        return float(await self.listener.evaluate("since => ears.longestQuiet(since)", since)) / 1e3

    async def control(self, since: float) -> float:
        """Seconds from `since` (ms) until what the listener does reaches the host."""
        accept = self.host.get_by_role("button", name=f"Accept {NAME}", exact=True)
        ask = self.listener.get_by_role("button", name="Request to speak", exact=True)
        while await accept.count() == 0:
            if await ask.count():
                await ask.click()
            try:
                await accept.wait_for(timeout=300)
            except NotYet:
                continue
        taken = time.time() - since / 1e3
        await self.listener.get_by_role("button", name="Cancel request", exact=True).click()
        await accept.wait_for(state="detached")
        return taken

    async def as_before(self) -> bool:
        """Same seats, same mute states, on everybody's page."""
        muted = self.speaker.get_by_role("button", name="Unmute", exact=True)
        heard = self.host.get_by_role("button", name="Mute", exact=True)
        hears = self.listener.get_by_role("button", name="Stop listening", exact=True)
        return all([await button.count() == 1 for button in (muted, heard, hears)])


Do = Callable[[Evening], Awaitable[float | None]]


@dataclass(frozen=True)
class Fault:
    """At the most `most` seconds of silence and `control` until people are in control again. `do`
    may return from when on `control` counts (ms), and for the network's faults silence too."""

    name: str
    what: str
    do: Do
    most: float
    control: float = 5.0
    network: bool = False


async def nothing(_: Evening) -> None:
    """Everything goes on."""


async def kill_web(evening: Evening) -> None:
    evening.product.kill_web()


async def exchange_web(evening: Evening) -> None:
    evening.product.exchange()


async def kill_janus(evening: Evening) -> None:
    evening.product.kill("janus")


async def no_socket(evening: Evening) -> float:
    await evening.listener.context.set_offline(True)
    await asyncio.sleep(AWAY_SECONDS)
    await evening.listener.context.set_offline(False)
    return time.time() * 1e3


async def no_network(evening: Evening) -> float:
    evening.network.disconnect()
    await asyncio.sleep(AWAY_SECONDS)
    evening.network.connect()
    return time.time() * 1e3


async def another_address(evening: Evening) -> None:
    evening.network.move()


async def locked_database(evening: Evening) -> float:
    other = sqlite3.connect(evening.product.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    await asyncio.sleep(LOCKED_SECONDS)
    other.execute("ROLLBACK")
    other.close()
    return time.time() * 1e3


FAULTS = (
    Fault("nothing", "baseline: nothing happens", nothing, 0.1),
    Fault("web-killed", "web process killed (-9)", kill_web, 0.1),
    Fault("web-exchanged", "web process exchanged", exchange_web, 0.1),
    Fault("janus-killed", "Janus killed (-9)", kill_janus, 5.0),
    Fault("socket", f"socket lost for {AWAY_SECONDS} s", no_socket, 0.1),
    Fault("network", f"network lost for {AWAY_SECONDS} s", no_network, 3.0, network=True),
    Fault("address", "another address", another_address, 3.0),
    Fault("database", f"database locked for {LOCKED_SECONDS} s", locked_database, 0.1),
)


async def suffer(evening: Evening, fault: Fault) -> None:
    """One row."""
    silences, controls, whole = [], [], True
    for _ in range(TIMES):
        await evening.steady()
        begun = time.time() * 1e3
        over = await fault.do(evening) or begun
        silence, control = await asyncio.gather(
            evening.silence(over if fault.network else begun), evening.control(over)
        )
        silences.append(silence)
        controls.append(control)
        whole = whole and await evening.as_before()
    met = max(silences) <= fault.most and max(controls) <= fault.control and whole
    row = f"{fault.what:<30} {min(silences):>8.3f} {max(silences):>8.3f} {max(controls):>8.2f}"
    state = "as before" if whole else "CHANGED"
    print(f"{row}   <= {fault.most:g} s: {'met' if met else 'MISSED'}; {state}", flush=True)


async def pages(
    product: Supervised, air: Network, microphone: Path, ends: AsyncExitStack
) -> Evening:
    here = await ends.enter_async_context(chromium(microphone))
    there = await ends.enter_async_context(chromium(program=air.program("/usr/bin/chromium")))
    host = await arrive(here, product.person("Hana", base_url=product.local, followers=1200))
    await host.goto(product.local)
    await host.get_by_role("button", name="New Space", exact=True).click()
    await host.get_by_role("textbox", name="Title").fill("On thin ice")
    await host.get_by_role("button", name="Go live", exact=True).click()
    await host.get_by_role("button", name="Mute", exact=True).wait_for()
    path = host.url.removeprefix(product.local)
    speaker = await arrive(here, product.person("Tomas", base_url=product.local))
    await speaker.goto(product.local + path)
    await speaker.get_by_role("button", name="Request to speak", exact=True).click()
    await host.get_by_role("button", name="Accept Tomas", exact=True).click()
    await speaker.get_by_role("button", name="Mute", exact=True).click()
    listener = await arrive(there, product.person(NAME, base_url=product.remote))
    await listener.goto(product.remote + path)
    await listener.get_by_role("button", name="Start listening", exact=True).click()
    return Evening(product, air, host, speaker, listener)


async def arrive(browser: Browser, visitor: Visitor) -> Page:
    context = await context_of(browser, visitor)
    await context.grant_permissions(["microphone"])
    return await context.new_page()


async def measure(product: Supervised, air: Network, microphone: Path, wanted: list[str]) -> None:
    async with AsyncExitStack() as ends:
        evening = await pages(product, air, microphone, ends)
        print(f"{'seconds, of ' + str(TIMES):<30} {'least':>8} {'most':>8} {'control':>8}")
        for fault in FAULTS:
            if not wanted or fault.name in wanted:
                await suffer(evening, fault)


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        network() as air,
        supervised(Path(folder) / "var", HERE) as product,
    ):
        asyncio.run(measure(product, air, tone(Path(folder)), sys.argv[1:]))
    load()
    return 0


if __name__ == "__main__":
    sys.exit(main())
