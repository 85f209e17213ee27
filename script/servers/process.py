"""What the servers that we start ourselves have in common."""

from __future__ import annotations

import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

POLL_SECONDS = 0.02
"""Between two looks at a server that is starting."""


class Server(ABC):
    """A program beside ours, for as long as a `with` lasts or until it is stopped."""

    @abstractmethod
    def start(self) -> object:
        """Waits until it answers; raises an error of its own kind when it will not."""

    @abstractmethod
    def stop(self) -> None:
        """Ends it, if it runs. May be called again."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def came_up(
    process: subprocess.Popen[bytes] | None, answers: Callable[[], bool], patience: float
) -> bool:
    """Waits until `answers()`; False when the process ended meanwhile, or has not answered after
    `patience` seconds."""
    deadline = time.monotonic() + patience
    while not answers():
        if process is None or time.monotonic() > deadline:
            return False
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLL_SECONDS)
            return False
    return True


def end(process: subprocess.Popen[bytes] | None, patience: float) -> None:
    """Asks a process to end, and ends it itself after `patience` seconds."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
