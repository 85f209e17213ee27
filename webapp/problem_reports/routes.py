"""Reporting a problem, from every page, and reading what QA answered."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from config.version import app_version
from webapp.accounts import current_person, signed_in_person
from webapp.app.services import Core
from webapp.http.errors import AppError, ErrorCode
from webapp.infra.i18n import current_language, strings_for
from webapp.problem_reports.events import NoteWritten
from webapp.problem_reports.models import Report
from webapp.problem_reports.schemas import Sent

MOST_BYTES = 64 * 1024

SHOWN = 120
"""Letters of their own words that remind somebody what a note is about."""


def init_app(core: Core) -> None:
    """Adds the addresses, what the templates of all pages ask for, and notes to who is there."""
    blueprint = Blueprint("reports", __name__, url_prefix="/report", template_folder="templates")

    @blueprint.get("/token")
    def token() -> Response:
        """A form token for what follows. Not on the page: that may be hours old, and one that
        says that something is not there must be the same for everybody."""
        return jsonify(token=generate_csrf())

    @blueprint.post("")
    def send() -> tuple[Response, int]:
        person = signed_in_person()
        # Before anything is parsed: what is refused counts as well.
        if not core.limits.allow(person.id, "report"):
            wait = core.limits.retry_after(person.id, "report")
            raise AppError(ErrorCode.TOO_MANY, retry_after=wait)
        sent = _sent()
        core.reports.take(person, sent, current_language())
        return jsonify(id=sent.id), 201

    @blueprint.post("/<report_id>/read")
    def read(report_id: str) -> Response:
        if not core.limits.allow(signed_in_person().id, "report.read"):
            wait = core.limits.retry_after(signed_in_person().id, "report.read")
            raise AppError(ErrorCode.TOO_MANY, retry_after=wait)
        core.reports.read(signed_in_person().id, report_id)
        return jsonify(id=report_id)

    core.app.register_blueprint(blueprint)
    core.app.jinja_env.globals.update(
        report_foot=lambda: _foot(core), own_reports=lambda: _own(core)
    )
    core.events.subscribe(NoteWritten, lambda event: _tell(core, event.person_id))


def _sent() -> Sent:
    """What was sent; `bad_input` names the fields that are wrong, never their values."""
    if (request.content_length or 0) > MOST_BYTES:
        raise AppError(ErrorCode.TOO_LARGE)
    try:
        return Sent.model_validate_json(request.get_data(cache=False))
    except ValidationError as error:
        known = set(Sent.model_fields)
        wrong = sorted({str(part) for one in error.errors() for part in one["loc"][:1]} & known)
        raise AppError(ErrorCode.BAD_INPUT, fields=wrong) from None


def _foot(core: Core) -> str:
    """The foot of every page of somebody who is signed in. In a preview there is none: whoever
    looks through it is somebody else, and has a page of their own to report on."""
    try:
        person = current_person()
        answers = [] if person is None else _answers(core, person.id)
    except SQLAlchemyError:
        # This also stands below the page that says that the database is away.
        return ""
    if person is None or person.preview:
        return ""
    start = {
        "person": person.id,
        "address": url_for("reports.send"),
        "version": app_version(),
        "language": current_language(),
        "strings": strings_for("problem_reports", current_language()),
        "answers": answers,
    }
    return render_template("problem_reports/foot.html", start=start)


def _answers(core: Core, person_id: str) -> list[dict[str, Any]]:
    return [_answer(report) for report in core.reports.unread(person_id)]


def _answer(report: Report) -> dict[str, Any]:
    short = report.text if len(report.text) <= SHOWN else f"{report.text[:SHOWN].rstrip()}…"
    read = f"/report/{report.id}/read"
    return {"id": report.id, "text": " ".join(short.split()), "note": report.note, "read": read}


def _own(core: Core) -> list[Report]:
    """For the account page."""
    return list(core.reports.of_person(signed_in_person().id))


def _tell(core: Core, person_id: str) -> None:
    answers = _answers(core, person_id)
    for connection in core.presence.of_person(person_id):
        core.tell.emit("report.answered", {"answers": answers}, connection.sid)
