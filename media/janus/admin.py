"""Janus' Admin API: what Janus itself says it has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from media.errors import JanusRefused
from media.interfaces import Held, Message
from media.janus.handle import NO_SUCH_HANDLE
from media.janus.transport import REPLIES, Transport, connect, exchange


class Admin:
    """Looks, with a connection of its own each time. ``timeout`` in seconds, for each request.

    Methods raise SoundError.
    """

    def __init__(self, url: str, secret: str, timeout: float) -> None:
        self._url = url
        self._secret = secret
        self._timeout = timeout

    @property
    def known(self) -> bool:
        """Whether it was told where the Admin API is."""
        return bool(self._url)

    async def handles(self, janus_session: int | None) -> tuple[int, ...]:
        """The handles of a janus_session."""
        async with self._connected() as transport:
            return await self._handles(transport, janus_session)

    async def held(self, janus_session: int | None) -> tuple[Held, ...]:
        """The same with what each is used for."""
        async with self._connected() as transport:
            numbers = await self._handles(transport, janus_session)
            infos = self._infos(transport, janus_session, numbers, plugin_only=True)
            return tuple([held_of(number, info) async for number, info in infos])

    async def received(self, janus_session: int | None, handles: Collection[int]) -> dict[int, int]:
        """RTP packets that have come in over these handles; those that are gone are left out."""
        async with self._connected() as transport:
            infos = self._infos(transport, janus_session, handles)
            return {number: packets_of(info) async for number, info in infos}

    async def _infos(
        self,
        transport: Transport,
        janus_session: int | None,
        handles: Collection[int],
        **how: bool,
    ) -> AsyncIterator[tuple[int, Message]]:
        for number in handles:
            ask: Message = {"janus": "handle_info", "handle_id": number, **how}
            try:
                told = await self._ask(transport, ask | {"session_id": janus_session})
            except JanusRefused as error:
                if error.code != NO_SUCH_HANDLE:  # it may end while we look
                    raise
                continue
            yield number, told["info"]

    async def _handles(self, transport: Transport, janus_session: int | None) -> tuple[int, ...]:
        listed = await self._ask(transport, {"janus": "list_handles", "session_id": janus_session})
        return tuple(int(number) for number in listed["handles"])

    async def _ask(self, transport: Transport, message: Message) -> dict[str, Any]:
        whole = {**message, "admin_secret": self._secret}
        return await exchange(transport, whole, REPLIES, self._timeout)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Transport]:
        transport = Transport(
            self._url,
            subprotocol="janus-admin-protocol",
            open_timeout=self._timeout,
            on_message=lambda _: None,
            on_lost=lambda: None,
        )
        try:
            await connect(transport)
            yield transport
        finally:
            await transport.shut()


def held_of(number: int, info: Message) -> Held:
    return Held(
        id=number,
        plugin=str(info.get("plugin", "")),
        label=str(info.get("opaque_id", "")),
        info=info.get("plugin_specific") or {},
    )


def packets_of(info: Message) -> int:
    media = info.get("webrtc", {}).get("media", {})
    return sum(int(medium["stats"]["in"]["packets"]) for medium in media.values())
