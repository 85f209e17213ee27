"""What every answer tells a browser to refuse, and what every request must prove."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from webapp.http.error_pages import answer
from webapp.http.errors import AppError
from webapp.http.preview_prefix import HOST_PREFIX, scope

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), display-capture=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

HSTS = "max-age=31536000"
"""A year. Not for subdomains, which may be somebody else's."""

POLICY = (
    "default-src 'self'; connect-src 'self' {sockets}; img-src 'self' data:; "
    "media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {framed_by}"
)
"""Nothing inline, nothing from elsewhere. Some browsers do not count a WebSocket as 'self'."""


def init_app(app: Flask, allowed_origins: Iterable[str], secure_cookies: bool) -> None:
    """Headers on every answer; origin and form token on every request that changes something.

    Call it after whatever keeps people away from what does not exist for them: a missing token
    must not tell that a form is there.
    """
    app.config.update(
        SESSION_COOKIE_NAME=f"{HOST_PREFIX if secure_cookies else ''}session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure_cookies,
        # A form is good for as long as the browser's session is: pages stay open for hours.
        WTF_CSRF_TIME_LIMIT=None,
        # Checked at the end of all checks, by ourselves; see `init_app`.
        WTF_CSRF_CHECK_DEFAULT=False,
        ALLOWED_ORIGINS=frozenset(allowed_origins),
    )
    forms = CSRFProtect(app)
    dispatch = app.dispatch_request

    def checked_dispatch() -> object:
        # Here, and not before the request, because blueprints have their own checks before it.
        if request.routing_exception is None:
            _insist_on_origin()
            forms.protect(apply_exemptions=True)
        return dispatch()

    app.dispatch_request = checked_dispatch  # type: ignore[method-assign, assignment]
    app.after_request(_add_headers)
    app.register_error_handler(CSRFError, lambda _: answer(AppError("old_form")))


def headers(*, secure: bool) -> dict[str, str]:
    """The headers of every answer. `secure`: people use HTTPS, and browsers are to insist on it
    (RFC 6797)."""
    return {**HEADERS, "Strict-Transport-Security": HSTS} if secure else dict(HEADERS)


def origin_is_ours() -> bool:
    """Does the request come from a page of ours, or from no page at all?

    For the socket's connect and for every method that changes something. "null" (a sandboxed
    frame) is not ours.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    own = f"{request.scheme}://{request.host}"
    return origin == own or origin in current_app.config["ALLOWED_ORIGINS"]


def _insist_on_origin() -> None:
    if request.method not in SAFE_METHODS and not origin_is_ours():
        raise AppError("wrong_origin")


def _add_headers(response: Response) -> Response:
    response.headers.update(headers(secure=current_app.config["SESSION_COOKIE_SECURE"]))
    response.headers["Content-Security-Policy"] = POLICY.format(
        sockets=_sockets(), framed_by=_framed_by()
    )
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-store"
    response.vary.update(("Accept", "Accept-Language", "Cookie"))
    return response


def _framed_by() -> str:
    """Previews stand in frames of ours, side by side; nothing else is ever framed."""
    return "'none'" if scope() is None else "'self'"


def _sockets() -> str:
    """The address of our own WebSocket, as a source of the policy."""
    # A proxy in front may speak HTTPS for us; then cookies are marked for it.
    secure = request.is_secure or current_app.config["SESSION_COOKIE_SECURE"]
    scheme = "wss" if secure else "ws"
    return f"{scheme}://{urlsplit(request.host_url).netloc}"
