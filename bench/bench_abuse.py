"""What others notice, and what is left, when one client does its worst.

Run it with `python -m bench.bench_abuse [SECONDS]`: each abuse at full rate for so long (30 s),
from a process of its own, beside a prober that asks over a socket all the time. The other side is
the same prober in the same run while nobody does anything. Afterwards memory and descriptors of
the web process are compared with those before.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from bench.common import at_most, figure, load, percentile
from bench.parts.product import product
from bench.parts.wire import Refused, wires
from tests.harness.raw_socket import PING, Polling, Raw, RawSocket, frame, request
from tests.harness.server import RunningApp, Visitor
from tests.harness.waits import until

SECONDS = 30.0
PAUSE_SECONDS = 0.002
LONGER_MS = 50.0
"""The 99th percentile, beyond the median without abuse."""
MORE_MB = 5.0
MORE_DESCRIPTORS = 2
GONE_SECONDS = 45.0
"""Within which what a client held must be given back: sessions that vanish are noticed in 20 s."""

Abuse = Callable[[RunningApp, Visitor], None]


def pipelined(app: RunningApp, _visitor: Visitor) -> None:
    """2,000 requests of a stranger in one write."""
    with Raw(app, request("/sign-in") * 2000) as raw:
        raw.rest()


def endless_body(app: RunningApp, _visitor: Visitor) -> None:
    """10 MB that nobody asked for."""
    head = request("/sign-in", "Transfer-Encoding: chunked", method="POST")
    with Raw(app, head) as raw:
        for _ in range(320):
            raw.socket.sendall(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")


def half_requests(app: RunningApp, _visitor: Visitor) -> None:
    """200 connections that say half of what they want, then hang up."""
    held = [Raw(app, b"GET /sign-in HTT") for _ in range(200)]
    for raw in held:
        raw.socket.close()


def malformed(app: RunningApp, visitor: Visitor) -> None:
    """3,000 packets that cannot be parsed, in one write."""
    with RawSocket(app, visitor) as socket:
        socket.send(*["42["] * 3000)
        socket.ends()


def unknown_events(app: RunningApp, visitor: Visitor) -> None:
    """6,000 events that do not exist, in one write."""
    with RawSocket(app, visitor) as socket:
        socket.socket.settimeout(5)
        socket.send(*['421["bench.nothing"]'] * 6000)
        socket.rest()


def pings(app: RunningApp, visitor: Visitor) -> None:
    """6,000 pings of the WebSocket in one write."""
    with RawSocket(app, visitor) as socket:
        socket.socket.settimeout(5)
        socket.socket.sendall(frame(b"p", PING) * 6000)
        socket.rest()


def polling_posts(app: RunningApp, visitor: Visitor) -> None:
    """A polling session that is sent a packet of no kind, and left."""
    Polling(app, visitor).post(b"6")


def vanishing(app: RunningApp, visitor: Visitor) -> None:
    """A socket that connects and is gone."""
    with RawSocket(app, visitor, connect=False) as socket:
        socket.send("40")


ABUSES: tuple[Abuse, ...] = (
    pipelined,
    endless_body,
    half_requests,
    malformed,
    unknown_events,
    pings,
    polling_posts,
    vanishing,
)


def keep_at_it(abuse: Abuse, app: RunningApp, visitor: Visitor, seconds: float) -> None:
    """The abuser's process."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        # Refused, timed out or cut off: that is the point.
        with suppress(OSError, AssertionError, IndexError, ConnectionError):
            abuse(app, visitor)


async def probe(app: RunningApp, visitor: Visitor, seconds: float) -> list[float]:
    """How long answers take, in milliseconds."""
    times = []
    async with wires(app.base_url) as opened:
        socket = await opened.open(visitor.header)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begun = time.perf_counter()
            with suppress(Refused):
                await socket.call("bench.nothing", {})
            times.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(PAUSE_SECONDS)
    return times


def beside_it(
    app: RunningApp, abuse: Abuse, abuser: Visitor, prober: Visitor, seconds: float
) -> list[float]:
    """How long the prober's answers take while the abuser is at it, in milliseconds."""
    context = multiprocessing.get_context("fork")
    process = context.Process(target=keep_at_it, args=(abuse, app, abuser, seconds))
    process.start()
    try:
        return asyncio.run(probe(app, prober, seconds))
    finally:
        process.terminate()
        process.join()


def measure(app: RunningApp, abuse: Abuse, seconds: float) -> bool:
    name = abuse.__name__.replace("_", " ")
    web = psutil.Process(app.pid)
    prober, abuser = app.person("Prober"), app.person("Abuser")
    asyncio.run(probe(app, prober, 1.0))
    # What so many connections at once take is given back to the process, not to the system: the
    # second time must not take more.
    beside_it(app, abuse, abuser, prober, min(seconds, 3.0))
    quiet = asyncio.run(probe(app, prober, min(seconds, 5.0)))
    memory, descriptors, log = web.memory_info().rss, web.num_fds(), app.log.stat().st_size
    beside = beside_it(app, abuse, abuser, prober, seconds)
    with suppress(AssertionError):
        until(lambda: web.num_fds() <= descriptors, "its connections to be closed", GONE_SECONDS)
    median, worst = percentile(quiet, 50), percentile(beside, 99)
    figure(f"{name}: median without", median, "ms")
    figure(f"{name}: p99 without", percentile(quiet, 99), "ms")
    figure(f"{name}: p99 beside it, against that", worst / percentile(quiet, 99), "x")
    met = at_most(f"{name}: p99 beside it, over the median", worst - median, LONGER_MS, "ms")
    more = (web.memory_info().rss - memory) / 2**20
    met &= at_most(f"{name}: memory that is left", more, MORE_MB, "MB")
    left = web.num_fds() - descriptors
    met &= at_most(f"{name}: descriptors that are left", left, MORE_DESCRIPTORS, "")
    figure(f"{name}: log", (app.log.stat().st_size - log) / 1024, "KB")
    return met


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    load()
    with product() as app:
        gc.collect()
        for abuse in ABUSES:
            measure(app, abuse, seconds)
    load()
    return 0


if __name__ == "__main__":
    sys.exit(main())
