"""One client's packets cannot hold the process up, leak, or fill the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import psutil
import pytest

from script.servers.janus import JanusServer
from tests.harness.janus import janus
from tests.harness.raw_socket import (
    BINARY,
    CLOSE,
    PATIENCE,
    PING,
    PONG,
    Polling,
    Raw,
    RawSocket,
    frame,
    request,
)
from tests.harness.server import RunningApp, Visitor
from tests.harness.waits import until
from webapp.http.engineio_sessions import HANDSHAKE_BURST, MAX_SESSIONS_OF_A_PERSON, PACKET_BURST

pytestmark = pytest.mark.server

__all__ = ["janus"]

BURST = 6000

MALFORMED = {
    "cut off": "42[",
    "empty": "",
    "no kind": "4",
    "unknown to Socket.IO": "49[]",
    "unknown to Engine.IO": "6",
    "of servers": "0{}",
    "a number for text": "42" + "[" * 60_000,
    "too many attachments": '455-["x"]',
    "an error": "44{}",
    "JSON for a packet": '4{"a":1}',
    "base64": "b!!!",
}

BODIES = {
    "unknown": b"6",
    "a ping": b"2",
    "open": b"0{}",
    "too long": b"4" + b"x" * 70_000,
    "no text": b"\xff\xff",
    "binary": b"bAAAA",
    "too many": b"\x1e".join([b"3"] * 17),
    "for JSONP": b"d=4",
    "cut off": b"42[",
}


@pytest.fixture(scope="module")
def app(janus: JanusServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """Whatever is tried, its log stays clean."""
    with RunningApp(janus, tmp_path_factory.mktemp("app")) as app:
        yield app
        said = app.log.read_text()
        assert "Traceback" not in said
        assert "failed" not in said
        assert len(said) < 20_000


@pytest.mark.parametrize("packet", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_packet_ends_the_connection(app: RunningApp, packet: str) -> None:
    with RawSocket(app, app.person("Ada")) as socket:
        socket.send(packet, "427[]")
        socket.ends()


def test_binary_frame_ends_the_connection(app: RunningApp) -> None:
    with RawSocket(app, app.person("Ada")) as socket:
        socket.socket.sendall(frame(b"42[]", BINARY))
        socket.ends()


def test_attachment_that_nothing_refers_to_ends_the_connection(app: RunningApp) -> None:
    with RawSocket(app, app.person("Ada")) as socket:
        socket.send('451-["x",{"_placeholder":true,"num":9}]')
        socket.socket.sendall(frame(b"abc", BINARY))
        socket.ends()


def test_fragments_without_end_are_too_long_a_message(app: RunningApp) -> None:
    with RawSocket(app, app.person("Ada")) as socket:
        socket.socket.sendall(frame(b"x" * 30_000, final=False))
        for _ in range(3):
            socket.socket.sendall(frame(b"x" * 30_000, 0, final=False))
        assert socket.ends() == 1009


def test_message_in_fragments_is_put_together(app: RunningApp) -> None:
    with RawSocket(app, app.person("Ada")) as socket:
        whole = b'427["no.such",{"text":"' + b"x" * 1000 + b'"}]'
        socket.socket.sendall(frame(whole[:100], final=False) + frame(b"", PING))
        socket.socket.sendall(frame(whole[100:500], 0, final=False) + frame(whole[500:], 0))
        assert "unknown_event" in socket.next(lambda text: text.startswith("437"))


def test_burst_of_events_is_taken_in_at_a_bounded_rate(app: RunningApp) -> None:
    with RawSocket(app, app.person("Ada")) as flood, RawSocket(app, app.person("Bo")) as other:
        flood.send(*['421["no.such"]'] * BURST)
        assert other.call("no.such")["error"]["code"] == "unknown_event"
        flood.socket.settimeout(0.001)
        assert _acks(flood) < PACKET_BURST
        flood.socket.settimeout(PATIENCE)


def _acks(socket: RawSocket) -> int:
    """How many have come by now."""
    with suppress(TimeoutError):
        socket.rest()
    return socket.kept.count(b"431[")


def test_burst_of_control_frames_is_taken_in_at_a_bounded_rate(app: RunningApp) -> None:
    with RawSocket(app, app.person("Ada")) as flood, RawSocket(app, app.person("Bo")) as other:
        flood.socket.sendall(frame(b"p", PING) * BURST)
        assert other.call("no.such")["error"]["code"] == "unknown_event"
        flood.socket.settimeout(0.001)
        with suppress(TimeoutError):
            flood.rest()
        assert flood.kept.count(bytes([128 | PONG, 1])) < PACKET_BURST
        flood.socket.settimeout(PATIENCE)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_post_that_is_no_packet_is_refused_and_leaves_nothing(app: RunningApp, body: bytes) -> None:
    visitor = app.person("Ada")
    before = psutil.Process(app.pid).num_fds()
    for _ in range(5):
        answer = Polling(app, visitor).post(body)
        assert answer is not None
        assert answer[0] == 400
    until(lambda: psutil.Process(app.pid).num_fds() <= before, "the connections to be closed")


def test_post_that_is_cut_off_leaves_nothing(app: RunningApp) -> None:
    visitor = app.person("Ada")
    before = psutil.Process(app.pid).num_fds()
    for body in (b"42" + b"x" * 100, b"40" * 100):
        for _ in range(5):
            Polling(app, visitor).post(body, cut=True)
    until(lambda: psutil.Process(app.pid).num_fds() <= before, "the connections to be closed")


def test_session_that_polls_has_one_poll_at_a_time(app: RunningApp) -> None:
    polling = Polling(app, app.person("Ada"))
    with Raw(app, request(polling.address, polling.cookie)) as first:
        # The server has the first one when it ends for the second.
        until(lambda: polling.get()[0] == 400, "the second to be refused")
        assert first.answer()[0] in (200, 400)


def test_polling_works(app: RunningApp) -> None:
    polling = Polling(app, app.person("Ada"))
    answer = polling.post(b'40\x1e427["no.such"]')
    assert answer is not None
    assert answer[0] == 200
    heard = b""
    while b"unknown_event" not in heard:
        status, headers, body = polling.get()
        assert status == 200
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        heard += body
    assert b"features" in heard


def test_session_that_polls_is_not_upgraded(app: RunningApp) -> None:
    visitor = app.person("Ada")
    polling = Polling(app, visitor)
    assert _upgrade(app, polling.address, visitor) == 400
    assert polling.post(b"40") is not None


def _upgrade(app: RunningApp, address: str, visitor: Visitor) -> int:
    headers = (
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        f"Cookie: {visitor.header['Cookie']}",
    )
    with Raw(app, request(address.replace("polling", "websocket"), *headers)) as raw:
        return raw.answer()[0]


def test_session_of_another_login_is_answered_like_none(app: RunningApp) -> None:
    """Also of another device of the same person."""
    ada, bo = app.person("Ada"), app.person("Bo")
    theirs, none = Polling(app, ada).address, "/socket.io/?EIO=4&transport=polling&sid=" + "x" * 20
    cookie = f"Cookie: {bo.header['Cookie']}"
    for method, body in (("GET", b""), ("POST", b"40"), ("POST", b"6"), ("POST", b"x" * 70_000)):
        answers = []
        for address in (theirs, none):
            with Raw(app, request(address, cookie, method=method, body=body)) as raw:
                status, headers, said = raw.answer()
                headers.pop("date")
                answers.append((status, headers, said))
        assert answers[0] == answers[1]
        assert json.loads(answers[0][2])["code"] == "bad_input"
    assert _upgrade(app, theirs, bo) == _upgrade(app, none, bo) == 400


def test_no_jsonp(app: RunningApp) -> None:
    cookie = f"Cookie: {app.person('Ada').header['Cookie']}"
    address = "/socket.io/?EIO=4&transport=polling&j=0"
    with Raw(app, request(address, cookie)) as raw:
        status, headers, body = raw.answer()
    assert (status, json.loads(body)["code"]) == (400, "bad_input")
    assert headers["x-content-type-options"] == "nosniff"


def test_credentials_are_allowed_to_allowed_origins_only(app: RunningApp) -> None:
    cookie = f"Cookie: {app.person('Ada').header['Cookie']}"
    address = "/socket.io/?EIO=4&transport=polling"
    for origin, allowed in (((), False), ((f"Origin: {app.base_url}",), True)):
        with Raw(app, request(address, cookie, *origin)) as raw:
            assert ("access-control-allow-credentials" in raw.answer()[1]) is allowed


def test_person_has_so_many_sessions(app: RunningApp) -> None:
    visitor, other = app.person("Ada"), app.person("Bo")
    with ExitStack() as stack:
        first = [
            stack.enter_context(RawSocket(app, visitor)) for _ in range(MAX_SESSIONS_OF_A_PERSON)
        ]
        with RawSocket(app, visitor, connect=False) as refused:
            assert refused.opened.startswith(b"HTTP/1.1 429 ")
        stack.enter_context(RawSocket(app, other))
        first[0].socket.sendall(frame(b"", CLOSE))
        first[0].ends()
        stack.enter_context(RawSocket(app, visitor))


def test_person_opens_sessions_at_a_bounded_rate(app: RunningApp) -> None:
    visitor, refused = app.person("Ada"), 0
    cookie = f"Cookie: {visitor.header['Cookie']}"
    for _ in range(10 * HANDSHAKE_BURST):
        with Raw(app, request("/socket.io/?EIO=4&transport=polling", cookie)) as raw:
            status, _, body = raw.answer()
        if status == 429:
            refused += 1
            assert json.loads(body)["code"] == "too_many"
            break
    assert refused
    assert Polling(app, app.person("Bo"))


def test_connecting_and_vanishing_leaves_no_word(app: RunningApp) -> None:
    """The log is looked at when all tests are over."""
    for _ in range(5):
        visitor = app.person("Ada")
        for _ in range(20):
            with RawSocket(app, visitor, connect=False) as socket:
                socket.send("40")
    with RawSocket(app, app.person("Bo")) as socket:
        assert socket.call("no.such")["error"]["code"] == "unknown_event"
