"""From cutting the gate of speaking to the last sound of a web speaker at a listener.

Run it with `python -m bench.bench_cut`. A tester talks from a real page through Chromium's fake
microphone (a steady tone); another one listens at a real page. Another process cuts the gate, as
the command line does; time runs from its commit to the last loud block of 10 ms that the
listener's decoder gives (bench/parts/sound_detector.js). Then the gate opens again, the tester
asks, is accepted, and talks again.
"""

from __future__ import annotations

import asyncio
import math
import struct
import sys
import tempfile
import time
import wave
from pathlib import Path
from statistics import median

from playwright.async_api import Page

from bench.common import at_most, figure, load, percentile
from bench.parts.browser import chromium, context_of
from bench.parts.product import live_space, product
from bench.parts.wire import Wire, wires
from flags.catalogue import WEB_SPEAKING
from flags.sources.interface import Closing
from tests.harness.server import RunningApp, Visitor

CUTS = 20
RATE = 48_000
MOST_MS = 500.0

LISTENING = """() => performance.getEntriesByName("soundcheck:warm").length > 0
  && soundcheck.peers().some((peer) => peer.connectionState === "connected")"""
HEARS = "since => ears.lastLoud > since && ears.now() - ears.lastLoud < 100"
HEARS_NOTHING = "() => ears.now() - ears.lastLoud > 700"


def tone(folder: Path) -> Path:
    """One second of 440 Hz: whole periods, so that the microphone can play it for ever."""
    file = folder / "tone.wav"
    samples = [int(12_000 * math.sin(2 * math.pi * 440 * n / RATE)) for n in range(RATE)]
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        out.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file


async def talks(page: Page, host: Wire, speaker: Visitor) -> None:
    """Asks for the stage and is accepted."""
    await page.get_by_role("button", name="Request to speak", exact=True).click()
    await page.get_by_role("button", name="Cancel request", exact=True).wait_for()
    await host.call("hosting.accept", {"person": speaker.id})


async def cut(app: RunningApp, ear: Page) -> float:
    """Milliseconds until the listener hears the last of it."""
    app.flags.turn_off(WEB_SPEAKING, Closing.CUT, "bench")
    saved = time.time() * 1000
    await ear.wait_for_function(HEARS_NOTHING)
    return max(0.0, float(await ear.evaluate("ears.lastLoud")) - saved)


async def measure(app: RunningApp, microphone: Path) -> list[float]:
    speaker, listener = app.person("Speaker"), app.person("Listener")
    delays = []
    async with wires(app.base_url) as opened, chromium(microphone) as browser:
        host, slug = await live_space(app, opened)
        address = f"{app.base_url}/spaces/{slug}"
        ear = await (await context_of(browser, listener)).new_page()
        await ear.goto(address)
        await ear.wait_for_function(LISTENING)
        await ear.get_by_role("button", name="Start listening", exact=True).click()
        context = await context_of(browser, speaker)
        await context.grant_permissions(["microphone"])
        page = await context.new_page()
        await page.goto(address)
        for number in range(CUTS):
            begun = time.time() * 1000
            await talks(page, host, speaker)
            await ear.wait_for_function(HEARS, arg=begun)
            # The cut comes at any moment between two looks of the web process.
            await asyncio.sleep(0.5 + 0.037 * (number % 11))
            delays.append(await cut(app, ear))
            app.flags.turn_on(WEB_SPEAKING, "bench")
    return delays


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, product() as app:
        delays = asyncio.run(measure(app, tone(Path(folder))))
    load()
    figure("cuts", len(delays), "")
    figure("cut -> last sound, median", median(delays), "ms")
    at_most("cut -> last sound, p95", percentile(delays, 95), MOST_MS, "ms")
    figure("cut -> last sound, longest", max(delays), "ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
