"""What the supervisor waits for: signals, the death of a child, a web process that loads."""

from __future__ import annotations

import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

READY_SECONDS = 30.0
STOP_SECONDS = 10.0
LOOK_EVERY_SECONDS = 0.05
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Told(Exception):
    """Somebody asked for the end."""


class Signals:
    """Waits that end as soon as a signal arrives: to end, or of a child's death."""

    def __init__(self) -> None:
        self._told = self._exchange = False
        self._heard, notes = socket.socketpair()
        self._heard.setblocking(False)
        notes.setblocking(False)
        self._notes = notes  # kept open
        signal.set_wakeup_fd(notes.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in ENDING_SIGNALS:
            signal.signal(number, self._tell)
        signal.signal(signal.SIGUSR1, self._note_exchange)

    def _tell(self, *_: object) -> None:
        self._told = True

    def _note_exchange(self, *_: object) -> None:
        self._exchange = True

    def wait(self, seconds: float | None) -> bool:
        """Returns after `seconds`, or sooner when a child has ended or somebody asks for another
        web process: then True. Raises Told."""
        select.select([self._heard], [], [], seconds)
        with suppress(BlockingIOError):
            self._heard.recv(4096)
        if self._told:
            raise Told
        asked, self._exchange = self._exchange, False
        return asked


class Waiting:
    """A web process that loads, says so, and then waits for its turn. `begin` starts it."""

    def __init__(self, begin: Callable[[int], subprocess.Popen[bytes]]) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self.process = begin(theirs.fileno())

    def has_loaded(self, signals: Signals) -> bool:
        """Waits until it says so; False when it ends instead, or takes too long. Raises Told."""
        deadline = time.monotonic() + READY_SECONDS
        while not select.select([self._line], [], [], 0)[0]:
            if self.process.poll() is not None or time.monotonic() > deadline:
                return False
            signals.wait(LOOK_EVERY_SECONDS)
        return bool(self._line.recv(64))

    def take_over(self) -> subprocess.Popen[bytes]:
        """It serves from now on, or as soon as it has loaded."""
        self._line.close()
        return self.process

    def end(self) -> None:
        end(self.process, signal.SIGTERM)
        self._line.close()


def end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Waits for it, and ends it itself after `STOP_SECONDS`."""
    process.send_signal(how)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
