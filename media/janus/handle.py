"""One handle of a janus_session."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from media.errors import HandleGone, JanusRefused
from media.interfaces import Message, OnEvent
from media.janus.transport import ACKNOWLEDGED, REPLIES

if TYPE_CHECKING:
    from media.janus.session import JanusConnection

log = logging.getLogger(__name__)

NO_SUCH_HANDLE = 459


class JanusHandle:
    """See ``media.interfaces.Handle``. One request at a time, and no detaching before its reply:
    Janus 1.1.2 crashes, with everybody's sound, when a handle is detached while it negotiates."""

    def __init__(self, connection: JanusConnection, handle_id: int, on_event: OnEvent) -> None:
        self._connection = connection
        self._on_event = on_event
        self._turn = asyncio.Lock()
        self.id = handle_id
        self.gone = False

    async def request(self, body: Mapping[str, Any], jsep: Message | None = None) -> Message:
        message: Message = {"janus": "message", "body": dict(body)}
        if jsep is not None:
            message["jsep"] = jsep
        reply = await self._connection.to_the_end(self._call(message, REPLIES))
        data = reply.get("plugindata", {}).get("data", {})
        if "error_code" in data:
            raise JanusRefused(int(data["error_code"]), str(data.get("error", "")))
        return reply

    async def trickle(self, candidate: Message | None) -> None:
        said = {"completed": True} if candidate is None else candidate
        message = {"janus": "trickle", "candidate": said}
        await self._connection.to_the_end(self._call(message, ACKNOWLEDGED))

    async def detach(self) -> None:
        self.gone = True
        await self._connection.to_the_end(self._detach())

    async def _call(self, message: Message, final: frozenset[str]) -> Message:
        async with self._turn:
            if self.gone:
                raise HandleGone(f"handle {self.id} is no more")
            try:
                return await self._connection.call({**message, "handle_id": self.id}, final)
            except JanusRefused as error:
                if error.code == NO_SUCH_HANDLE:
                    raise HandleGone(str(error)) from error
                raise

    async def _detach(self) -> None:
        async with self._turn:
            await self._connection.detach(self)

    def deliver(self, message: Message) -> None:
        """An event of this handle. A callback that fails must not end the connection."""
        if self.gone:
            return
        try:
            self._on_event(message)
        except Exception:  # whatever a callback runs into
            log.exception("An event of handle %s was not understood", self.id)
