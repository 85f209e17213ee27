"""What thousands of HLS players ask a web server for, and nothing of what they do with it."""

from __future__ import annotations

import asyncio
import re
import resource
import time
from typing import Any

from media.hls_encoder import PLAYLIST, SEGMENT_SECONDS

NEWEST = re.compile(rb"(\d+\.m4s)\s*$")
LENGTH = re.compile(rb"Content-Length: (\d+)", re.IGNORECASE)
OPENED_AT_ONCE = 100


class Player(asyncio.Protocol):
    """One listener's connection: playlist, then the segment that is new in it, every second."""

    def __init__(self, players: Players, base: str) -> None:
        self._players = players
        self._base = base
        self._had = b""
        self._got = b""
        self._body_left = -1
        self._asked = 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def ask_playlist(self) -> None:
        self._ask(PLAYLIST)

    def close(self) -> None:
        self._transport.abort()

    def _ask(self, file: str) -> None:
        self._asked = time.perf_counter()
        self._transport.write(f"GET {self._base}{file} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self._players.received += len(data)
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found:
            return
        length = LENGTH.search(head)
        if length is None or len(body) < int(length[1]):
            return
        self._got = b""
        self._answered(head, body)

    def _answered(self, head: bytes, body: bytes) -> None:
        self._players.note(time.perf_counter() - self._asked, head.startswith(b"HTTP/1.1 200"))
        newest = NEWEST.search(body)
        if body.startswith(b"#EXTM3U") and newest and newest[1] != self._had:
            self._had = newest[1]
            self._ask(self._had.decode())


class Players:
    """All of them, spread over the second. ``waits``: how long each answer took, in seconds."""

    def __init__(self, port: int, addresses: list[str]) -> None:
        self._port = port
        self._addresses = addresses
        self._players: list[Player] = []
        self._asking: asyncio.Task[None] | None = None
        self.waits: list[float] = []
        self.failed = 0
        self.received = 0

    async def begin(self) -> None:
        """They connect and begin to ask."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        loop = asyncio.get_running_loop()
        for start in range(0, len(self._addresses), OPENED_AT_ONCE):
            opened = await asyncio.gather(
                *(
                    loop.create_connection(
                        lambda base=base: Player(self, base), "127.0.0.1", self._port
                    )  # type: ignore[misc]
                    for base in self._addresses[start : start + OPENED_AT_ONCE]
                )
            )
            self._players += [player for _, player in opened]
        self._asking = asyncio.create_task(self._ask_for_ever())

    def counts(self) -> tuple[int, int, int]:
        """Answers, their bytes, and how many were not as they should be."""
        return len(self.waits), self.received, self.failed

    def note(self, wait: float, good: bool) -> None:
        self.waits.append(wait)
        self.failed += not good

    def end(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        for player in self._players:
            player.close()

    async def _ask_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        begun, step, turn = loop.time(), SEGMENT_SECONDS / len(self._players), 0
        while True:
            due = int((loop.time() - begun) / step)
            for number in range(turn, due):
                self._players[number % len(self._players)].ask_playlist()
            turn = due
            await asyncio.sleep(0.005)
