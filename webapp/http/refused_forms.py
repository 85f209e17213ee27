"""A form that is refused before its view looks at it comes back with what was entered.

The page that showed the form is asked for once more, inside the request that sent it: as a GET that
goes through every check of its own, so that nobody is shown what they could not open by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from io import BytesIO
from typing import Any
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

from flask import Flask, Response, current_app, request
from werkzeug.urls import iri_to_uri

from webapp.http.errors import AppError, ErrorCode
from webapp.http.forms import REFUSED, Refused
from webapp.infra.i18n import t

AGAIN = frozenset(
    {ErrorCode.OLD_FORM, ErrorCode.TOO_MANY, ErrorCode.TRY_AGAIN, ErrorCode.SIGN_IN_AGAIN}
)
"""Errors after which the same form, sent once more, may be accepted."""

MAX_REDIRECTS = 2


def init_app(app: Flask) -> None:
    """Gives the templates `refused_form`: why the form on this page was refused, or nothing."""
    app.jinja_env.globals["refused_form"] = _message


def page_with_form(error: AppError) -> Response | None:
    """The page of the form that is being answered, with its content and why it was refused; None if
    there is no such page, or the form is not on it."""
    if request.method != "POST" or error.code not in AGAIN:
        return None
    refused = Refused(request.endpoint or "", dict(request.view_args or {}), request.form, error)
    action = f'action="{escape(iri_to_uri(request.script_root + request.path))}'
    for address in _pages():
        response = _get(address, refused)
        if response is not None and action in response.get_data(as_text=True):
            response.status_code = error.status
            return response
    return None


def _pages() -> Iterator[SplitResult]:
    """Where the form may have been: the page that the browser names, the form's own address, and
    what is above that."""
    referrer = urlsplit(request.referrer or "")
    if referrer.netloc == request.host and referrer.path.startswith(f"{request.script_root}/"):
        yield referrer._replace(path=referrer.path.removeprefix(request.script_root))
    parts = iri_to_uri(request.path).strip("/").split("/")
    for count in range(len(parts), 0, -1):
        query = request.query_string.decode("latin-1")
        yield SplitResult("", "", "/" + "/".join(parts[:count]), query, "")


def _get(address: SplitResult, refused: Refused) -> Response | None:
    """The page at an address, or at the one that it leads to; None if there is none."""
    for _ in range(MAX_REDIRECTS + 1):
        response = _dispatch(_environ(address, refused), refused)
        if response.status_code == 200 and response.mimetype == "text/html":
            return response
        location = response.headers.get("Location")
        if location is None:
            return None
        to = urlsplit(location)
        address = to._replace(path=to.path.removeprefix(request.script_root))
    return None


def _dispatch(environ: dict[str, Any], refused: Refused) -> Response:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    # A context of its own: nothing that this request knows of itself is true of that one.
    with app.app_context(), app.request_context(environ):
        request.form = refused.form
        return app.full_dispatch_request()


def _environ(address: SplitResult, refused: Refused) -> dict[str, Any]:
    kept = {
        name: value
        for name, value in request.environ.items()
        # Without Sec-Fetch-Site no page takes this for an address opened by hand.
        if not name.startswith(("werkzeug.", "flask.", "HTTP_SEC_FETCH_"))
    }
    return kept | {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": unquote_to_bytes(address.path).decode("latin-1"),
        "QUERY_STRING": address.query,
        "CONTENT_LENGTH": "0",
        "CONTENT_TYPE": "",
        "wsgi.input": BytesIO(),
        REFUSED: refused,
    }


def _message() -> str:
    refused: Refused | None = request.environ.get(REFUSED)
    if refused is None:
        return ""
    if refused.error.code is ErrorCode.OLD_FORM:
        return t("error.old_form_again")
    return refused.error.message()
