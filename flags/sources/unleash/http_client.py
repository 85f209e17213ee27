"""HTTP to Unleash: a time limit for whole answers, a limit on their size, and named errors."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from flags.sources.interface import EditRefused, SourceUnavailable

Json = dict[str, Any]

MOST_BYTES = 32 * 1024 * 1024
"""Of one answer. Definitions of 1,000 features are about 1 MB."""

BLOCK_BYTES = 64 * 1024


class UnleashRefused(SourceUnavailable):
    """Unleash answered, with an error. `status` is the HTTP status; 404: there is no such thing."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(f"Unleash refused ({status}): {what}")
        self.status = status


@contextmanager
def understood(what: str) -> Iterator[None]:
    """The border of what Unleash sends: taken apart in here, something else than `what` is
    SourceUnavailable. Also for whole functions, as a decorator."""
    try:
        yield
    except EditRefused:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SourceUnavailable(f"Unleash sent something else than {what}: {error!r}") from error


class Answer:
    """What came back, read to its end. `status` is below 400."""

    def __init__(self, status: int, headers: Any, content: bytes) -> None:
        self.status = status
        self.etag = str(headers.get("ETag", ""))
        self._content = content

    def json(self) -> Json:
        """The object in it, empty when nothing was sent. SourceUnavailable for anything else."""
        if not self._content:
            return {}
        try:
            content = json.loads(self._content)
        except ValueError:
            raise SourceUnavailable("Unleash sent something that is not JSON") from None
        if not isinstance(content, dict):
            raise SourceUnavailable("Unleash sent something else than an object")
        return content


class UnleashHttp:
    """Requests to one server. `timeout`, in seconds, is for an answer from first byte to last."""

    def __init__(self, url: str, timeout: float) -> None:
        # SDKs are given the address with /api, people know the one without.
        self._url = url.rstrip("/").removesuffix("/api").rstrip("/")
        self._timeout = timeout
        self._session = requests.Session()
        # A proxy of the environment leads to other machines, never to this one.
        self._session.trust_env = urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1")

    def send(
        self, method: str, path: str, token: str, *, body: Any = None, etag: str = ""
    ) -> Answer:
        """Raises UnleashRefused, or SourceUnavailable. The token is never in an error."""
        headers = {"If-None-Match": etag} if etag else {}
        deadline = time.monotonic() + self._timeout
        try:
            with self._session.request(
                method,
                self._url + path,
                json=body,
                headers=headers,
                auth=_Token(token),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                if answer.status_code >= 300 and answer.status_code != 304:
                    raise UnleashRefused(answer.status_code, f"{method} {path.split('?')[0]}")
                return Answer(answer.status_code, answer.headers, _content(answer, deadline))
        except (requests.RequestException, HTTPError, OSError) as error:
            raise SourceUnavailable(f"Unleash does not answer ({type(error).__name__})") from None

    def close(self) -> None:
        self._session.close()


class _Token(AuthBase):
    """The bare token: Unleash wants no scheme before it. As `auth`, because requests would let a
    .netrc file win over a header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._token
        return request


def _content(answer: requests.Response, deadline: float) -> bytes:
    """All of it. The time limit of requests is for each read of the socket, and it reads until a
    whole block is there: a trickle would go on for ever."""
    parts, size = [], 0
    while part := answer.raw.read1(BLOCK_BYTES, decode_content=True):
        parts.append(part)
        size += len(part)
        if time.monotonic() > deadline:
            raise SourceUnavailable("Unleash does not answer (too slow)")
        if size > MOST_BYTES:
            raise SourceUnavailable("Unleash sent too much")
    return b"".join(parts)
