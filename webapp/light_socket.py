"""Engine.IO's socket for many who mostly wait: one greenlet each, which reads.

python-engineio keeps two more for every WebSocket, one that sleeps until the next ping and one
that waits for something to write: 20 KB a person, of 65. Here a ping is a timer, and what writes
lives as long as there is something to write. python-engineio cannot be told to use another kind
of socket, so this one is put in the place of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import engineio
from engineio.exceptions import SocketIsClosedError, UnknownPacketError
from engineio.packet import PING, Packet
from engineio.socket import Socket

log = logging.getLogger(__name__)

Later = Callable[[float, Callable[[], object]], object]
"""Runs work in the background after so many seconds."""


class LightSocket(Socket):
    """See the module. Polling, and what upgrades from it, goes the library's way."""

    server: Any
    last_ping: float | None
    connected: bool
    _web_socket: Any = None
    _writing = False

    # --- pings ----------------------------------------------------------------------------

    def schedule_ping(self) -> None:
        later: Later | None = getattr(self.server, "later", None)
        if later is None:  # a server that is none of ours
            super().schedule_ping()
        elif self.last_ping:  # the ping before was answered
            self.last_ping = None
            later(self.server.ping_interval, self._ping)

    def _ping(self) -> None:
        if not self.closing and not self.closed:
            self.last_ping = time.time()
            self.send(Packet(PING))

    # --- writing --------------------------------------------------------------------------

    def send(self, pkt: Packet) -> None:
        super().send(pkt)
        self._write_soon()

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        super().close(wait=False, abort=abort, reason=reason)
        self._write_soon()
        if wait:
            self.queue.join()

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
        if self.connected or not hasattr(self.server, "later"):
            return super()._websocket_handler(ws)
        self.connected = self.upgraded = True
        ws.socket.settimeout(self.server.ping_interval + self.server.ping_timeout)
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
            return False
        try:
            self.receive(Packet(encoded_packet=data))
        except UnknownPacketError:
            pass
        except SocketIsClosedError:
            return False
        except Exception:  # the boundary of a connection: what others sent must not end it silently
            log.exception("%s: could not be received", self.sid)
            return False
        return True


def install(server: Any, later: Later, spawn: Callable[[Callable[[], object]], object]) -> None:
    """Has an Engine.IO server make such sockets. For greenlets only: it counts on nobody coming
    in between where nothing waits."""
    server.later, server.spawn = later, spawn
    engineio.socket.Socket = LightSocket
