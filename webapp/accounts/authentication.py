"""Who asks, and what a stranger gets: the same answer for whatever there is, and is not, here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeVar, cast

from flask import Flask, Response, current_app, g, make_response, redirect, request, session
from werkzeug.exceptions import NotFound
from werkzeug.local import LocalProxy

from webapp.accounts.events import LoginEnded, RoleChanged, SignInLinkMade
from webapp.accounts.models import Person
from webapp.accounts.schemas import Entered, Recognised
from webapp.accounts.service import Accounts
from webapp.accounts.sign_in_links import Maker
from webapp.accounts.text import name_in_words
from webapp.http import preview_prefix
from webapp.http.engineio_sessions import OWNER
from webapp.http.error_pages import answer, problem, wants_page
from webapp.http.errors import AppError, ErrorCode
from webapp.http.security import origin_is_ours
from webapp.http.security_log import SecurityLog, security_log
from webapp.http.trusted_proxies import parsed
from webapp.infra.event_bus import Events
from webapp.infra.rate_limit import Limiter

log = logging.getLogger(__name__)

COOKIE = "login"
HOST_COOKIE = f"{preview_prefix.HOST_PREFIX}{COOKIE}"
"""Its name where people use HTTPS: no other host, and nobody on the way, can set such a cookie."""
SIGN_IN = "/sign-in"
SOCKETS = "/socket.io"

PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
"""Any of them tells that a proxy speaks for somebody."""

STRANGERS_FILES = ("css/", "favicon.svg")

View = TypeVar("View", bound=Callable[..., Any])


def open_to_strangers(view: View) -> View:
    """Marks a view that needs nobody to be signed in."""
    view.open_to_strangers = True  # type: ignore[attr-defined]
    return view


def way_in(view: View) -> View:
    """Marks a view that signs people in: it does not exist in a preview."""
    view.way_in = True  # type: ignore[attr-defined]
    return view


def accounts() -> Accounts:
    """The accounts of the running app."""
    return cast(Accounts, current_app.extensions["accounts"])


def limiter() -> Limiter:
    """The flood limits of the running app."""
    return cast(Limiter, current_app.extensions["limiter"])


def current_person() -> Person | None:
    """Who asks, or None for a stranger."""
    recognised = _recognised()
    return recognised.person if recognised else None


def current_login_id() -> str | None:
    """The login of who asks: which of their devices this is."""
    recognised = _recognised()
    return recognised.login_id if recognised else None


def current_hands() -> frozenset[str]:
    """The ids of those whose hands the login of who asks came through: see `Login.hands`."""
    recognised = _recognised()
    return recognised.login.hand_ids if recognised else frozenset()


def current_is_fresh() -> bool:
    """Whether who asks signed in lately: see `Logins.is_fresh`."""
    recognised = _recognised()
    return recognised is not None and accounts().logins.is_fresh(recognised.login)


def insist_on_fresh_sign_in() -> None:
    """For what a stolen login must not be enough for: `sign_in_again` when who asks signed in too
    long ago."""
    if not current_is_fresh():
        security_log().note("sign_in_too_old", person=signed_in_person().id)
        raise AppError(ErrorCode.SIGN_IN_AGAIN)


def current_maker() -> Maker:
    """Who asks, as somebody who makes a sign-in link. `not_signed_in` for a stranger."""
    recognised = _recognised()
    if recognised is None:
        raise AppError(ErrorCode.NOT_SIGNED_IN)
    return Maker.of(recognised)


def note_told() -> None:
    """The device of who asks has been told of what happened to their account."""
    recognised = _recognised()
    if recognised is not None and recognised.untold:
        accounts().logins.note_told(recognised.login)
        recognised = replace(recognised, untold=False)
        g.recognised = recognised


def signed_in_person() -> Person:
    """Who asks, in views that a stranger never reaches. `not_signed_in` should one do so."""
    person = current_person()
    if person is None:
        raise AppError(ErrorCode.NOT_SIGNED_IN)
    return person


def let_in(response: Response, entered: Entered, way: str) -> Response:
    """Gives the answer the cookie of a new login. The one that this browser had before ends, and
    its form tokens are worth nothing now. `way`: how they came in, for the security log."""
    security_log().note(
        "signed_in",
        way=way,
        person=entered.person.id,
        login=entered.login.id,
        hands=",".join(sorted(entered.login.hand_ids)),
    )
    before = _recognised()
    if before is not None:
        accounts().logins.end(before.person.id, before.login_id)
    session.clear()
    g.recognised = Recognised(entered.person, entered.login)
    _set_cookie(response, entered.person, entered.cookie)
    return response


def let_out(response: Response) -> Response:
    """Takes the cookie of a login away."""
    session.clear()
    g.recognised = None
    for name in _cookie_names():
        _delete_cookie(response, name)
    return response


def let_into_preview(response: Response, entered: Entered) -> Response:
    """Gives the answer the cookie of somebody made up for a preview, beside the browser's own."""
    lasts = entered.login.expires_at - entered.login.created_at
    response.set_cookie(
        preview_prefix.COOKIE,
        entered.cookie,
        path=f"{preview_prefix.base_of(entered.person.id)}/",
        max_age=lasts,
        httponly=True,
        samesite="Lax",
        secure=_secure(),
    )
    return response


def client_address() -> str:
    """The address of who asks: see `webapp.http.trusted_proxies`."""
    return request.remote_addr or ""


def from_this_machine() -> bool:
    """Does the request come from this machine, and not through a proxy on it?"""
    forwarded = any(name in request.headers for name in PROXY_HEADERS)
    address = parsed(client_address())
    return address is not None and address.is_loopback and not forwarded


def opened_by_hand() -> bool:
    """Was this address typed, or opened from outside the browser, or from a page of ours? Browsers
    say so; what does not say it may be another site's doing."""
    return request.headers.get("Sec-Fetch-Site") in ("none", "same-origin")


def init_app(
    app: Flask,
    service: Accounts,
    limits: Limiter,
    events: Events,
    clock: Callable[[], datetime],
) -> None:
    """Loads who asks and keeps strangers out. Call it before anything else that looks at a
    request, so that no other check can tell a stranger what exists."""
    app.extensions["accounts"] = service
    app.extensions["limiter"] = limits
    app.extensions["security_log"] = watch = SecurityLog(clock)
    _log_events(events, watch)
    app.before_request(_keep_strangers_out)
    app.register_error_handler(NotFound, _answer_missing)
    app.after_request(_renew_cookie)
    # A proxy: a page that does not ask who is there does not need the database either.
    app.jinja_env.filters["name_in_words"] = name_in_words
    app.context_processor(
        lambda: {"current_person": LocalProxy(current_person), "is_untold": _is_untold}
    )


def refuse_area(area: str) -> NoReturn:
    """What somebody gets who has no right to come into the console or the workbench."""
    if (person := current_person()) is not None:
        security_log().note("access_refused", person=person.id, area=area)
    raise NotFound


def guard_sockets(app: Flask) -> None:
    """Answers strangers, and pages of other sites, at the socket's address as at any other one
    that is not there: Socket.IO is served in front of Flask and would answer by itself. Call it
    after Socket.IO has been put there."""
    sockets = app.wsgi_app

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == SOCKETS or path.startswith(f"{SOCKETS}/"):
            with app.request_context(environ):
                recognised = _recognised() if origin_is_ours() else None
            if recognised is None:
                return Flask.wsgi_app(app, environ, start_response)
            environ[OWNER] = (recognised.person.id, recognised.login_id)
        return sockets(environ, start_response)

    app.wsgi_app = guarded  # type: ignore[method-assign]
    for websocket in (False, True):
        methods = ["GET"] if websocket else ["GET", "POST"]
        app.add_url_rule(
            f"{SOCKETS}/", "wrong_origin", _refuse_origin, methods=methods, websocket=websocket
        )


def stranger_answer() -> Response:
    """What somebody gets who is not signed in: nothing of the address is in it."""
    if request.method in ("GET", "HEAD") and wants_page():
        return make_response(redirect(SIGN_IN, 303))
    return problem(AppError(ErrorCode.NOT_SIGNED_IN))


def _keep_strangers_out() -> Response | None:
    view = current_app.view_functions.get(request.endpoint or "")
    is_open = _is_strangers_file() or getattr(view, "open_to_strangers", False)
    if preview_prefix.scope() is not None:
        return _keep_in_preview(view)
    if is_open or current_person() is not None:
        return None
    return stranger_answer()


def _is_strangers_file() -> bool:
    """Of our static files, strangers get those that their pages need: no script."""
    file = str((request.view_args or {}).get("filename", ""))
    return request.endpoint == "static" and file.startswith(STRANGERS_FILES)


def _keep_in_preview(view: Callable[..., Any] | None) -> Response | None:
    """A preview that is over says so; while it lasts there is no other way in or out of it."""
    if current_person() is None:
        raise AppError(ErrorCode.PREVIEW_OVER)
    if getattr(view, "way_in", False):
        raise NotFound
    return None


def _answer_missing(_: NotFound) -> Response:
    """Of what is open to strangers, too, they learn nothing but what is there."""
    return answer(AppError(ErrorCode.NOT_FOUND)) if current_person() else stranger_answer()


def _log_events(events: Events, watch: SecurityLog) -> None:
    events.subscribe(
        LoginEnded,
        lambda event: watch.note("login_ended", person=event.person_id, login=event.login_id),
    )
    events.subscribe(
        SignInLinkMade,
        lambda event: watch.note(
            "link_made",
            person=event.person.id,
            by=event.maker.id if event.maker else "command_line",
        ),
    )
    events.subscribe(
        RoleChanged,
        lambda event: watch.note(
            "role_given" if event.held else "role_taken", person=event.person.id, role=event.role
        ),
    )


def _refuse_origin() -> Response:
    raise AppError(ErrorCode.WRONG_ORIGIN)


def _recognised() -> Recognised | None:
    if "recognised" not in g:
        found = _of_cookie()
        g.recognised = found if found and _belongs_here(found.person) else None
    return cast(Recognised | None, g.recognised)


def _of_cookie() -> Recognised | None:
    sent = (request.cookies.get(name) for name in _cookie_names())
    cookie = next((value for value in sent if value is not None), None)
    return accounts().logins.recognise(cookie, preview=preview_prefix.scope() is not None)


def _cookie_names() -> tuple[str, ...]:
    """The name of the login cookie here, and the one that it had before, if that is read too."""
    if preview_prefix.scope() is not None:
        return (preview_prefix.COOKIE,)
    return (HOST_COOKIE, COOKIE) if _secure() else (COOKIE,)


def _belongs_here(person: Person) -> bool:
    """People made up for a preview live below their own path, and nobody else does."""
    return preview_prefix.scope() == (person.id if person.preview else None)


def _renew_cookie(response: Response) -> Response:
    recognised: Recognised | None = g.get("recognised")
    name, *before = _cookie_names()
    is_renamed = name not in request.cookies and any(old in request.cookies for old in before)
    if recognised and (recognised.renewed or is_renamed):
        cookie = accounts().logins.cookie(recognised.login_id)
        _set_cookie(response, recognised.person, cookie)
    return response


def _set_cookie(response: Response, person: Person, value: str) -> None:
    lasts: timedelta = accounts().logins.lasts(person)
    name, *before = _cookie_names()
    response.set_cookie(
        name,
        value,
        path=preview_prefix.cookie_path(),
        max_age=lasts,
        httponly=True,
        samesite="Lax",
        secure=_secure(),
    )
    for old in before:
        if old in request.cookies:
            _delete_cookie(response, old)


def _delete_cookie(response: Response, name: str) -> None:
    response.delete_cookie(
        name, path=preview_prefix.cookie_path(), httponly=True, samesite="Lax", secure=_secure()
    )


def _is_untold() -> bool:
    # Only what is known already: a page that tells of a lost database must not ask it.
    recognised: Recognised | None = g.get("recognised")
    return recognised is not None and recognised.untold and not recognised.person.preview


def _secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
