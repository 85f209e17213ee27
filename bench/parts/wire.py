"""A browser's socket without the browser: a thousand fit beside what is measured."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import aiohttp

CALL_SECONDS = 15.0
AT_ONCE = 25
"""Sockets that are being opened at the same time."""

OnEvent = Callable[[str, Any, float], None]
"""Event, data, and when it came (`time.perf_counter`)."""


class Refused(Exception):
    """The server refused the socket, or answered an event with an error."""


def _unheard(_event: str, _data: Any, _at: float) -> None:
    """Nobody listens."""


class Wire:
    """One Socket.IO connection over one WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, on_event: OnEvent) -> None:
        self._socket = socket
        self.on_event = on_event
        self._numbers = count(1)
        self._acks: dict[int, asyncio.Future[Any]] = {}
        self._greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reader = asyncio.create_task(self._read())

    async def greet(self, auth: dict[str, Any] | None) -> None:
        """The handshake of Socket.IO itself."""
        await self._socket.send_str("40" + json.dumps(auth or {}))
        await asyncio.wait_for(self._greeted, CALL_SECONDS)

    async def ask(self, event: str, data: Any) -> None:
        """An event whose answer is asked for, as browsers do, and not waited for."""
        await self._socket.send_str(f"42{next(self._numbers)}" + json.dumps([event, data]))

    async def call(self, event: str, data: Any) -> Any:
        """An event and the data of its answer. Raises Refused."""
        number = next(self._numbers)
        answer = self._acks[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(f"42{number}" + json.dumps([event, data]))
        reply = await asyncio.wait_for(answer, CALL_SECONDS)
        if not reply["ok"]:
            raise Refused(f"{event}: {reply['error']}")
        return reply["data"]

    async def close(self) -> None:
        self._reader.cancel()
        await self._socket.close()

    async def _read(self) -> None:
        async for message in self._socket:
            self._take(message.data, time.perf_counter())

    def _take(self, text: str, at: float) -> None:
        if text == "2":
            self._pong = asyncio.ensure_future(self._socket.send_str("3"))
        elif text.startswith("42"):
            event, *content = json.loads(text[2:])
            self.on_event(event, content[0] if content else None, at)
        elif text.startswith("43"):
            number, _, content = text[2:].partition("[")
            if (answer := self._acks.pop(int(number), None)) is not None:
                answer.set_result(json.loads("[" + content)[0])
        elif text.startswith("40"):
            self._greeted.set_result(None)
        elif text.startswith("44"):
            self._greeted.set_exception(Refused(text[2:]))


class LazyWire(Wire):
    """Does not read what is in an event: thousands cost the machine little."""

    def _take(self, text: str, at: float) -> None:
        if text.startswith("42"):
            self.on_event(text[4 : text.index('"', 4)], None, at)
        else:
            super()._take(text, at)


class Wires:
    """Opens many of them, on one client."""

    def __init__(
        self, client: aiohttp.ClientSession, base_url: str, compress: int, lazy: bool
    ) -> None:
        self._client = client
        self._compress = compress
        self._kind = LazyWire if lazy else Wire
        self._address = f"{base_url}/socket.io/?EIO=4&transport=websocket"
        self._open: list[Wire] = []

    async def open(
        self,
        header: Mapping[str, str],
        on_event: OnEvent = _unheard,
        slug: str | None = None,
    ) -> Wire:
        socket = await self._client.ws_connect(
            self._address, headers=header, compress=self._compress
        )
        wire = self._kind(socket, on_event)
        self._open.append(wire)
        await wire.greet({"slug": slug} if slug else None)
        return wire

    async def open_all(
        self, headers: Iterable[Mapping[str, str]], on_event: OnEvent = _unheard
    ) -> list[Wire]:
        return await a_few_at_once([self.open(header, on_event) for header in headers])

    async def close(self) -> None:
        await a_few_at_once([wire.close() for wire in self._open])


async def a_few_at_once(work: Iterable[Any], most: int = AT_ONCE) -> list[Any]:
    """Like `asyncio.gather`, without storming the server."""
    turn = asyncio.Semaphore(most)

    async def one(awaitable: Any) -> Any:
        async with turn:
            return await awaitable

    return list(await asyncio.gather(*(one(awaitable) for awaitable in work)))


@asynccontextmanager
async def wires(base_url: str, compress: int = 15, lazy: bool = False) -> AsyncIterator[Wires]:
    """Light clients of one server. `compress`: the window that they offer, 0 for no compression;
    `lazy`: events come without their data."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as client:
        opened = Wires(client, base_url, compress, lazy)
        try:
            yield opened
        finally:
            await opened.close()
