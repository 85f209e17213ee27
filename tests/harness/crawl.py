"""Everything that a server sends to one person: pages, and whatever they lead to.

Requests are written as they are given, so that odd addresses reach the server as they stand.
"""

from __future__ import annotations

import http.client
import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit

from tests.harness.response_comparison import Answer, answer_of

LINKS = (
    re.compile(r"""(?:href|src|action)=["']([^"'#]+)"""),
    re.compile(r"""(?:from|import)\s*\(?\s*["']([^"']+)["']"""),
    re.compile(r"""url\(\s*["']?([^"')]+)"""),
    re.compile(r"""@import\s+["']([^"']+)"""),
    re.compile(r"""["'](/(?:static|assets)/[^"'\s]+)["']"""),
)
NONE: Mapping[str, str] = MappingProxyType({})

TEXT = ("text/", "application/", "image/svg")


@dataclass(frozen=True)
class Sent:
    """One answer as it came: the head and the body as text, and what it answers."""

    address: str
    status: int
    head: str
    body: str

    @property
    def text(self) -> str:
        return f"{self.head}\n\n{self.body}"


class Wire:
    """HTTP to one server as one person."""

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        self._at = urlsplit(base_url).netloc
        self._headers = dict(headers)

    def ask(
        self, path: str, method: str = "GET", headers: Mapping[str, str] = NONE, body: str = ""
    ) -> http.client.HTTPResponse:
        """One request, read to its end (`.body`)."""
        connection = http.client.HTTPConnection(self._at, timeout=60)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in {**self._headers, **headers}.items():
            connection.putheader(name, value)
        if body or method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(body)))
            connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        connection.endheaders(body.encode())
        response = connection.getresponse()
        response.body = response.read()  # type: ignore[attr-defined]
        connection.close()
        return response

    def answer(
        self, path: str, method: str = "GET", headers: Mapping[str, str] = NONE, body: str = ""
    ) -> Answer:
        """The same, to be compared with another."""
        response = self.ask(path, method, headers, body)
        whole: bytes = response.body  # type: ignore[attr-defined]
        return answer_of(response.status, response.getheaders(), whole, path.split("?")[0])

    def sent(self, path: str, headers: Mapping[str, str] = NONE) -> Sent:
        response = self.ask(path, headers=headers)
        head = "\n".join(f"{name}: {value}" for name, value in response.getheaders())
        kind = response.getheader("Content-Type") or ""
        body: bytes = response.body  # type: ignore[attr-defined]
        text = body.decode("utf-8", "replace") if kind.startswith(TEXT) else ""
        return Sent(path, response.status, head, text)


def crawl(wire: Wire, starts: Iterable[str], headers: Mapping[str, str]) -> dict[str, Sent]:
    """All that `starts` lead to on this server, by address."""
    waiting, found = deque(starts), dict[str, Sent]()
    while waiting:
        address = waiting.popleft()
        if address in found:
            continue
        found[address] = sent = wire.sent(address, headers)
        if sent.status < 400:
            waiting.extend(links(address, sent.body))
    return found


def links(address: str, text: str) -> set[str]:
    """Where a page, style or script leads to on the same server."""
    if address.startswith("/static/vendor/"):
        return set()
    led = {urljoin(address, link) for pattern in LINKS for link in pattern.findall(text)}
    return {urlsplit(link)._replace(fragment="").geturl() for link in led if link.startswith("/")}
