"""In a preview: the banner and the way out. Where one was: a page that says so."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from werkzeug.exceptions import NotFound

from flags.forced_flags import Forced
from webapp.accounts import current_person, signed_in_person
from webapp.accounts.authentication import let_out
from webapp.app.services import Core
from webapp.http.errors import AppError
from webapp.http.preview_prefix import PREFIX, scope
from webapp.infra.i18n import t
from webapp.previews.service import may_preview


def init_app(core: Core) -> None:
    """Adds the pages, and what the templates of all pages ask for."""
    blueprint = Blueprint("previews", __name__, url_prefix="/preview", template_folder="templates")

    @blueprint.before_request
    def insist() -> None:
        """Nobody but people in a preview has this address: before its form is looked at."""
        if not signed_in_person().preview:
            raise NotFound

    @blueprint.post("/leave")
    def leave() -> Response:
        core.previews.leave(signed_in_person())
        return let_out(make_response(redirect(url_for("shell.lobby"), 303)))

    @core.app.get(f"{PREFIX}/<person_id>/")
    @core.app.get(f"{PREFIX}/<person_id>/<path:_rest>")
    def where_a_preview_was(person_id: str, _rest: str = "") -> str:
        """For who may make previews; for anybody else there is nothing."""
        if not may_preview(current_person()):
            raise NotFound
        raise AppError("preview_over")

    core.app.register_blueprint(blueprint)
    core.app.jinja_env.globals.update(preview_banner=lambda: banner(core), forced_in_words=in_words)


def banner(core: Core) -> str:
    """What is forced, on every page of somebody in a preview; nothing for anybody else."""
    if scope() is None:  # also below the page that says that the database is away
        return ""
    person = current_person()
    if person is None or person.preview_id is None:
        return ""
    preview = core.previews.get(person.preview_id)
    told: dict[str, Any] = {"person": person, "preview": preview}
    return render_template("previews/banner.html", **told)


def in_words(key: str, forced: Forced) -> str:
    """ "reactions: open, tapback" in the language of the request."""
    state = t("previews.open") if forced.enabled else t("previews.closed")
    variant = f" ({forced.variant})" if forced.variant else ""
    if forced.because is None:
        return t("previews.forced", feature=key, state=f"{state}{variant}")
    return t("previews.follows", feature=key, state=f"{state}{variant}", other=forced.because)
