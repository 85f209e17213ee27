"""Locks by key: what concerns one thing is done one after the other, and nothing else waits."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary


class KeyedLocks:
    """A reentrant lock for each key, first come, first served. A lock that nobody holds or waits
    for takes no memory."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, _Lock] = WeakValueDictionary()
        self._registry = threading.Lock()

    @contextmanager
    def hold(self, key: Hashable) -> Iterator[None]:
        """Waits until nobody else holds the lock of `key`, and holds it."""
        with self._registry:
            lock = self._locks.get(key)
            if lock is None:
                lock = self._locks[key] = _Lock()
        with lock.lock:
            yield


class _Lock:
    __slots__ = ("__weakref__", "lock")

    def __init__(self) -> None:
        self.lock = threading.RLock()
