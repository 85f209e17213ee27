"""One client cannot hold the HTTP server up, and cannot keep a connection without using it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from script.servers.janus import JanusServer
from tests.harness.janus import janus
from tests.harness.raw_socket import Raw, RawSocket, request
from tests.harness.server import RunningApp
from tests.harness.waits import until

pytestmark = pytest.mark.server

__all__ = ["janus"]

CAP = 30
STRANGER = request("/healthz")


@pytest.fixture(scope="module")
def app(janus: JanusServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """Impatient, and without a proxy in front. Whatever is tried, its log stays clean."""
    folder = tmp_path_factory.mktemp("app")
    given = {"request_seconds": 2, "connections_per_address": CAP, "trusted_proxies": []}
    with RunningApp(janus, folder, **given) as app:
        yield app
        said = app.log.read_text()
        assert "Traceback" not in said
        assert "127.0.0.1" not in said


def test_pipelined_requests_end_the_connection_with_the_first_answer(app: RunningApp) -> None:
    with Raw(app, STRANGER * 50) as raw:
        status, headers, _ = raw.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert raw.rest() == b""


def test_request_after_a_body_in_one_write_is_not_answered(app: RunningApp) -> None:
    with Raw(app, request("/sign-in", method="POST", body=b"x" * 30) + STRANGER) as raw:
        assert raw.answer()[0] == 401
        assert raw.rest() == b""


def test_requests_one_after_the_other_share_a_connection(app: RunningApp) -> None:
    with Raw(app) as raw:
        for _ in range(20):
            raw.socket.sendall(STRANGER)
            assert raw.answer()[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        request("/sign-in", "Transfer-Encoding: chunked", method="POST"),
        request("/sign-in", "Content-Length: 10000000000", method="POST"),
    ],
    ids=["chunked", "long"],
)
def test_endless_body_holds_nobody_up_and_is_cut_off(app: RunningApp, head: bytes) -> None:
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    cut_off = threading.Event()
    with Raw(app, head) as raw:

        def send() -> None:
            with suppress(OSError):
                while True:
                    raw.socket.sendall(chunk)
            cut_off.set()

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        with Raw(app, STRANGER) as other:
            assert other.answer()[0] == 200
        assert cut_off.wait(60)
        sender.join()


@pytest.mark.parametrize(
    "half",
    [
        b"",
        b"GET /heal",
        STRANGER[:-2],
        request("/sign-in", "Content-Length: 1000", method="POST") + b"half",
        STRANGER,
    ],
    ids=["nothing", "half a line", "half a head", "half a body", "idle after an answer"],
)
def test_connection_that_waits_in_the_middle_is_closed(app: RunningApp, half: bytes) -> None:
    with Raw(app, half) as raw:
        raw.rest()


def test_head_that_comes_byte_by_byte_is_not_waited_for(app: RunningApp) -> None:
    """Each byte comes in time; all of them would take minutes."""
    with Raw(app, b"GET /healthz HTTP/1.1\r\nX-Slow: ") as raw:
        raw.socket.settimeout(0.1)
        for _ in range(600):
            try:
                raw.socket.sendall(b"x")
                if not raw.socket.recv(1):
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        else:
            pytest.fail("it is still open")


def test_socket_outlives_every_wait_of_http(app: RunningApp) -> None:
    with RawSocket(app, app.person("Ada")) as socket:
        with Raw(app) as idle:
            idle.rest()
        with Raw(app) as idle:
            idle.rest()
        assert socket.call("no.such")["error"]["code"] == "unknown_event"


def test_address_has_so_many_connections_and_no_more(app: RunningApp) -> None:
    visitor = app.person("Ada")
    with ExitStack() as stack:
        for _ in range(CAP):
            stack.enter_context(RawSocket(app, visitor))
        with Raw(app) as one_more:
            assert one_more.rest() == b""
    until(lambda: _answers(app), "there is room again")


def _answers(app: RunningApp) -> bool:
    with Raw(app) as raw:
        with suppress(OSError):
            raw.socket.sendall(STRANGER)
        return raw.read(12) == b"HTTP/1.1 200"


def test_proxy_that_is_trusted_has_as_many_as_it_likes(
    janus: JanusServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    given = {"connections_per_address": 3}
    with RunningApp(janus, tmp_path_factory.mktemp("app"), **given) as app, ExitStack() as stack:
        visitor = app.person("Ada")
        for _ in range(10):
            stack.enter_context(RawSocket(app, visitor))


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "bad_input"),
        (b"GET /healthz\r\n\r\n", 400, "bad_input"),
        (b"GET /healthz HTTP/x\r\n\r\n", 400, "bad_input"),
        (b"GET /healthz HTTP/2.0\r\n\r\n", 505, "bad_input"),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", 414, "too_large"),
        (request("/healthz", "X: " + "x" * 70_000), 431, "too_large"),
        (request("/healthz", *[f"X-{n}: x" for n in range(200)]), 431, "too_large"),
        (request("/healthz", "Content-Length: -1"), 400, "bad_input"),
        (request("/healthz", "Content-Length: 1_0"), 400, "bad_input"),
        (request("/healthz", "Content-Length: 1", "Content-Length: 2"), 400, "bad_input"),
        (request("/healthz", "Transfer-Encoding: chunked", "Content-Length: 2"), 400, "bad_input"),
        (request("/healthz", "Transfer-Encoding: gzip"), 400, "bad_input"),
    ],
)
def test_what_is_no_request_gets_an_error_in_our_shape(
    app: RunningApp, sent: bytes, status: int, code: str
) -> None:
    with Raw(app, sent) as raw:
        answered, headers, body = raw.answer()
    told = json.loads(body)
    assert (answered, told["status"], told["code"]) == (status, status, code)
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers
