"""Engine.IO's socket for many who mostly wait: one greenlet each, which reads.

python-engineio keeps two more for every WebSocket, one that sleeps until the next ping and one
that waits for something to write: 20 KB a person, of 65. Here a ping is a timer, and what writes
lives as long as there is something to write. python-engineio cannot be told to use another kind
of socket, so this one is put in the place of its own.

What comes in is limited before it is parsed, and the first packet that cannot be parsed ends the
connection. Polling is for browsers to which no WebSocket can be opened: a session that polls is
never upgraded.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import engineio
from engineio.exceptions import ContentTooLongError, EngineIOError, SocketIsClosedError
from engineio.packet import MESSAGE, PING, Packet
from engineio.payload import Payload
from engineio.socket import Socket

from webapp.http.engineio_sessions import BYTES_A_TOKEN, Owner, Quota
from webapp.http.rejection_counters import Refusals
from webapp.infra import cooperative

log = logging.getLogger(__name__)

CONNECT = "0"
"""How a packet of Socket.IO begins that connects."""
PINGS_TO_CONNECT = 1
"""A session that has not connected to Socket.IO when the next one is due is closed."""
CONNECT_TOKENS = 10
"""What connecting to Socket.IO costs more than a packet: who asks is looked up."""
MAX_QUEUED = 500
"""Packets that wait to be sent. Who does not read them is gone."""
TOKENS_A_TURN = 16
"""Taken in by one connection before others get their turn: some three milliseconds of work."""

Later = Callable[[float, Callable[[], object]], object]
"""Runs work in the background after so many seconds."""


class MalformedPacket(EngineIOError):
    """What was sent is not what any browser sends."""


class LightSocket(Socket):
    """See the module. Other servers in the process, in tests, go the library's way."""

    server: Any
    last_ping: float | None
    connected: bool
    owner: Owner | None = None
    quota: Quota | None = None
    _web_socket: Any = None
    _writing = False
    _is_dropped = False
    _requests: frozenset[str] = frozenset()
    _tokens_of_turn = 0.0
    _pings = 0

    # --- pings ----------------------------------------------------------------------------

    def schedule_ping(self) -> None:
        later: Later | None = getattr(self.server, "later", None)
        if later is None:  # a server that is none of ours
            super().schedule_ping()
        elif self.last_ping:  # the ping before was answered
            self.last_ping = None
            later(self.server.ping_interval, self._ping)

    def _ping(self) -> None:
        if self.closing or self.closed:
            return
        if self._pings == PINGS_TO_CONNECT and not self.server.has_connected(self.sid):
            self._refused("never_connected")
            self.close(abort=True, reason=self.server.reason.TRANSPORT_ERROR)
            return
        self._pings = min(self._pings + 1, PINGS_TO_CONNECT + 1)
        self.last_ping = time.time()
        self.send(Packet(PING))

    # --- writing --------------------------------------------------------------------------

    def send(self, pkt: Packet) -> None:
        if self.queue.qsize() < MAX_QUEUED:
            super().send(pkt)
            self._write_soon()
        elif not self._is_dropped:
            self._is_dropped = True
            self._refused("unread")
            # Not here: whoever sends to many people must not wait for the end of one.
            self.server.spawn(self._drop)

    def _drop(self) -> None:
        self.close(abort=True, reason=self.server.reason.TRANSPORT_ERROR)

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        # Never waiting until everything is sent: who does not read would be waited for for ever.
        super().close(wait=False, abort=abort, reason=reason)
        self._write_soon()

    def _write_soon(self) -> None:
        if self._web_socket is not None and not self._writing:
            self._writing = True
            self.server.spawn(self._write)

    def _write(self) -> None:
        """Writes what there is. The end of the queue, and a broken line, close the WebSocket."""
        try:
            while not self.queue.empty():
                for packet in self.poll() or self._end():
                    self._web_socket.send(packet.encode())
        except Exception as error:  # noqa: BLE001 - as below
            log.debug("%s: not written: %s", self.sid, error)
            self._end()
        finally:
            self._writing = False

    def _end(self) -> tuple[()]:
        self._web_socket.close()
        return ()

    # --- reading --------------------------------------------------------------------------

    def _websocket_handler(self, ws: Any) -> list[bytes]:
        if not hasattr(self.server, "later"):
            return super()._websocket_handler(ws)
        self.connected = self.upgraded = True
        ws.socket.settimeout(self.server.ping_interval + self.server.ping_timeout)
        ws.charge = self._charge
        self._web_socket = ws
        self._write_soon()
        try:
            while (data := ws.wait()) is not None and self._take(data):
                pass
        except Exception as error:  # noqa: BLE001 - whatever ends the line: the line has ended
            log.debug("%s: not read: %s", self.sid, error)
        self.queue.put(None)
        self._write_soon()
        self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
        return []

    def _take(self, data: str | bytes) -> bool:
        """One packet in. False ends the connection."""
        if len(data) > self.server.max_http_buffer_size:
            self._refused("too_large")
            return False
        try:
            self.receive(_parsed(data))
        except (EngineIOError, SocketIsClosedError) as error:
            self._refused_packet(error)
            return False
        except Exception:  # the boundary of a connection: what others sent must not end it silently
            log.exception("%s: could not be received", self.sid)
            return False
        return True

    def receive(self, pkt: Packet) -> None:
        if pkt.packet_type != MESSAGE or not hasattr(self.server, "later"):
            super().receive(pkt)
        else:
            if not pkt.data or not isinstance(pkt.data, str | bytes):
                raise MalformedPacket
            if isinstance(pkt.data, str) and pkt.data.startswith(CONNECT):
                self._charge(CONNECT_TOKENS * BYTES_A_TOKEN)
            # Not through the server, which logs what fails, with a traceback, and goes on.
            try:
                self.server.handlers["message"](self.sid, pkt.data)
            except ValueError:  # also what python-socketio does not expect at this time
                raise MalformedPacket from None

    def _charge(self, size: int) -> None:
        """Takes what a packet costs, waits until the person can pay for it, and lets others have
        their turn."""
        cost = 1 + size / BYTES_A_TOKEN
        if self.quota and (seconds := self.quota.packets.take(cost, time.monotonic())):
            self._refused("throttled")
            time.sleep(seconds)
            self._tokens_of_turn = 0.0
        self._tokens_of_turn += cost
        if self._tokens_of_turn >= TOKENS_A_TURN:
            self._tokens_of_turn = 0.0
            cooperative.pause()

    # --- polling --------------------------------------------------------------------------

    def handle_get_request(self, environ: dict[str, Any], start_response: Any) -> Any:
        if not self.connected or not hasattr(self.server, "later"):
            return super().handle_get_request(environ, start_response)
        if "HTTP_UPGRADE" in environ:
            return self.server._bad_request("No upgrade")
        with self._one_at_a_time("poll"):
            return super().handle_get_request(environ, start_response)

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        if not hasattr(self.server, "later"):
            super().handle_post_request(environ)
            return
        with self._one_at_a_time("send"):
            try:
                self._take_all(environ)
            except (EngineIOError, SocketIsClosedError) as error:
                self._refused_packet(error)
                raise MalformedPacket from None

    def _take_all(self, environ: dict[str, Any]) -> None:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > self.server.max_http_buffer_size:
            raise ContentTooLongError
        try:
            packets = environ["wsgi.input"].read(length).decode().split("\x1e")
        except ValueError:
            raise MalformedPacket from None
        if len(packets) > Payload.max_decode_packets:
            raise MalformedPacket
        for packet in packets:
            self._charge(len(packet))
            self.receive(_parsed(packet))

    @contextmanager
    def _one_at_a_time(self, kind: str) -> Iterator[None]:
        """A session has one request of a kind under way: browsers keep to it, and others would
        have as many wait as they like."""
        if kind in self._requests:
            raise MalformedPacket("two requests at once")
        self._requests |= {kind}
        try:
            yield
        finally:
            self._requests -= {kind}

    # --- refusing -------------------------------------------------------------------------

    def _refused_packet(self, error: Exception) -> None:
        if not isinstance(error, SocketIsClosedError):
            self._refused("malformed_packet")

    def _refused(self, reason: str) -> None:
        refusals: Refusals | None = getattr(self.server, "refusals", None)
        if refusals is not None:
            refusals.count(reason, self.owner[0] if self.owner else None)


def _parsed(data: str | bytes) -> Packet:
    """One packet of Engine.IO. Raises MalformedPacket."""
    try:
        return Packet(encoded_packet=data)
    except (ValueError, TypeError, RecursionError):
        raise MalformedPacket from None


def install(
    server: Any,
    later: Later,
    spawn: Callable[[Callable[[], object]], object],
    has_connected: Callable[[str], bool],
    refusals: Refusals | None = None,
) -> None:
    """Has an Engine.IO server make such sockets. For greenlets only: it counts on nobody coming
    in between where nothing waits. `has_connected(sid)`: whether a session has connected to
    Socket.IO."""
    server.later, server.spawn = later, spawn
    server.has_connected, server.refusals = has_connected, refusals
    engineio.socket.Socket = LightSocket
