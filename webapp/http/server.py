"""The HTTP server: eventlet's, with limits on what one client can take of it.

Every connection has a time budget for what it sends and reads, one request of all connections
begins at a time, and a request that comes before the answer to the one before ends its connection.
WebSockets have limits of their own (`webapp/http/engineio_socket.py`): only their handshake comes
here.
"""

from __future__ import annotations

import io
import json
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address
from types import MappingProxyType
from typing import Any

import eventlet.wsgi
from eventlet.semaphore import Semaphore

from webapp.http.errors import AppError, ErrorCode
from webapp.http.rejection_counters import Refusals
from webapp.http.timed_stream import SLICE_BYTES, TimedStream
from webapp.infra import cooperative

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 20_000
BUFFER_BYTES = 1024
"""Of each connection's reading and writing. Longer bodies pass by the buffer."""
MAX_DISCARDED_BYTES = 2 * 1024 * 1024
"""Of a body that nobody wants: read so that the answer arrives. What is longer is cut off."""
ACCEPTS_A_TURN = 16
"""Connections taken in before others get their turn."""
LINGER_SECONDS = 1.0
"""What still comes is read for so long after a last answer: closing with bytes unread would take
the answer back (RFC 9112, section 9.6)."""
EXHAUSTED_SECONDS = 0.1
"""Between two attempts to accept when the machine has no descriptor or memory left."""

CODES: Mapping[int, ErrorCode] = MappingProxyType(
    {413: ErrorCode.TOO_LARGE, 414: ErrorCode.TOO_LARGE, 431: ErrorCode.TOO_LARGE}
)


@dataclass(frozen=True)
class ConnectionLimits:
    """What one connection, and one address, may take.

    `seconds`: the time budget of a connection for a request's head, for waiting while its body is
    sent or its answer is read, and for idling between two requests. `per_address`: connections of
    one address at the most; of an IPv6 network of 64 bits. `is_proxy(address)`: the connections
    of this address are those of many people, so that they are not counted.
    """

    seconds: float
    per_address: int
    is_proxy: Callable[[str], bool]
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the answers that the server gives by itself."""


def serve(
    listening: Any,
    app: Callable[..., Any],
    limits: ConnectionLimits,
    refusals: Refusals,
) -> None:
    """Serves until it is killed."""
    listener = _Listener(listening, limits, refusals)
    # Not socketio.run: that listens with SO_REUSEPORT, so that a second server would silently
    # share a taken port, and it shows tracebacks to browsers.
    eventlet.wsgi.server(
        listener,
        app,
        log_output=False,
        debug=False,
        max_size=MAX_CONNECTIONS,
        protocol=partial(_Protocol, listener, limits, refusals, Semaphore(1)),
        keepalive=limits.seconds,
        socket_timeout=limits.seconds,
    )


class _Listener:
    """The listening socket: gives connections to eventlet, some a turn and not too many of one
    address. No error of a single connection ends it."""

    def __init__(self, listening: Any, limits: ConnectionLimits, refusals: Refusals) -> None:
        self._listening = listening
        self._limits = limits
        self._refusals = refusals
        self._accepted = 0
        self._open: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listening, name)

    def accept(self) -> tuple[Any, Any]:
        while True:
            self._accepted += 1
            if self._accepted % ACCEPTS_A_TURN == 0:
                cooperative.pause()
            try:
                connection, address = self._listening.accept()
            except ConnectionError:  # it was gone before it was accepted
                continue
            except OSError as error:
                if self._listening.fileno() < 0:
                    raise  # it was closed
                log.error("no connection can be accepted: %s", error.strerror)
                time.sleep(EXHAUSTED_SECONDS)
                continue
            if self._admits(address):
                return connection, address
            self._refusals.count("connections_of_an_address")
            connection.close()

    def _admits(self, address: Any) -> bool:
        key = self._key(address)
        if key and self._open[key] >= self._limits.per_address:
            return False
        if key:
            self._open[key] += 1
        return True

    def release(self, address: Any) -> None:
        """Says that a connection has ended."""
        if key := self._key(address):
            self._open[key] -= 1
            if self._open[key] <= 0:
                del self._open[key]

    def _key(self, address: Any) -> str:
        """By what connections are counted; empty for one of a proxy."""
        host = address[0] if isinstance(address, tuple) else ""
        if not host or self._limits.is_proxy(host):
            return ""
        parsed = ip_address(host.split("%")[0])
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
            return parsed.packed[:8].hex()
        return str(parsed)


class _Input(eventlet.wsgi.Input):
    """A request's body."""

    def discard(self, buffer_size: int = SLICE_BYTES) -> None:
        """Reads what the app left of it, up to a limit. Raises OSError beyond it."""
        left = MAX_DISCARDED_BYTES
        while read := self.read(buffer_size):
            left -= len(read)
            if left < 0:
                raise OSError("the body is too long")


class _Unheard(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


class _Protocol(eventlet.wsgi.HttpProtocol):
    """HTTP for connections that stay for hours as sockets of browsers: what is kept for each
    is kept small. eventlet's own buffers are 24 KB, and not used after the handshake."""

    def __init__(
        self,
        listener: _Listener,
        limits: ConnectionLimits,
        refusals: Refusals,
        turn: Any,
        conn_state: Any,
        server: Any,
    ) -> None:
        self._limits, self._refusals, self._turn = limits, refusals, turn
        try:
            super().__init__(conn_state, server)
        except TimeoutError:
            if conn_state[2] == eventlet.wsgi.STATE_REQUEST:
                self._refusals.count("too_slow")
        except Exception as error:  # noqa: BLE001 - the boundary of a connection
            log.warning("a connection failed: %s", type(error).__name__)
        finally:
            listener.release(conn_state[0])

    def setup(self) -> None:
        self.connection = self.request
        self._reader = TimedStream(self.request, "rb", self._limits.seconds)
        self._writer = TimedStream(self.request, "wb", self._limits.seconds)
        for stream in (self._reader, self._writer):
            self.request._io_refs += 1
            stream.renew(earns=stream is self._writer)
        self._received = io.BufferedReader(self._reader, BUFFER_BYTES)
        self.rfile: Any = self._received
        self.wfile = io.BufferedWriter(self._writer, BUFFER_BYTES)

    def handle_one_request(self) -> None:
        """One request, from the wait for it to its answer."""
        self.close_connection = True
        self._reader.renew(earns=False)
        self._writer.renew(earns=True)
        self.raw_requestline = self._read_request_line()
        self.conn_state[2] = eventlet.wsgi.STATE_REQUEST
        if not self.raw_requestline:
            return
        # One at a time: hundreds that come at once must not be one long turn.
        with self._turn:
            cooperative.pause()
        if not self._read_head():
            return
        self._reader.renew(earns=True)
        self.environ = self.get_environ()
        if self._has_more() and not self._has_body():
            self.close_connection = True
        self.application = self.server.app
        self.server.outstanding_requests += 1
        try:
            self.handle_one_response()
        except ConnectionError:
            self.close_connection = True
        finally:
            self.server.outstanding_requests -= 1
        if self._has_more():
            self._refusals.count("pipelined")
            self._linger()

    def _read_head(self) -> bool:
        """Whether there is a request to answer; else the answer has been given."""
        if len(self.raw_requestline) >= self.server.url_length_limit:
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
            return False
        self.rfile = eventlet.wsgi.FileObjectForHeaders(self._received)
        try:
            if not self.parse_request():
                return False
        except (eventlet.wsgi.HeaderLineTooLong, eventlet.wsgi.HeadersTooLarge):
            self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return False
        finally:
            self.rfile = self._received
        if not self._is_framed():
            self.send_error(HTTPStatus.BAD_REQUEST)
            return False
        return True

    def _is_framed(self) -> bool:
        """Whether it is clear where the body ends (RFC 9112, section 6.3)."""
        lengths = self.headers.get_all("content-length", [])
        encodings = self.headers.get_all("transfer-encoding", [])
        if self.request_version == "HTTP/0.9" or len(lengths) + len(encodings) > 1:
            return False
        digits = all(length.isascii() and length.isdigit() for length in lengths)
        return digits and all(coding.lower() == "chunked" for coding in encodings)

    def _has_body(self) -> bool:
        sent = self.environ["eventlet.input"]
        return bool(sent.chunked_input or sent.content_length)

    def _has_more(self) -> bool:
        """Whether more was sent than the request that was read: pipelined, which no browser
        and no proxy does. What has not been read yet does not count: it may have been sent
        after the answer."""
        if self._received.closed:
            return False
        self._reader.buffered_only = True
        try:
            return bool(self._received.peek(1))
        finally:
            self._reader.buffered_only = False

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The answer to what is no request, in the shape of all our errors."""
        self._refusals.count("bad_request")
        told = AppError(CODES.get(code, ErrorCode.BAD_INPUT)).as_problem()
        body = json.dumps({**told, "status": int(code)}).encode()
        headers = {
            "Content-Type": "application/problem+json",
            "Content-Length": str(len(body)),
            "Cache-Control": "private, no-store",
            "Connection": "close",
            **self._limits.headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        status = f"HTTP/1.1 {int(code)} {HTTPStatus(code).phrase}\r\n"
        self.wfile.write(f"{status}{head}\r\n".encode() + body)
        self.wfile.flush()
        self._linger()

    def _linger(self) -> None:
        """Ends the connection after the answer that was given."""
        self.close_connection = True
        self._reader.end(LINGER_SECONDS)
        left = MAX_DISCARDED_BYTES
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            while left > 0 and (read := len(self._received.read1(SLICE_BYTES))):
                left -= read

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        # Compression would keep 120 KB for each socket, to shorten messages of a few hundred
        # bytes, and compress every one of them anew for every receiver.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        if "HTTP_UPGRADE" in environ:
            # eventlet closes every socket twice, and writes of the second time, with the
            # address of whose browser it was. Our own log does not come this way.
            environ["wsgi.errors"] = _Unheard()
        environ["eventlet.input"].__class__ = _Input
        return environ
