"""The only crossing between eventlet's greenlets and asyncio.

`EventletRuntime` serves; `ThreadRuntime` does the same with threads, for the command line and for
tests that need no eventlet. Both keep one rule: whatever the loop hands over runs in order of
arrival, outside the loop, so that it may block.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

from webapp.infra import cooperative
from webapp.infra.failure_log import FailureLog

log = logging.getLogger(__name__)
_failures = FailureLog(log)

T = TypeVar("T")

TURNS = 4
"""Of the hub, between two slices of long work: an answer takes three, from what has arrived at the
socket to what is written to it."""


class Runtime(Protocol):
    """What the web app needs of its process model."""

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float) -> T:
        """Waits for a coroutine without holding up anybody else.

        `timeout` is in seconds; raises TimeoutError past it (the coroutine is cancelled), else
        whatever the coroutine raises.
        """

    def spawn(self, work: Callable[..., object], *args: Any) -> None:
        """Starts `work` in the background; what it raises is logged."""

    def later(self, seconds: float, work: Callable[[], object]) -> Callable[[], None]:
        """Runs `work` in the background after a while; the result cancels it."""

    def every(self, seconds: float, work: Callable[[], object]) -> None:
        """Runs `work` again and again, `seconds` after its last end, until `stop`."""

    def handing_over(self, work: Callable[[Any], object]) -> Callable[[Any], None]:
        """A function for the loop to call: runs `work` outside it, one call after the other."""

    def beside(self, seconds: float, work: Callable[[], object]) -> None:
        """Runs `work` again and again in a thread of its own, `seconds` after its last end, until
        `stop`: for what waits for a disk. It may touch nothing that others use, not even the log,
        and must not fail."""

    def stop(self) -> None:
        """Ends what `every`, `handing_over` and `beside` began."""


def _logged(work: Callable[..., object], *args: Any) -> None:
    """Background work has nobody to raise to: its failure is logged and the process goes on."""
    try:
        work(*args)
    except Exception as error:  # noqa: BLE001 - the boundary of a background task
        _failures.note(f"background work failed: {getattr(work, '__qualname__', work)}", error)


async def _outcome(work: Awaitable[T]) -> tuple[T | None, Exception | None]:
    """What `work` returns, or what it raises, as a result."""
    try:
        return await work, None
    except Exception as error:  # noqa: BLE001 - raised again on the other side
        return None, error


def _thread(threads: Any, seconds: float, work: Callable[[], object]) -> Callable[[], None]:
    """Begins to repeat `work` in a thread of the module `threads`; the result ends it."""
    ended = threads.Event()

    def repeat() -> None:
        while not ended.wait(seconds):
            work()

    threads.Thread(target=repeat, daemon=True).start()
    end: Callable[[], None] = ended.set
    return end


class EventletRuntime:
    """Greenlets and the loop share one thread (eventlet's asyncio hub)."""

    def __init__(self) -> None:
        import eventlet
        import eventlet.asyncio
        import eventlet.queue
        import eventlet.semaphore

        self._eventlet: Any = eventlet
        self._tasks: list[Any] = []
        self._beside: list[Callable[[], None]] = []
        self._long_work: Any = eventlet.semaphore.Semaphore(1)
        cooperative.giving_way_by(self._give_way)

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float) -> T:
        # eventlet prints whatever comes out of its bridge as an error, although it is raised here
        # too: a seat that is gone would be a traceback in the log. So only results cross it.
        limited = _outcome(asyncio.wait_for(coroutine, timeout))
        result, error = self._eventlet.asyncio.spawn_for_awaitable(limited).wait()
        if error is not None:
            raise error
        answer: T = result
        return answer

    def spawn(self, work: Callable[..., object], *args: Any) -> None:
        self._eventlet.spawn_n(_logged, work, *args)

    def later(self, seconds: float, work: Callable[[], object]) -> Callable[[], None]:
        task = self._eventlet.spawn_after(seconds, _logged, work)
        cancel: Callable[[], None] = task.cancel
        return cancel

    def every(self, seconds: float, work: Callable[[], object]) -> None:
        def repeat() -> None:
            while True:
                _logged(work)
                self._eventlet.sleep(seconds)

        self._tasks.append(self._eventlet.spawn(repeat))

    def handing_over(self, work: Callable[[Any], object]) -> Callable[[Any], None]:
        waiting: Any = self._eventlet.queue.LightQueue()

        def drain() -> None:
            while True:
                _logged(work, waiting.get())

        self._tasks.append(self._eventlet.spawn(drain))
        put: Callable[[Any], None] = waiting.put
        return put

    def beside(self, seconds: float, work: Callable[[], object]) -> None:
        # The real one: eventlet has put greenlets in the place of threads.
        self._beside.append(_thread(self._eventlet.patcher.original("threading"), seconds, work))

    def stop(self) -> None:
        for task in self._tasks:
            task.kill()
        self._tasks.clear()
        for end in self._beside:
            end()
        self._beside.clear()

    def _give_way(self) -> None:
        """One long work at a time, and each in its turn (the semaphore keeps the order): nobody
        waits for a slice of every one of them. At once when nobody waits, whom one look misses
        whose question has just arrived: two looks."""
        with self._long_work:
            quiet = 0
            for _ in range(TURNS):
                cooperative.pause()
                quiet = 0 if self._somebody_waits() else quiet + 1
                if quiet == 2:
                    break

    def _somebody_waits(self) -> bool:
        """Whether there is a greenlet that could run by now."""
        hub = self._eventlet.hubs.get_hub()
        now = hub.clock()
        return any(at <= now for at, _timer in (*hub.timers[:1], *hub.next_timers))


class ThreadRuntime:
    """The same with threads: the loop runs in a thread of its own."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._queues: list[queue.SimpleQueue[Any]] = []
        self._beside: list[Callable[[], None]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float) -> T:
        limited = asyncio.wait_for(coroutine, timeout)
        return asyncio.run_coroutine_threadsafe(limited, self._loop).result()

    def spawn(self, work: Callable[..., object], *args: Any) -> None:
        threading.Thread(target=_logged, args=(work, *args), daemon=True).start()

    def later(self, seconds: float, work: Callable[[], object]) -> Callable[[], None]:
        timer = threading.Timer(seconds, _logged, args=(work,))
        timer.daemon = True
        timer.start()
        return timer.cancel

    def every(self, seconds: float, work: Callable[[], object]) -> None:
        def repeat() -> None:
            while not self._stopping.is_set():
                _logged(work)
                self._stopping.wait(seconds)

        threading.Thread(target=repeat, daemon=True).start()

    def handing_over(self, work: Callable[[Any], object]) -> Callable[[Any], None]:
        waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._queues.append(waiting)

        def drain() -> None:
            while (item := waiting.get()) is not self._stopping:
                _logged(work, item)

        threading.Thread(target=drain, daemon=True).start()
        return waiting.put

    def beside(self, seconds: float, work: Callable[[], object]) -> None:
        self._beside.append(_thread(threading, seconds, work))

    def stop(self) -> None:
        self._stopping.set()
        for waiting in self._queues:
            waiting.put(self._stopping)  # a thread that waits for work sees no event
        for end in self._beside:
            end()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()
