"""From the tap on "Start listening" to the first sound out of the decoder.

Run it with `python -m bench.bench_first_sound`. Our Space page with its seat warm, and with a seat
that was let go after waiting too long, against the stock janus.js flow (session, attach, join,
configure as a muted participant of the bridge), on the same Janus and in the same Chromium; the
three take turns. A speaker's tone is in the Space all the time.

Time runs from the pointer's going down to the first loud sample that the decoder gives
(bench/parts/sound_detector.js: blocks of 10 ms, told to the sample), in the same way in all pages.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from statistics import median

from playwright.async_api import Browser, Page

from bench.common import at_most, figure, load, percentile
from bench.parts.browser import chromium, context_of
from bench.parts.product import live_space, product
from bench.parts.speaker import talking
from bench.parts.stock import Stock, stock
from bench.parts.wire import wires
from tests.harness.server import RunningApp

RUNS = 12
WARM_SECONDS = 3.0
"""The product lets a seat go after so long here, so that a cold one need not be waited for long."""
PATIENCE_MS = 20_000

MOST_WARM, MOST_COLD = 0.5, 1.5

CONNECTED = """() => performance.getEntriesByName("soundcheck:warm").length > 0
  && soundcheck.peers().some((peer) => peer.connectionState === "connected")"""
LET_GO = "() => soundcheck.peers().length === 0"
HEARD = "() => ears.taps.length > 0 && ears.onsets.some((at) => at > ears.taps[0])"
DELAY = "() => ears.onsets.find((at) => at > ears.taps[0]) - ears.taps[0]"

people = count(1)


async def delay_of(page: Page) -> float:
    """Milliseconds from a tap on this page, now, to sound."""
    await page.get_by_role("button", name="Start listening").tap()
    await page.wait_for_function(HEARD, timeout=PATIENCE_MS)
    delay = float(await page.evaluate(DELAY))
    await page.context.close()
    return delay


async def our_page(app: RunningApp, browser: Browser, slug: str) -> Page:
    """Somebody new at the Space's page, seated and connected."""
    visitor = app.person(f"Listener {next(people)}")
    context = await context_of(browser, visitor, has_touch=True)
    page = await context.new_page()
    await page.goto(f"{app.base_url}/spaces/{slug}")
    await page.wait_for_function(CONNECTED, timeout=PATIENCE_MS)
    return page


async def warm(app: RunningApp, browser: Browser, slug: str) -> float:
    return await delay_of(await our_page(app, browser, slug))


async def cold(app: RunningApp, browser: Browser, slug: str) -> float:
    page = await our_page(app, browser, slug)
    await page.wait_for_function(LET_GO, timeout=PATIENCE_MS)
    return await delay_of(page)


async def janus_js(browser: Browser, flow: Stock, slug: str) -> float:
    context = await context_of(browser, has_touch=True)
    return await delay_of(await flow.page(context, slug))


async def measure(app: RunningApp) -> dict[str, list[float]]:
    """Milliseconds of each flow."""
    delays: dict[str, list[float]] = {"warm": [], "cold": [], "janus.js": []}
    async with wires(app.base_url) as opened, stock(app.janus) as flow, chromium() as browser:
        host, slug = await live_space(app, opened)
        async with talking(host):
            for number in range(RUNS + 1):
                run = {
                    "warm": await warm(app, browser, slug),
                    "janus.js": await janus_js(browser, flow, slug),
                    "cold": await cold(app, browser, slug),
                }
                if number > 0:  # the first only fills caches
                    for name, delay in run.items():
                        delays[name].append(delay)
    return delays


def main() -> int:
    with product(warm_seconds=WARM_SECONDS) as app:
        delays = asyncio.run(measure(app))
    load()
    for name, values in delays.items():
        figure(f"tap -> first sound, {name}, median", median(values), "ms")
        figure(f"tap -> first sound, {name}, p90", percentile(values, 90), "ms")
    theirs = median(delays["janus.js"])
    at_most("warm seat / janus.js", median(delays["warm"]) / theirs, MOST_WARM)
    at_most("cold seat / janus.js", median(delays["cold"]) / theirs, MOST_COLD)
    return 0


if __name__ == "__main__":
    sys.exit(main())
