"""Errors over HTTP: a page for browsers, a problem for programs.

An answer says nothing about the address that was asked for: a page that is closed for somebody
and one that was never written are the same bytes. So a wrong method is an unknown page as well.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, Flask, Response, json, make_response, render_template, request
from sqlalchemy.exc import DataError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime
from werkzeug.exceptions import HTTPException

from flags.sources.interface import SourceUnavailable
from webapp.http import refused_forms
from webapp.http.errors import AppError, ErrorCode

log = logging.getLogger(__name__)

CODE_OF_STATUS: Mapping[int, ErrorCode] = MappingProxyType(
    {
        401: ErrorCode.NOT_SIGNED_IN,
        403: ErrorCode.NOT_ALLOWED,
        404: ErrorCode.NOT_FOUND,
        413: ErrorCode.TOO_LARGE,
        429: ErrorCode.TOO_MANY,
        503: ErrorCode.TRY_AGAIN,
    }
)


def init_app(app: Flask) -> None:
    """Answers every error in one way. Call before routes are added: it also turns off what
    Flask would answer by itself about routes that exist."""
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    for rule in app.url_map.iter_rules():  # Flask's own, for static files
        rule.provide_automatic_options = False  # type: ignore[attr-defined]
        (rule.methods or set()).discard("OPTIONS")
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.register_blueprint(Blueprint("errors", __name__, template_folder="templates"))
    app.register_error_handler(AppError, _answer_app)
    app.register_error_handler(HTTPException, _answer_http)
    for kind in (OperationalError, InterfaceError, NoConnectionInTime):
        app.register_error_handler(kind, _answer_database)
    app.register_error_handler(OverflowError, _answer_too_large)
    app.register_error_handler(DataError, _answer_too_large)
    app.register_error_handler(SourceUnavailable, _answer_source)


def wants_page() -> bool:
    """Does a browser ask for a page (rather than a program for data)?"""
    accepted = request.accept_mimetypes
    return accepted["text/html"] > accepted["application/json"]


def answer(error: AppError) -> Response:
    """`error` as a page or as a problem: where a form was refused, as the page that it is on."""
    if not wants_page():
        response = problem(error)
    else:
        response = refused_forms.page_with_form(error) or page(error)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def page(error: AppError) -> Response:
    """`error` as a page that says what happened and what to do next."""
    if error.code is ErrorCode.PREVIEW_OVER:
        body = render_template("preview_over.html", message=error.message())
        return make_response(body, error.status)
    body = render_template("problem.html", title_key=_title_key(error), message=error.message())
    return make_response(body, error.status)


def problem(error: AppError) -> Response:
    """`error` as `application/problem+json`."""
    body = json.dumps(error.as_problem(), ensure_ascii=False)
    return Response(body, error.status, mimetype="application/problem+json")


def _title_key(error: AppError) -> str:
    if error.code is ErrorCode.INTERNAL:
        return "problem.title.internal"
    if error.status == 404:
        return "problem.title.not_found"
    return f"problem.title.{'busy' if error.status in (429, 503) else 'denied'}"


def _answer_app(error: AppError) -> Response:
    # The view's name and not the address: that may hold a secret.
    log.info("%s %s refused: %s", request.method, request.endpoint, error.code)
    return answer(error)


def _answer_http(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or status < 400:
        return make_response(error.get_response())
    if error is request.routing_exception:
        # Whatever is wrong with the address or the method (a WebSocket where there is none, too):
        # saying so would tell that there is something.
        return answer(AppError(ErrorCode.NOT_FOUND))
    otherwise = ErrorCode.BAD_INPUT if status < 500 else ErrorCode.INTERNAL
    return answer(AppError(CODE_OF_STATUS.get(status, otherwise)))


def _answer_database(error: SQLAlchemyError) -> Response:
    # `orig` is the driver's own reason; the whole error would carry the statement's parameters.
    reason = getattr(error, "orig", None) or type(error).__name__
    log.error("the database did not answer: %s", reason)
    return answer(AppError(ErrorCode.TRY_AGAIN))


def _answer_too_large(_: OverflowError | DataError) -> Response:
    # A number in the address beyond what the database can hold: there is no such thing.
    log.warning("%s was asked for a number that no database holds", request.endpoint)
    return answer(AppError(ErrorCode.NOT_FOUND))


def _answer_source(error: SourceUnavailable) -> Response:
    log.error("the definitions cannot be reached: %s", error)
    return answer(AppError(ErrorCode.TRY_AGAIN))
