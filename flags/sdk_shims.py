"""What the Unleash SDK is given instead of a file cache and a background scheduler."""

from __future__ import annotations

from typing import Any

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.base import BaseScheduler
from UnleashClient.cache import BaseCache


class MemoryCache(BaseCache):
    """Holds the document between us and the SDK. Nothing is persisted."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}

    def set(self, key: str, value: Any) -> None:
        self._kept[key] = value

    def mset(self, data: dict[str, Any]) -> None:
        self._kept.update(data)

    def get(self, key: str, default: Any = None) -> Any:
        return self._kept.get(key, default)

    def exists(self, key: str) -> bool:
        return key in self._kept

    def destroy(self) -> None:
        self._kept.clear()


class OwnPace(BaseScheduler):  # type: ignore[misc]  # APScheduler is untyped
    """A scheduler without a thread: the SDK's refresh job runs when we say so, and only then."""

    EXECUTOR = "own-pace"

    def __init__(self) -> None:
        # Runs in the caller: without an executor of this name the SDK's jobs are refused.
        super().__init__(executors={self.EXECUTOR: DebugExecutor(), "default": DebugExecutor()})

    def wakeup(self) -> None:
        """Nobody is asleep."""

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)

    def run_now(self) -> None:
        """Runs every job once, in the caller."""
        for job in self.get_jobs():
            job.func(*job.args, **job.kwargs)
