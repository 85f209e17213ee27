"""Engine.IO's socket with one greenlet: pings by timer, and writes while there is something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import engineio
import pytest
from engineio.packet import CLOSE, MESSAGE, Packet
from engineio.socket import Socket

from webapp.http import engineio_socket


class Line:
    """A WebSocket of eventlet's whose other end is a list. It hands over, then ends."""

    def __init__(self, *comes: str | bytes) -> None:
        self.socket = self
        self.sent: list[str] = []
        self.closed = self.broken = False
        self.meanwhile: Callable[[], None] = lambda: None
        self._comes = list(comes)

    def settimeout(self, seconds: float) -> None:
        self.patience = seconds

    def wait(self) -> str | bytes | None:
        self.meanwhile()
        return self._comes.pop(0) if self._comes else None

    def send(self, data: str) -> None:
        if self.broken or self.closed:
            raise BrokenPipeError
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def server() -> Iterator[Any]:
    """Background work runs at once; what is for later is kept in `timers`."""
    before = Socket
    server: Any = engineio.Server(async_mode="threading", max_http_buffer_size=100)
    server.heard = []
    server.on("message", lambda _sid, data: server.heard.append(data))
    server.timers = []
    engineio_socket.install(
        server,
        lambda _seconds, work: server.timers.append(work),
        lambda work: work(),
        has_connected=lambda _sid: True,
    )
    yield server
    engineio.socket.Socket = before


def open_on(server: Any, line: Line) -> Any:
    server.sockets["s"] = socket = engineio_socket.LightSocket(server, "s")
    socket._websocket_handler(line)
    return socket


def test_what_was_sent_before_the_line_was_there_goes_first(server: Any) -> None:
    line = Line()
    socket = engineio_socket.LightSocket(server, "s")
    socket.send(Packet(MESSAGE, "first"))
    line.meanwhile = lambda: socket.send(Packet(MESSAGE, "second")) if not socket.closed else None
    socket._websocket_handler(line)
    assert line.sent == ["4first", "4second"]


def test_what_comes_in_is_handed_on_until_the_line_ends(server: Any) -> None:
    line = Line("4one", "4two")
    socket = open_on(server, line)
    assert server.heard == ["one", "two"]
    assert socket.closed
    assert line.closed


def test_something_too_large_ends_the_line(server: Any) -> None:
    open_on(server, line := Line("4" + "x" * 100, "4late"))
    assert server.heard == []
    assert line.closed


def test_a_broken_line_is_closed(server: Any) -> None:
    line = Line()
    line.broken = True
    socket = engineio_socket.LightSocket(server, "s")
    socket.send(Packet(MESSAGE, "into the void"))
    socket._websocket_handler(line)
    assert line.closed
    assert line.sent == []


def test_closing_says_so_first(server: Any) -> None:
    line = Line()
    socket = engineio_socket.LightSocket(server, "s")
    line.meanwhile = lambda: socket.close(wait=False)
    socket._websocket_handler(line)
    assert line.sent == [Packet(CLOSE).encode()]
    assert line.closed


def test_pings_wait_as_timers_and_only_for_an_answer(server: Any) -> None:
    line = Line()
    socket = engineio_socket.LightSocket(server, "s")

    def live() -> None:
        socket.schedule_ping()
        socket.schedule_ping()
        assert len(server.timers) == 1
        server.timers.pop()()
        assert line.sent == ["2"]
        socket.receive(Packet(encoded_packet="3"))
        assert len(server.timers) == 1

    line.meanwhile = live
    socket._websocket_handler(line)
    server.timers.pop()()
    assert line.sent == ["2"]


def test_who_never_connects_to_socket_io_is_closed(server: Any) -> None:
    server.has_connected = lambda _sid: False
    line = Line()
    socket = engineio_socket.LightSocket(server, "s")

    def live() -> None:
        for _ in range(engineio_socket.PINGS_TO_CONNECT + 1):
            socket.schedule_ping()
            server.timers.pop()()
        assert socket.closed

    line.meanwhile = live
    socket._websocket_handler(line)
    assert line.sent == ["2"] * engineio_socket.PINGS_TO_CONNECT


def test_who_does_not_read_is_dropped_and_not_kept_for(server: Any) -> None:
    socket = engineio_socket.LightSocket(server, "s")
    for number in range(engineio_socket.MAX_QUEUED + 100):
        socket.send(Packet(MESSAGE, str(number)))
    assert socket.closed
    assert socket.queue.qsize() <= engineio_socket.MAX_QUEUED + 1


def test_malformed_packet_ends_the_line_and_nothing_after_it_is_read(server: Any) -> None:
    for malformed in ("6", "", "x", "4", b"", '4{"a":1}'):
        open_on(server, line := Line(malformed, "4late"))
        assert line.closed
    assert server.heard == []


def test_another_server_in_the_process_is_served_as_ever() -> None:
    theirs = engineio.Server(async_mode="threading")
    begun: list[object] = []
    theirs.start_background_task = lambda work, *_arguments: begun.append(work)
    engineio_socket.LightSocket(theirs, "s").schedule_ping()
    assert len(begun) == 1
