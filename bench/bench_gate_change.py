"""From a saved change of a gate to what people have: 200 connected, one of them a real browser.

Run it with `python -m bench.bench_gate_change`. Two ways to change: the console, in the process
that serves (time runs from the sending of its form, so that a request and a commit are inside),
and another process, as the command line does (time runs from its commit). "Has" is the arrival of
the event at a socket, and the button's coming or going in the browser.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import aiohttp
from playwright.async_api import Page

from bench.common import at_most, figure, load, percentile
from bench.parts.browser import chromium, context_of
from bench.parts.product import live_space, people, product
from bench.parts.wire import Wires, a_few_at_once, wires
from flags.catalogue import WEB_SPEAKING
from flags.sources.interface import Closing
from tests.harness.server import RunningApp, Visitor

PEOPLE = 199
CHANGES = 24
PATIENCE_SECONDS = 10.0
MOST_MS = 200.0

BUTTON = "Request to speak"
WATCH = """(name) => {
  const named = (button) => button.textContent.trim() === name;
  const seen = () => [...document.querySelectorAll("button")].some(named);
  let before = seen();
  window.turns = [];
  new MutationObserver(() => {
    if (seen() === before) return;
    before = !before;
    window.turns.push(performance.timeOrigin + performance.now());
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""

Change = Callable[[bool], Awaitable[float]]
"""Opens or closes the feature; returns when that was saved (`time.time`)."""


@dataclass
class Arrivals:
    """When a change arrived, at each socket."""

    wanted: int
    at: list[float] = field(default_factory=list)
    all_there: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, event: str, _data: Any, _at: float) -> None:
        if event != "features.changed":
            return
        self.at.append(time.time())
        if len(self.at) == self.wanted:
            self.all_there.set()

    def again(self) -> None:
        self.at.clear()
        self.all_there.clear()


def from_another_process(app: RunningApp) -> Change:
    """This one: it writes into the same database, as the command line does."""

    async def change(on: bool) -> float:
        source = app.flags
        if on:
            source.turn_on(WEB_SPEAKING, "bench")
        else:
            source.turn_off(WEB_SPEAKING, Closing.CUT, "bench")
        return time.time()

    return change


def from_the_console(app: RunningApp, manager: Visitor, client: aiohttp.ClientSession) -> Change:
    """What a product manager's browser sends."""
    address = f"{app.base_url}/console/features/{WEB_SPEAKING}"

    async def change(on: bool) -> float:
        async with client.get(address, headers=manager.header) as answer:
            page = await answer.text()
        form = {"csrf_token": _value(page, "csrf_token"), "expected": _value(page, "expected")}
        if not on:
            form = {"csrf_token": form["csrf_token"], "closing": "cut"}
        begun = time.time()
        where = f"{address}/{'on' if on else 'off'}"
        async with client.post(
            where, data=form, headers=manager.header, allow_redirects=False
        ) as answer:
            assert answer.status == 303, await answer.text()
        return begun

    return change


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no {name} in the page"
    return found[1]


async def delays(change: Change, arrivals: Arrivals, page: Page) -> tuple[list[float], list[float]]:
    """Milliseconds at all sockets and in the browser, over many changes."""
    at_sockets, in_browser = [], []
    for number in range(CHANGES):
        arrivals.again()
        seen = int(await page.evaluate("turns.length"))
        saved = await change(number % 2 == 1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await arrivals.all_there.wait()
        await page.wait_for_function("seen => turns.length > seen", arg=seen)
        at_sockets += [(at - saved) * 1000 for at in arrivals.at]
        in_browser.append(float(await page.evaluate("turns.at(-1)")) - saved * 1000)
        # Changes come at any moment between two looks of a process that polls.
        await asyncio.sleep(0.2 + 0.037 * (number % 9))
    return at_sockets, in_browser


def report(how: str, at_sockets: list[float], in_browser: list[float]) -> None:
    figure(f"{how} -> socket, median", median(at_sockets), "ms")
    at_most(f"{how} -> socket, p95", percentile(at_sockets, 95), MOST_MS, "ms")
    figure(f"{how} -> browser, median", median(in_browser), "ms")
    at_most(f"{how} -> browser, p95", percentile(in_browser, 95), MOST_MS, "ms")


async def connected(app: RunningApp, opened: Wires, arrivals: Arrivals) -> str:
    _host, slug = await live_space(app, opened)
    sockets = await opened.open_all((v.header for v in people(app, PEOPLE)), arrivals.take)
    await a_few_at_once(socket.call("space.join", {"slug": slug}) for socket in sockets)
    return slug


async def measure(app: RunningApp) -> None:
    tester = app.person("Tester")
    manager = app.person("Manager", "staff", roles=("product_manager",))
    arrivals = Arrivals(PEOPLE)
    client = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
    async with wires(app.base_url) as opened, client, chromium() as browser:
        slug = await connected(app, opened, arrivals)
        context = await context_of(browser, tester)
        page = await context.new_page()
        await page.goto(f"{app.base_url}/spaces/{slug}")
        await page.get_by_role("button", name=BUTTON, exact=True).wait_for()
        await page.evaluate(WATCH, BUTTON)
        await asyncio.sleep(2)
        elsewhere = await delays(from_another_process(app), arrivals, page)
        console = await delays(from_the_console(app, manager, client), arrivals, page)
    load()
    report("saved by another process", *elsewhere)
    report("sent by the console", *console)


def main() -> int:
    with product() as app:
        asyncio.run(measure(app))
    return 0


if __name__ == "__main__":
    sys.exit(main())
