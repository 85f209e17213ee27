"""Debian's nginx with our site: it gives away what a link leads to, and nothing else."""

from __future__ import annotations

import http.server
import json
import re
import socket
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from types import MappingProxyType

import pytest

from script.servers.nginx import HSTS, NginxServer, NginxWillNotStart, site
from tests.harness.shared_folder import let_others_in
from webapp.accounts.tokens import Tokens
from webapp.audio.hls.routes import FOR_PARTS, FOR_PLAYLIST, PART_TYPE, PLAYLIST_TYPE
from webapp.audio.hls.stream_links import Links
from webapp.http import security

pytestmark = pytest.mark.server

FILES = {"live.m3u8": b"#EXTM3U", "init5.mp4": b"init", "17.m4s": b"sound", "mix.sdp": b"v=0"}


class Web(http.server.BaseHTTPRequestHandler):
    """A web process that knows nothing, and says how it was asked."""

    def do_GET(self) -> None:
        body = f"never heard of it, {self.headers['Host']}".encode()
        if self.path == "/told":
            names = ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded")
            body = json.dumps({name: self.headers.get_all(name) for name in names}).encode()
        self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@dataclass
class Front:
    url: str
    links: Links
    stream: Path

    def get(
        self, path: str, headers: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[int, bytes, Message]:
        asked = urllib.request.Request(self.url + path, headers=dict(headers))  # noqa: S310
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), error.headers


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    let_others_in(tmp_path)  # nginx is another user
    stream = tmp_path / "streams" / "space1"
    stream.mkdir(parents=True)
    for name, content in FILES.items():
        (stream / name).write_bytes(content)
    links = Links(tmp_path / "links", Tokens(b"key"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        with NginxServer(tmp_path, web=f"127.0.0.1:{web.server_port}") as nginx:
            yield Front(nginx.url, links, stream)
        web.shutdown()


@pytest.mark.parametrize("base", ["", "/p/" + "0f" * 16])
def test_a_link_leads_to_the_sound(front: Front, base: str) -> None:
    token = front.links.add("space1", "ab12", front.stream, stays=False)
    status, body, headers = front.get(f"{base}/hls/space1/{token}/live.m3u8")
    assert (status, body) == (200, FILES["live.m3u8"])
    assert (headers["Cache-Control"], headers["Content-Type"]) == (FOR_PLAYLIST, PLAYLIST_TYPE)
    for part in ("init5.mp4", "17.m4s"):
        status, body, headers = front.get(f"{base}/hls/space1/{token}/{part}")
        assert (status, body) == (200, FILES[part])
        assert (headers["Cache-Control"], headers["Content-Type"]) == (FOR_PARTS, PART_TYPE)


def test_the_next_request_after_the_end_finds_what_never_was(front: Front) -> None:
    token = front.links.add("space1", "ab12", front.stream, stays=False)
    assert front.get(f"/hls/space1/{token}/17.m4s")[0] == 200
    front.links.remove("space1", token)
    never = front.get("/never")
    for file in FILES:
        over = front.get(f"/hls/space1/{token}/{file}")
        assert over[:2] == never[:2]
        assert over[2].keys() == never[2].keys()


def test_nothing_else_is_given_away(front: Front) -> None:
    token = front.links.add("space1", "ab12", front.stream, stays=False)
    for path in (
        f"/hls/space1/{token}/mix.sdp",
        f"/hls/space1/{token}/",
        f"/hls/space1/{token}",
        f"/hls/space2/{token}/live.m3u8",
        f"/hls/space1/{token}x/live.m3u8",
        f"/hls/space1/x.y/../{token}/../../streams/space1/mix.sdp",
        "/hls/space1/",
        "/hls/",
    ):
        assert front.get(path)[0] == 404, path


def test_the_web_process_is_told_who_asks_and_not_who_they_claim_to_be(front: Front) -> None:
    claimed = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https", "Forwarded": "for=x"}
    told = json.loads(front.get("/told", claimed)[1])
    assert told == {
        "X-Forwarded-For": ["127.0.0.1"],
        "X-Forwarded-Proto": ["http"],
        "Forwarded": None,
    }


def test_an_address_with_too_much_under_way_is_refused_in_our_shape(tmp_path: Path) -> None:
    """The web process takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as web, ExitStack() as stack:
        nginx = stack.enter_context(NginxServer(tmp_path, web=f"127.0.0.1:{web.getsockname()[1]}"))
        for _ in range(1050):
            held = stack.enter_context(socket.create_connection(("127.0.0.1", nginx.port), 60))
            held.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        status, body, headers = Front(nginx.url, Links(tmp_path, Tokens(b"")), tmp_path).get("/")
    assert (status, json.loads(body)["code"]) == (429, "too_many")
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("secure", [False, True])
def test_https_is_insisted_on_for_what_nginx_gives_away(tmp_path: Path, secure: bool) -> None:
    made = site(tmp_path, web="127.0.0.1:1", listen="80", secure=secure)
    assert made.count(HSTS) == (2 if secure else 0)
    assert security.HSTS in HSTS
    assert not re.search(r"@[A-Z]", made)


def test_one_that_does_not_start_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    nginx = NginxServer(tmp_path, web="no address")
    nginx.stop()
    with pytest.raises(NginxWillNotStart, match="proxy_pass"):
        nginx.start()
    assert list(tmp_path.iterdir()) == []
