"""From a speaker's mouth to a listener's ear: our way, over the bridge and the Space's mountpoint,
against the stock janus.js listener, who is a muted participant of the bridge.

Run it with `python -m bench.bench_mouth_to_ear`. Both listen at the same time to the same clicks
of the same speaker, each in a page of its own in one Chromium, whose pages share a clock; the
speaker's page notes when each click leaves its microphone. All three note in the same way
(bench/parts/sound_detector.js).
"""

from __future__ import annotations

import asyncio
import sys
from bisect import bisect_right
from statistics import median

from playwright.async_api import Browser, Page

from bench.common import at_most, figure, load, percentile
from bench.parts.browser import chromium, context_of
from bench.parts.product import live_space, product
from bench.parts.stock import Stock, stock
from bench.parts.wire import Wire, wires
from tests.harness.server import RunningApp

SETTLE_SECONDS = 10
"""Until the browser's jitter buffers have found their length."""
SECONDS = 60
LONGEST_MS = 450.0
"""Half a second is between two clicks."""
MOST = 1.05

SPEAK = """async () => {
  const context = new AudioContext({ sampleRate: 48000 });
  const microphone = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  const click = new AudioBuffer({ length: 24000, sampleRate: 48000 });
  const samples = click.getChannelData(0);
  const turn = (2 * Math.PI * 1000) / 48000;
  for (let n = 0; n < 1440; n += 1) samples[n] = 0.8 * Math.sin(turn * n + 1);
  const source = new AudioBufferSourceNode(context, { buffer: click, loop: true });
  source.connect(microphone);
  source.start();
  const [track] = microphone.stream.getAudioTracks();
  ears.listen(track.clone());
  const peer = (window.peer = new RTCPeerConnection());
  peer.addTrack(track, microphone.stream);
  await peer.setLocalDescription();
  await new Promise((resolve) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve();
  });
  const answer = await publish(peer.localDescription.sdp);
  await peer.setRemoteDescription({ type: "answer", sdp: answer });
}"""
CONNECTED = "() => window.soundcheck?.peers().some((peer) => peer.connectionState === 'connected')"
HEARS = "() => ears.onsets.length > 0"


async def speaker(browser: Browser, flow: Stock, host: Wire, slug: str) -> Page:
    """Publishes clicks through the product, as its host."""

    async def publish(sdp: str) -> str:
        return str((await host.call("stage.offer", {"sdp": sdp}))["sdp"])

    page = await flow.page(await context_of(browser), slug)
    await page.expose_function("publish", publish)
    await page.evaluate(SPEAK)
    return page


async def our_listener(app: RunningApp, browser: Browser, slug: str) -> Page:
    page = await (await context_of(browser, app.person("Listener"))).new_page()
    await page.goto(f"{app.base_url}/spaces/{slug}")
    await page.wait_for_function(CONNECTED)
    return await begins(page)


async def their_listener(browser: Browser, flow: Stock, slug: str) -> Page:
    return await begins(await flow.page(await context_of(browser), slug))


async def begins(page: Page) -> Page:
    await page.get_by_role("button", name="Start listening").click()
    await page.wait_for_function(HEARS)
    return page


async def onsets(page: Page) -> list[float]:
    return [float(at) for at in await page.evaluate("ears.onsets")]


def delays(mouth: list[float], ear: list[float]) -> list[float]:
    """Milliseconds of each click that was heard."""
    found = []
    for heard in ear:
        before = bisect_right(mouth, heard) - 1
        if before >= 0 and heard - mouth[before] < LONGEST_MS:
            found.append(heard - mouth[before])
    return found


async def measure(app: RunningApp) -> tuple[list[float], list[float]]:
    """Milliseconds of all clicks: ours, theirs."""
    async with wires(app.base_url) as opened, stock(app.janus) as flow, chromium() as browser:
        host, slug = await live_space(app, opened)
        mouth = await speaker(browser, flow, host, slug)
        ears = [await our_listener(app, browser, slug), await their_listener(browser, flow, slug)]
        await asyncio.sleep(SETTLE_SECONDS)
        for page in (mouth, *ears):
            await page.evaluate("ears.onsets.length = 0")
        await asyncio.sleep(SECONDS)
        said = await onsets(mouth)
        ours, theirs = [delays(said, await onsets(page)) for page in ears]
        return ours, theirs


def main() -> int:
    with product() as app:
        ours, theirs = asyncio.run(measure(app))
    load()
    for name, values in (("our listener", ours), ("janus.js", theirs)):
        figure(f"mouth to ear, {name}, clicks", len(values), "")
        figure(f"mouth to ear, {name}, median", median(values), "ms")
        figure(f"mouth to ear, {name}, p95", percentile(values, 95), "ms")
    at_most("our listener / janus.js", median(ours) / median(theirs), MOST)
    return 0


if __name__ == "__main__":
    sys.exit(main())
