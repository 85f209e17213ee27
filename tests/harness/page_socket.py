"""One page's socket, without the browser: what it sends is not waited for unless a test does, and
it can end without a word."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from typing import Any

import aiohttp

from tests.harness.server import Visitor
from tests.harness.waits import PATIENCE, eventually

ACK = re.compile(r"43(\d+)(\[.*)", re.DOTALL)


class PageSocket:
    """`heard` is every event that came, by name, the acks not among them."""

    def __init__(self, client: aiohttp.ClientSession, visitor: Visitor) -> None:
        self._client = client
        self.visitor = visitor
        self.heard: list[tuple[str, Any]] = []
        self._numbers = iter(range(1, 10_000))
        self._acks: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reading: asyncio.Task[None] | None = None

    async def open(self, slug: str | None = None) -> PageSocket:
        address = f"{self.visitor.base_url}/socket.io/?EIO=4&transport=websocket"
        self._ws = await self._client.ws_connect(address, headers=self.visitor.header)
        self._reading = asyncio.create_task(self._read())
        await self._ws.send_str("40" + json.dumps({"slug": slug} if slug else {}))
        async with asyncio.timeout(PATIENCE):
            await self._connected
        return self

    async def send(self, event: str, **content: Any) -> int:
        """Sends an event and waits for nothing. Returns the number of its answer."""
        number = next(self._numbers)
        self._acks[number] = asyncio.get_running_loop().create_future()
        await self._ws.send_str(f"42{number}" + json.dumps([event, content]))
        return number

    async def ack(self, number: int) -> dict[str, Any]:
        """The answer to an event that was sent. ConnectionError when the socket ends before."""
        async with asyncio.timeout(PATIENCE):
            return await self._acks[number]

    def is_answered(self, number: int) -> bool:
        return self._acks[number].done()

    async def call(self, event: str, **content: Any) -> dict[str, Any]:
        return await self.ack(await self.send(event, **content))

    async def does(self, event: str, **content: Any) -> dict[str, Any]:
        """The same for what must succeed: the data of the answer."""
        ack = await self.call(event, **content)
        assert ack["ok"], f"{event} of {self.visitor.name}: {ack}"
        data: dict[str, Any] = ack["data"]
        return data

    async def hears(self, event: str, since: int = 0) -> None:
        """Waits until an event has come, after so many others."""
        what = f"{self.visitor.name} to hear {event}"
        await eventually(lambda: event in [name for name, _ in self.heard[since:]], what)

    def last(self, event: str) -> Any:
        """What came last by that name; None: nothing did."""
        return next((data for name, data in reversed(self.heard) if name == event), None)

    async def vanish(self) -> None:
        if self._reading is None:
            return
        self._reading.cancel()
        connection = self._ws._response.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()
        with suppress(aiohttp.ClientError, RuntimeError):
            await self._ws.close()
        self._end()

    async def _read(self) -> None:
        """Answers pings, also while nobody waits for anything."""
        with suppress(aiohttp.ClientError, OSError):
            async for message in self._ws:
                await self._take(str(message.data))
        self._end()

    async def _take(self, text: str) -> None:
        if text == "2":
            await self._ws.send_str("3")
        elif text.startswith("40"):
            self._connected.set_result(None)
        elif text.startswith("42"):
            event, *data = json.loads(text[2:])
            self.heard.append((event, data[0] if data else None))
        elif found := ACK.fullmatch(text):
            self._acks[int(found[1])].set_result(json.loads(found[2])[0])

    def _end(self) -> None:
        """Whoever waits for something learns that it does not come."""
        promised: list[asyncio.Future[Any]] = [self._connected, *self._acks.values()]
        for awaited in promised:
            if not awaited.done():
                awaited.set_exception(ConnectionError(f"the socket of {self.visitor.name} ended"))
                awaited.exception()  # also if nobody waits
