"""Debian's nginx with our site: it gives away what a link leads to, and nothing else."""

from __future__ import annotations

import http.server
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from config.nginx import NginxServer, NginxWillNotStart
from webapp.accounts.tokens import Tokens
from webapp.hls.links import Links
from webapp.hls.routes import FOR_PARTS, FOR_PLAYLIST, PART_TYPE, PLAYLIST_TYPE

FILES = {"live.m3u8": b"#EXTM3U", "init5.mp4": b"init", "17.m4s": b"sound", "mix.sdp": b"v=0"}


class Web(http.server.BaseHTTPRequestHandler):
    """A web process that knows nothing, and says how it was asked."""

    def do_GET(self) -> None:
        body = f"never heard of it, {self.headers['Host']}".encode()
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

    def get(self, path: str) -> tuple[int, bytes, Message]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), error.headers


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)  # nginx is another user
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


def test_one_that_does_not_start_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    nginx = NginxServer(tmp_path, web="no address")
    nginx.stop()
    with pytest.raises(NginxWillNotStart, match="proxy_pass"):
        nginx.start()
    assert list(tmp_path.iterdir()) == []
