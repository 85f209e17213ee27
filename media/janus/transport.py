"""janus-client's WebSocket transport, with what it lacks: loss is told, late attaches are undone.

The transport keeps the transactions (``send`` gives one, replies are put into it); all else of the
protocol, from the janus_session upwards, is in ``session.py``. Why not janus-client's own
session: see docs/decisions/janus-client.md.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from media.errors import JanusRefused, JanusTimeout, JanusUnreachable
from media.interfaces import Message
from media.janus.transport_import import transport_class

log = logging.getLogger(__name__)

REPLIES = frozenset({"success", "event", "error"})
ACKNOWLEDGED = frozenset({"ack", "success", "error"})

# Every message carries the API secret: janus-client logs them at INFO, websockets at DEBUG.
logging.getLogger("janus_client").setLevel(logging.WARNING)
socket_log = logging.getLogger(f"{__name__}.websocket")
socket_log.setLevel(logging.WARNING)


class Transport(transport_class()):  # type: ignore[misc]  # janus-client has no types
    """One WebSocket. When it drops it is thrown away; the next connection has its own."""

    def __init__(
        self,
        base_url: str,
        api_secret: str | None = None,
        subprotocol: str = "janus-protocol",
        *,
        open_timeout: float,
        on_message: Callable[[Message], None],
        on_lost: Callable[[], None],
    ) -> None:
        super().__init__(base_url=base_url, api_secret=api_secret, subprotocol=subprotocol)
        self.subprotocol = subprotocol
        self._open_timeout = open_timeout  # seconds for the WebSocket's handshake
        self._on_message = on_message
        self._on_lost = on_lost
        self._waiting: dict[str, Any] = {}

    async def _connect(self, **kwargs: Any) -> None:
        # The janus_session's keepalive finds a dead peer, so there is no need of pings. Never
        # through a proxy that the environment may name: Janus is on this machine.
        await super()._connect(
            open_timeout=self._open_timeout,
            ping_interval=None,
            close_timeout=1,
            proxy=None,
            logger=socket_log,
        )

    async def exchange(self, message: Message, final: frozenset[str], timeout: float) -> Message:
        """Send and return the first reply whose ``janus`` is in ``final``.

        Raises TimeoutError, or ConnectionError when the WebSocket is or gets lost.
        """
        transaction = None
        try:
            async with asyncio.timeout(timeout):
                transaction = await self.send(message)
                self._waiting[transaction.id] = transaction
                reply: Message = await transaction.get(
                    matcher=lambda reply: reply["janus"] in final or reply["janus"] == LOST
                )
        except (TimeoutError, asyncio.CancelledError):
            raise
        except Exception as error:  # janus-client raises nothing more precise
            raise ConnectionError(str(error)) from error
        finally:
            if transaction is not None:
                self._waiting.pop(transaction.id, None)
                await transaction.done()
        if reply["janus"] == LOST:
            raise ConnectionError("the connection to Janus was lost")
        return reply

    async def receive(self, response: Message) -> None:
        """Replies go to whoever waits for them; everything else to ``on_message``."""
        waiting = self._waiting.get(response.get("transaction", ""))
        if waiting is not None:
            waiting.put_msg(message=response)
        else:
            self._on_message(response)

    def receive_message_done_cb(self, task: asyncio.Task[None], context: object = None) -> None:
        """The WebSocket is gone: nobody may wait for ever for what cannot come any more."""
        self.receiving_message = False
        self.connected = False
        if not task.cancelled() and (error := task.exception()) is not None:
            log.info("The connection to Janus dropped: %s", error)
        for transaction in list(self._waiting.values()):
            transaction.put_msg(message={"janus": LOST})
        self._on_lost()

    async def shut(self) -> None:
        """Close the WebSocket, however far it got. Never raises."""
        try:
            if self.connected:
                await self.disconnect()
            elif getattr(self, "ws", None) is not None:
                await self.ws.close()
        except Exception as error:  # noqa: BLE001 - it is being thrown away
            log.debug("Closing the connection to Janus: %s", error)


LOST = "soundcheck: lost"  # not a word of Janus'


async def connect(transport: Transport) -> None:
    """Open the WebSocket. Raises JanusUnreachable."""
    try:
        await transport.connect()
    except Exception as error:  # of janus-client, websockets, DNS, TLS
        await transport.shut()
        raise JanusUnreachable(f"Janus cannot be reached: {error}") from error


async def exchange(
    transport: Transport, message: Message, final: frozenset[str], timeout: float
) -> Message:
    """One request and its final reply; the core's errors become JanusRefused."""
    try:
        reply = await transport.exchange(message, final, timeout)
    except TimeoutError as error:
        raise JanusTimeout(f"Janus did not answer {message['janus']!r} in {timeout:g} s") from error
    except ConnectionError as error:
        raise JanusUnreachable(str(error)) from error
    if reply["janus"] == "error":
        raise JanusRefused(int(reply["error"]["code"]), str(reply["error"]["reason"]))
    return reply
