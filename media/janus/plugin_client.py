"""A handle for requests that are about no seat: rooms and mountpoints."""

from __future__ import annotations

import asyncio
from typing import Any

from media.errors import HandleGone, JanusRefused, JanusUnreachable
from media.interfaces import Connection, Handle, Message, State

NO_SDP = 465  # JANUS_ERROR_JSEP_INVALID_SDP in apierror.h


def data_of(message: Message) -> dict[str, Any]:
    """The plugin's part of a reply or event; empty when it has none."""
    data: dict[str, Any] = message.get("plugindata", {}).get("data", {})
    return data


def sdp_of(reply: Message) -> str:
    """Janus' offer or answer in a reply. Raises JanusRefused when there is none."""
    jsep = reply.get("jsep")
    if not isinstance(jsep, dict) or "sdp" not in jsep:
        raise JanusRefused(NO_SDP, "Janus answered without a session description")
    return str(jsep["sdp"])


class Control:
    """Attached when first needed, and again after Janus was lost."""

    def __init__(self, connection: Connection, plugin: str) -> None:
        self._connection = connection
        self._plugin = plugin
        self._handle: Handle | None = None
        self._attaching = asyncio.Lock()
        connection.on_state(self._on_state)

    async def ask(self, body: Message) -> dict[str, Any]:
        """The plugin's answer. Raises SoundError."""
        async with self._attaching:
            if self._handle is None:
                self._handle = await self._connection.attach(self._plugin, self._on_event)
            handle = self._handle
        try:
            return data_of(await handle.request(body))
        except HandleGone as error:
            self._forget(handle)
            raise JanusUnreachable("Janus was lost meanwhile") from error

    def _on_event(self, message: Message) -> None:
        if message.get("janus") == "detached":
            self._handle = None

    def _on_state(self, state: State) -> None:
        if state == "down":
            self._handle = None

    def _forget(self, handle: Handle) -> None:
        if self._handle is handle:
            self._handle = None
