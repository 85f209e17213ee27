"""The sound panel of a Space: for QA and administrators, and there for nobody else."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, render_template, send_from_directory
from werkzeug.exceptions import NotFound

from webapp.accounts import current_person
from webapp.accounts.models import QA, Person
from webapp.app.services import Core
from webapp.infra.i18n import current_language, strings_for

STATIC = Path(__file__).parent / "static"


def may_see(person: Person | None) -> bool:
    """QA, and administrators for support. Nobody in a preview has a role."""
    return person is not None and person.has_role(QA)


def init_app(core: Core) -> None:
    """Adds its files, and what the page of a Space asks for."""
    blueprint = Blueprint("quality", __name__, url_prefix="/quality", template_folder="templates")

    @blueprint.get("/<path:file>")
    def asset(file: str) -> Response:
        if not may_see(current_person()):
            raise NotFound
        response = send_from_directory(STATIC, file, max_age=0)
        # A shared cache must not keep for others what these may load.
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    core.app.register_blueprint(blueprint)
    core.app.jinja_env.globals["sound_panel"] = _on_page


def _on_page() -> str:
    """What the page of a Space holds for those who see the panel; for others nothing."""
    if not may_see(current_person()):
        return ""
    strings = strings_for("audio/quality", current_language())
    return render_template("quality/panel.html", strings=strings)
