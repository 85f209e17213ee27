"""Asks the socket again and again, and notes how long each answer takes: a process of its own, so
that nobody else's work is in its figures.

Run by benchmarks: `python -m bench.parts.latency_probe BASE_URL COOKIE`. Each line on its standard
input ends a round, and prints the longest answer since the one before, in milliseconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time

from bench.parts.wire import Refused, Wire, wires

PAUSE_SECONDS = 0.002


class Longest:
    """Of the answers in a round."""

    def __init__(self) -> None:
        self._waiting_since: float | None = None
        self._seconds = 0.0

    async def note(self, socket: Wire) -> None:
        """For ever: one question after the other. There is no such event, which needs no work."""
        while True:
            self._waiting_since = time.perf_counter()
            with contextlib.suppress(Refused):
                await socket.call("bench.nothing", {})
            self._seconds = max(self._seconds, time.perf_counter() - self._waiting_since)
            self._waiting_since = None
            await asyncio.sleep(PAUSE_SECONDS)

    def take(self) -> float:
        """In milliseconds; an answer that is still waited for counts as far as it is."""
        waiting = time.perf_counter() - self._waiting_since if self._waiting_since else 0.0
        longest, self._seconds = max(self._seconds, waiting), 0.0
        return longest * 1000


async def probe(base_url: str, cookie: str) -> None:
    with contextlib.suppress(PermissionError):
        os.nice(-15)
    loop, longest = asyncio.get_running_loop(), Longest()
    async with wires(base_url) as opened:
        noting = asyncio.create_task(longest.note(await opened.open({"Cookie": cookie})))
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(f"{longest.take():.3f}", flush=True)
        noting.cancel()


if __name__ == "__main__":
    asyncio.run(probe(*sys.argv[1:]))
