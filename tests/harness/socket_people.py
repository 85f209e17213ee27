"""People with sockets to a real process, and every message that they get."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any

import socketio

from tests.harness.server import RunningApp, Visitor
from tests.harness.waits import eventually

PATIENCE = 60


class Ear:
    """One socket of one person. `heard` is everything that came, the acks of `calls` among it."""

    def __init__(self, app: RunningApp, visitor: Visitor, language: str = "en") -> None:
        self.visitor = visitor
        self.heard: list[tuple[str, Any]] = []
        self._at = app.base_url
        self._headers = {**visitor.header, "Accept-Language": language}
        self._client = socketio.AsyncClient(reconnection=False)
        self._client.on(
            "*", lambda name, *data: self.heard.append((name, data[0] if data else None))
        )

    @property
    def text(self) -> str:
        """All of it, as it came over the wire."""
        return json.dumps(self.heard, ensure_ascii=False)

    async def open(self, page: str | None = None) -> Ear:
        await self._client.connect(
            self._at,
            headers=self._headers,
            transports=["websocket"],
            auth={"slug": page} if page else None,
        )
        await self.until("features")
        return self

    async def close(self) -> None:
        await self._client.disconnect()

    async def __aenter__(self) -> Ear:
        return await self.open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def send(self, event: str, content: object) -> None:
        """Sends an event without waiting for its ack."""
        await self._client.emit(event, content)

    async def ended(self) -> None:
        """Waits until the server has ended this socket."""
        await eventually(lambda: not self._client.connected, "the end of the socket")

    async def call(self, event: str, content: object = MappingProxyType({})) -> dict[str, Any]:
        """Sends an event; its ack counts as heard."""
        ack: dict[str, Any] = await self._client.call(event, _plain(content), timeout=PATIENCE)
        self.heard.append(("ack", ack))
        return ack

    async def does(self, event: str, **content: Any) -> dict[str, Any]:
        """The same for what must succeed."""
        ack = await self.call(event, content)
        assert ack["ok"], f"{event}: {ack}"
        data: dict[str, Any] = ack["data"]
        return data

    async def until(self, name: str, **fields: Any) -> Any:
        """The first message of that name which holds `fields`; waits for it."""

        def found() -> list[Any]:
            wanted = fields.items()
            return [d for n, d in self.heard if n == name and (not wanted or wanted <= _items(d))]

        await eventually(found, f"{self.visitor.name} to hear {name} {fields}")
        return found()[0]

    def forget(self) -> None:
        """Only what comes from now on counts for `until`."""
        self.heard.clear()


def _plain(content: object) -> object:
    return dict(content) if isinstance(content, Mapping) else content


def _items(data: Any) -> Any:
    return {k: v for k, v in data.items() if isinstance(v, (str, int, bool))}.items()
