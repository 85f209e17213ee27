"""From a change of a feature that a real Unleash server has to what an open socket hears of it.

Run it with `python -m bench.bench_unleash_change`. Two ways to change: as Unleash's own interface
does (a user of it, through its Admin API), and through our console. Time runs from the sending of
the request, so that Unleash's own work and its lag of up to a second are inside.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import aiohttp
import requests

from bench.bench_gate_change import Arrivals, Change, from_the_console
from bench.common import at_most, figure, load, percentile
from bench.parts.product import product
from bench.parts.wire import wires
from flags.catalogue import WEB_SPEAKING
from flags.sources.unleash.admin_api import UnleashApi
from script.servers.unleash import UnleashServer
from tests.harness.server import RunningApp
from tests.harness.waits import until
from tests.unleash.unleash_user import Colleague

CHANGES = 24
PATIENCE_SECONDS = 20.0
MOST_INTERFACE_MS = 2000.0
MOST_CONSOLE_MS = 1500.0


def from_unleash(colleague: Colleague) -> Change:
    """What Unleash's own interface sends."""

    async def change(on: bool) -> float:
        begun = time.time()
        await asyncio.to_thread(colleague.switch, WEB_SPEAKING, on)
        return begun

    return change


async def delays(change: Change, arrivals: Arrivals) -> list[float]:
    """Milliseconds from each of many changes to the socket."""
    found = []
    for number in range(CHANGES):
        arrivals.again()
        begun = await change(number % 2 == 1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await arrivals.all_there.wait()
        found.append((arrivals.at[0] - begun) * 1000)
        # Changes come at any moment between two looks of those who look every second.
        await asyncio.sleep(1.1 + 0.13 * (number % 9))
    return found


async def measure(app: RunningApp, colleague: Colleague) -> bool:
    tester = app.person("Tester")
    manager = app.person("Manager", "staff", roles=("product_manager",))
    arrivals = Arrivals(1)
    client = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
    async with wires(app.base_url) as opened, client:
        await opened.open_all([tester.header], arrivals.take)
        theirs = await delays(from_unleash(colleague), arrivals)
        ours = await delays(from_the_console(app, manager, client), arrivals)
    load()
    figure("changed in Unleash -> socket, median", median(theirs), "ms")
    met = at_most(
        "changed in Unleash -> socket, p95", percentile(theirs, 95), MOST_INTERFACE_MS, "ms"
    )
    figure("changed in our console -> socket, median", median(ours), "ms")
    return met & at_most(
        "changed in our console -> socket, p95", percentile(ours, 95), MOST_CONSOLE_MS, "ms"
    )


def called_by(unleash: UnleashServer, app: RunningApp) -> None:
    """Returns when Unleash has all our features, and calls us of what happens to them.

    A process is ready with its first feature, and makes the others and then its webhook after it:
    a change that comes earlier is overwritten, and nobody is told of it.
    """
    api = UnleashApi(unleash.url, unleash.admin_token, unleash.backend_token)
    until(api.webhooks, "the webhook", PATIENCE_SECONDS)
    api.close()
    # Unleash looks for new webhooks once a minute, and when it has just started.
    unleash.stop_server()
    unleash.start_server()
    until(lambda: _answers(app), "Unleash to be followed again", PATIENCE_SECONDS)


def _answers(app: RunningApp) -> bool:
    told = requests.get(f"{app.base_url}/readyz", timeout=PATIENCE_SECONDS).json()
    answers: bool = told["definitions"]["unleash"]["answers"]
    return answers


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, UnleashServer(Path(folder)) as unleash:
        settings = {
            "unleash_url": unleash.url,
            "unleash_backend_token": unleash.backend_token,
            "unleash_admin_token": unleash.admin_token,
        }
        with product(**settings) as app, Colleague(unleash, "colleague") as colleague:
            called_by(unleash, app)
            return 0 if asyncio.run(measure(app, colleague)) else 1


if __name__ == "__main__":
    sys.exit(main())
