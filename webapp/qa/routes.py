"""The workbench: its frame and its first page."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, render_template

from webapp.accounts import current_person
from webapp.app.services import Core
from webapp.qa import explain, inbox, matrix, permissions, preview, results
from webapp.qa.compare import routes as compare
from webapp.qa.nav import NavItem

PARTS: tuple[Callable[[Blueprint, Core], NavItem], ...] = (
    explain.add_pages,
    matrix.add_pages,
    preview.add_pages,
    compare.add_pages,
    results.add_pages,
    inbox.add_pages,
)
"""In the order in which they are led to: Explain, Matrix, Preview, Compare, Figures, Inbox."""


def init_app(core: Core) -> None:
    """Adds the workbench; nobody but QA, product managers and administrators can tell."""
    blueprint = Blueprint(
        "qa", __name__, url_prefix="/qa", template_folder="templates", static_folder="static"
    )
    permissions.guard(blueprint)
    items = [add_pages(blueprint, core) for add_pages in PARTS]
    blueprint.context_processor(lambda: {"qa_items": items, "gate": core.gating.gate})

    @blueprint.get("")
    def start() -> str:
        return render_template("qa/start.html")

    core.app.register_blueprint(blueprint)
    core.app.jinja_env.globals["enters_qa"] = lambda: permissions.may_enter(current_person())
