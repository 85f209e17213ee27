"""The time budget of a connection, on a pair of sockets without a server."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from webapp.http.timed_stream import TimedStream


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_answer_that_nobody_reads_is_not_waited_for(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    stream = TimedStream(pair[0], "wb", 0.2)
    stream.renew(earns=True)
    with pytest.raises(TimeoutError):
        fill(stream)


def fill(stream: TimedStream) -> None:
    while True:
        stream.write(b"x" * 65536)


def test_reading_what_was_received_reads_no_further(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    stream = TimedStream(pair[0], "rb", 60)
    pair[1].sendall(b"x")
    stream.buffered_only = True
    assert stream.readinto(bytearray(1)) is None
    stream.buffered_only = False
    assert stream.readinto(bytearray(1)) == 1


def test_budget_is_for_all_waits_together(pair: tuple[socket.socket, socket.socket]) -> None:
    stream = TimedStream(pair[0], "rb", 60)
    stream.end(0.0)
    pair[1].sendall(b"x")
    with pytest.raises(TimeoutError):
        stream.readinto(bytearray(1))
