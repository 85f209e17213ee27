"""Sessions that live below a path of their own, so that one browser can be several people at once.

Everything of a person made up for a preview is below `/p/<their id>/`. The id in the address is no
secret: what counts is the cookie, which the browser sends below that path only, and which must be
that person's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, has_request_context, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.http import parse_cookie

COOKIE = "preview"
HOST_PREFIX = "__Host-"
"""Of cookies that belong to a whole host, by HTTPS only (RFC 6265bis, section 4.1.3.2)."""
PREFIX = "/p"
ADDRESS = re.compile(rf"({PREFIX}/([0-9a-f]{{32}}))(/.*)?", re.DOTALL)
ENVIRON = "soundcheck.preview"


def base_of(person_id: str) -> str:
    """Below what a person made up for a preview lives, without a slash at its end."""
    return f"{PREFIX}/{person_id}"


def scope() -> str | None:
    """The id of the person below whose path the request is; None for everybody else's addresses."""
    person_id: str | None = request.environ.get(ENVIRON)
    return person_id


def cookie_path() -> str:
    """Where the cookies of this request belong."""
    person_id = scope()
    return f"{base_of(person_id)}/" if person_id else "/"


def init_app(app: Flask, is_of_a_preview: Callable[[str], bool]) -> None:
    """Moves the path out of the way of the product. Call it after everything else that stands in
    front of the app: that must see addresses as they are elsewhere. `is_of_a_preview`:
    whether we made a cookie for one, good or over."""
    inner = app.wsgi_app

    def scoped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        below = ADDRESS.fullmatch(environ.get("PATH_INFO", ""))
        # Without such a cookie the address is like any other that is not there.
        if below and _has_cookie(environ, is_of_a_preview):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + below[1]
            environ["PATH_INFO"] = below[3] or "/"
            environ[ENVIRON] = below[2]
        return inner(environ, start_response)

    app.wsgi_app = scoped  # type: ignore[method-assign]
    app.session_interface = _Sessions()


def _has_cookie(environ: dict[str, Any], is_of_a_preview: Callable[[str], bool]) -> bool:
    cookie = parse_cookie(environ).get(COOKIE)
    return cookie is not None and is_of_a_preview(cookie)


class _Sessions(SecureCookieSessionInterface):
    """Flask's own cookie (form tokens), one for each path."""

    def get_cookie_name(self, app: Flask) -> str:
        name = super().get_cookie_name(app)
        if not (has_request_context() and scope()):
            return name
        # Below a path of its own, which browsers do not take under a name with that prefix.
        return f"{name.removeprefix(HOST_PREFIX)}_{COOKIE}"

    def get_cookie_path(self, app: Flask) -> str:
        return cookie_path() if has_request_context() else "/"
