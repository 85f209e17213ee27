"""What stands before Socket.IO at its address: whose session it is, how many one person may open,
and what every answer carries.

Who asks, and from which page, was looked at before
(`webapp.accounts.authentication.guard_sockets`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from flask import Flask

from webapp.app.services import Core
from webapp.http import security
from webapp.http.engineio_sessions import OWNER, SocketSessions
from webapp.http.error_pages import problem
from webapp.http.errors import AppError, ErrorCode

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
CORS = "access-control-"

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class SocketGateway:
    """WSGI before Socket.IO's own. Its requests carry their `Owner` in the environ; others are
    not for it."""

    def __init__(self, core: Core, sessions: SocketSessions) -> None:
        self._app = core.app
        self._inner: Callable[[Environ, StartResponse], Iterable[bytes]] = core.app.wsgi_app
        self._sessions = sessions
        self._refusals = core.refusals
        self._headers = security.headers(secure=core.settings.cookie_secure)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if OWNER not in environ:
            return self._inner(environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "POST"):
            return Flask.wsgi_app(self._app, environ, start_response)  # as at any other address
        refusal = self._refusal(environ)
        if refusal is None:
            return self._inner(environ, self._with_headers(start_response))
        self._refusals.count(refusal, environ[OWNER][0])
        with self._app.request_context(environ):
            answer = problem(AppError(refusal))
            answer.headers.update(self._headers)
            return answer(environ, start_response)

    def _refusal(self, environ: Environ) -> ErrorCode | None:
        asked = parse_qs(environ.get("QUERY_STRING", ""))
        # JSONP, for browsers that no longer exist: other sites could read what it answers.
        if "j" in asked:
            return ErrorCode.BAD_INPUT
        if "sid" not in asked:
            return self._sessions.refuses_handshake(environ[OWNER])
        # That of another login is answered like one that never was.
        is_owned = self._sessions.is_owned(asked["sid"][0], environ[OWNER])
        return None if is_owned else ErrorCode.BAD_INPUT

    def _with_headers(self, start_response: StartResponse) -> StartResponse:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            # python-engineio allows credentials to everybody, also to whom it allows nothing.
            if all(name != ALLOW_ORIGIN for name, _ in headers):
                headers = [one for one in headers if not one[0].lower().startswith(CORS)]
            return start_response(status, [*headers, *self._headers.items()], *rest)

        return start
