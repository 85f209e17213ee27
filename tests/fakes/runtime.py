"""A process model in the hands of a test: background work runs when the test says so."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from media.hls_streams import TASK

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds within which what is under way must be done."""


class HandRuntime:
    """A Runtime of one thread, whose time is the test's: the loop runs while it is waited for.

    `settle` runs what is ready, in order of arrival, until nothing is left; `due` takes up what
    `later` was told to do by now; `tick` does once whatever is done again and again.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._loop = asyncio.new_event_loop()
        self._ready: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._timers: list[tuple[datetime, Callable[[], object]]] = []
        self._periodic: list[Callable[[], object]] = []

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float) -> T:
        return self._loop.run_until_complete(asyncio.wait_for(coroutine, timeout))

    def spawn(self, work: Callable[..., object], *args: Any) -> None:
        self._ready.append((work, args))

    def later(self, seconds: float, work: Callable[[], object]) -> Callable[[], None]:
        timer = (self._clock() + timedelta(seconds=seconds), work)
        self._timers.append(timer)
        return lambda: self._timers.remove(timer) if timer in self._timers else None

    def every(self, seconds: float, work: Callable[[], object]) -> None:
        self._periodic.append(work)

    def beside(self, seconds: float, work: Callable[[], object]) -> None:
        self._periodic.append(work)

    def handing_over(self, work: Callable[[Any], object]) -> Callable[[Any], None]:
        return lambda item: self._ready.append((work, (item,)))

    def on_loop(self, work: Callable[[], T]) -> T:
        """Runs `work` where the loop's own things may be touched."""

        async def there() -> T:
            return work()

        return self.run(there(), 5)

    def settle(self) -> None:
        """Lets everything finish that is under way."""
        while True:
            self._loop.run_until_complete(_quiet())
            if not self._ready:
                return
            work, args = self._ready.popleft()
            work(*args)

    def stop(self) -> None:
        self._loop.run_until_complete(_quiet())
        self._loop.close()

    def due(self) -> None:
        """Runs the timers whose time has come, and what follows from them."""
        self.settle()
        now = self._clock()
        while ready := [timer for timer in self._timers if timer[0] <= now]:
            self._timers = [timer for timer in self._timers if timer[0] > now]
            for _, work in ready:
                work()
            self.settle()

    def tick(self) -> None:
        """One round of what the process does by itself."""
        for work in self._periodic:
            work()
            self.settle()
        self.due()


async def _quiet() -> None:
    """Until nothing else is running on the loop, but for what runs until it is stopped."""
    me = asyncio.current_task()
    async with asyncio.timeout(PATIENCE):
        await asyncio.sleep(0)
        while others := [
            task
            for task in asyncio.all_tasks()
            if task is not me and not task.get_name().startswith(TASK)
        ]:
            await asyncio.wait(others)
            await asyncio.sleep(0)
