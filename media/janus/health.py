"""Whether Janus' plugins still work, which its core cannot tell.

A plugin answers some requests at once (``list``) and queues the others for a thread of its own
(``join``, ``configure``, ``watch``). When that thread hangs nobody can take a seat; yet the core
answers ``keepalive`` and the plugin answers ``list``. So a queued request is asked, of a handle
that is nobody's seat, in a janus_session of its own: Janus answers it with an error.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from media.errors import JanusRefused, JanusTimeout
from media.interfaces import Message
from media.janus import audiobridge, streaming
from media.janus.transport import ACKNOWLEDGED, REPLIES, Transport, connect, exchange

QUEUED = {
    audiobridge.PLUGIN: {"request": "configure"},
    streaming.PLUGIN: {"request": "pause"},
}
"""A request of each plugin that its own thread answers, and that changes nothing."""

ANSWERED = frozenset({"event", "error"})


@dataclass(frozen=True, slots=True)
class Health:
    """``silent``: plugins that did not answer in time. ``mixes``: rooms and mountpoints there."""

    silent: tuple[str, ...] = ()
    mixes: int = 0


async def take_health(url: str, api_secret: str, admin_key: str, timeout: float) -> Health:
    """Asks both plugins, over a connection of its own; ``timeout`` in seconds, for each request.

    Raises JanusUnreachable (also JanusTimeout) when not even the core answers.
    """
    transport = Transport(
        url, api_secret, open_timeout=timeout, on_message=lambda _: None, on_lost=lambda: None
    )
    try:
        await connect(transport)
        created = await exchange(transport, {"janus": "create"}, REPLIES, timeout)
        session = {"session_id": int(created["data"]["id"])}
        try:
            asked = [_ask(transport, session, name, admin_key, timeout) for name in QUEUED]
            counts = dict(zip(QUEUED, await asyncio.gather(*asked), strict=True))
        finally:
            with suppress(JanusRefused, JanusTimeout):
                await exchange(transport, {"janus": "destroy", **session}, ACKNOWLEDGED, timeout)
    finally:
        await transport.shut()
    silent = tuple(name for name, count in counts.items() if count is None)
    return Health(silent, sum(count or 0 for count in counts.values()))


async def _ask(
    transport: Transport, session: Message, plugin: str, admin_key: str, timeout: float
) -> int | None:
    """How many rooms or mountpoints the plugin has; None when it does not answer."""
    attached = await exchange(
        transport, {"janus": "attach", "plugin": plugin, **session}, REPLIES, timeout
    )
    message = {"janus": "message", "handle_id": int(attached["data"]["id"]), **session}
    listing = {**message, "body": {"request": "list", "admin_key": admin_key}}
    try:
        with suppress(JanusRefused):
            await exchange(transport, {**message, "body": QUEUED[plugin]}, ANSWERED, timeout)
        listed = await exchange(transport, listing, REPLIES, timeout)
    except JanusTimeout:
        return None
    return len(listed["plugindata"]["data"]["list"])
