"""The privacy page, and what people do about their own data: download, delete, not be measured."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from webapp.accounts.authentication import (
    let_out,
    open_to_strangers,
    signed_in_person,
)
from webapp.app.services import Core
from webapp.http.errors import AppError, ErrorCode
from webapp.infra import retention


def init_app(core: Core) -> None:
    """Adds the pages."""
    blueprint = Blueprint("privacy", __name__, template_folder="templates")
    _add_notice(blueprint, core)
    _add_own(blueprint, core)
    core.app.register_blueprint(blueprint)


def _add_notice(blueprint: Blueprint, core: Core) -> None:
    @blueprint.get("/privacy")
    @open_to_strangers
    def notice() -> str:
        settings = core.settings
        return render_template(
            "privacy/notice.html",
            days={
                "rooms": settings.space_days,
                "minutes": retention.SOUND_MINUTES.days,
                "figures": settings.figure_days,
                "reports": settings.report_days,
                "activity": settings.activity_days,
                "history": settings.history_days,
            },
        )


def _add_own(blueprint: Blueprint, core: Core) -> None:
    @blueprint.get("/account/data")
    def download() -> Response:
        person = signed_in_person()
        if not core.limits.allow(person.id, "export"):
            wait = core.limits.retry_after(person.id, "export")
            raise AppError(ErrorCode.TOO_MANY, retry_after=wait)
        return as_file(core.privacy.export(person.id))

    @blueprint.post("/account/measured")
    def choose() -> Response:
        person = signed_in_person()
        if not core.limits.allow(person.id, "rename"):
            wait = core.limits.retry_after(person.id, "rename")
            raise AppError(ErrorCode.TOO_MANY, retry_after=wait)
        core.accounts.people.set_measured(person.id, request.form.get("measured") == "yes")
        return make_response(redirect(f"{url_for('accounts.account')}#account-data", 303))

    @blueprint.get("/account/measured")
    def back() -> Response:
        """Where the language switch leads."""
        return make_response(redirect(url_for("accounts.account"), 303))

    @blueprint.get("/account/delete")
    def confirm() -> str:
        if signed_in_person().preview:
            raise AppError(ErrorCode.NOT_FOUND)
        return render_template("privacy/delete.html")

    @blueprint.post("/account/delete")
    def delete() -> Response:
        person = signed_in_person()
        core.privacy.delete(person.id)
        return let_out(make_response(redirect(url_for("privacy.deleted"), 303)))

    @blueprint.get("/account-deleted")
    @open_to_strangers
    def deleted() -> str:
        return render_template("privacy/deleted.html")


def as_file(content: dict[str, Any]) -> Response:
    """JSON to be kept as a file, by nobody on the way."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    response = Response(text, mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="soundcheck-data.json"'
    response.headers["Cache-Control"] = "no-store"
    return response
