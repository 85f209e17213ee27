"""Events of one connection that belong together, handled in the order in which they came.

Each event has a greenlet of its own, and a handler gives way wherever it waits for the database or
for Janus. Without an order, "stop" overtakes a "start" that waits.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class EventQueues:
    """First in, first out, for each connection and queue name. Queues hold up nobody else."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], threading.Event] = {}

    @contextmanager
    def turn(self, sid: str, queue: str | None) -> Iterator[bool]:
        """Waits until every event that entered this queue earlier has been handled. Yields whether
        it had to. Without a queue there is nothing to wait for."""
        if queue is None:
            yield False
            return
        key, done = (sid, queue), threading.Event()
        previous, self._last[key] = self._last.get(key), done
        try:
            if previous is not None:
                previous.wait()
            yield previous is not None
        finally:
            done.set()
            if self._last.get(key) is done:
                del self._last[key]
