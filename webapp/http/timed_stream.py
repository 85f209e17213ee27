"""A connection's bytes with a time budget. Without eventlet: it works with any kind of socket."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from webapp.infra import cooperative

SLICE_BYTES = 16 * 1024
"""Read without a wait before others get their turn."""
MIN_BYTES_PER_SECOND = 1000
"""Slower bodies, sent or read, use up the time budget of their connection."""


class TimedStream(socket.SocketIO):
    """A connection's bytes in one direction, with a time budget: seconds that it may still wait
    for the other end. Bytes of a body earn time, those of a head do not."""

    earns = False
    buffered_only = False
    """Read no further than what has been read already."""

    def __init__(self, connection: Any, mode: Any, seconds: float) -> None:
        super().__init__(connection, mode)
        self._seconds = self._left = seconds
        self._idle = True
        self._since_pause = 0

    def renew(self, *, earns: bool) -> None:
        """Begins a head (`earns` is False) or a body with a whole budget."""
        self.earns, self._left, self._idle = earns, self._seconds, not earns

    def end(self, seconds: float) -> None:
        """Reads no longer than that from now on."""
        self.earns, self._left, self._idle = False, seconds, False

    def readinto(self, buffer: Any) -> int | None:
        if self.buffered_only:
            return None
        with self._spending():
            read: int | None = super().readinto(buffer)
        if self._idle:  # the wait for a head is over, and its own time begins
            self._idle, self._left = False, self._seconds
        self._earn(read or 0)
        self._since_pause += read or 0
        if self._since_pause >= SLICE_BYTES:
            self._since_pause = 0
            cooperative.pause()
        return read

    def write(self, data: Any) -> int | None:
        with self._spending():
            written: int | None = super().write(data)
        self._earn(written or 0)
        return written

    @contextmanager
    def _spending(self) -> Iterator[None]:
        if self._left <= 0:
            raise TimeoutError("too slow")
        self._sock.settimeout(self._left)  # type: ignore[attr-defined]
        begun = time.monotonic()
        try:
            yield
        finally:
            self._left -= time.monotonic() - begun

    def _earn(self, number: int) -> None:
        if self.earns:
            self._left = min(self._seconds, self._left + number / MIN_BYTES_PER_SECOND)
