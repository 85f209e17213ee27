"""The console's pages of features."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, g, jsonify, render_template, request

from webapp.accounts import current_person
from webapp.app.services import Core
from webapp.console import feature_routes, history, people, permissions, text, wall_time
from webapp.console.definition_status import status
from webapp.console.feature_list import Console, Row
from webapp.console.schedules import Schedules

FOLLOWING = ("console", "qa")
"""The blueprints whose pages follow how things stand."""


def init_app(app: Flask, core: Core) -> None:
    """Adds the console; nobody but product managers, QA and administrators can tell."""
    console = Console(core)
    blueprint = Blueprint(
        "console",
        __name__,
        url_prefix="/console",
        template_folder="templates",
        static_folder="static",
    )
    permissions.guard(blueprint)
    blueprint.context_processor(lambda: _for_templates(console, core))
    _add_pages(blueprint, core, console)
    feature_routes.add_pages(blueprint, core, console)
    people.add_pages(blueprint, core)
    history.add_pages(blueprint, core)
    app.register_blueprint(blueprint)
    app.before_request(lambda: _note_mark(console))
    app.jinja_env.globals["reads_console"] = lambda: permissions.may_read(current_person())


def _note_mark(console: Console) -> None:
    """Before a page is made: it has to follow what changes from here on."""
    is_page = request.blueprint in FOLLOWING and not str(request.endpoint).endswith(".static")
    if is_page and permissions.may_read(current_person()):
        g.console_mark = console.audience.mark()


def _for_templates(console: Console, core: Core) -> dict[str, Any]:
    return {
        "may_edit": permissions.may_edit(current_person()),
        "status": lambda: status(core),
        "children_of": text.children,
        "proposed": text.proposed,
        "cohort_sizes": core.accounts.people.cohorts,
        "shares": text.shares,
        "state_of": text.state_of,
        "summary": text.summary,
        "wall_time": wall_time.written,
        "what": text.what,
        "who": text.who,
    }


def _rows(console: Console) -> list[Row]:
    """Once for a page, though several of its parts show them."""
    if "console_rows" not in g:
        g.console_rows = console.rows()
    rows: list[Row] = g.console_rows
    return rows


def _add_pages(blueprint: Blueprint, core: Core, console: Console) -> None:
    schedules = Schedules(core)

    @blueprint.get("")
    def features() -> str:
        refused = {schedule.feature for schedule in schedules.refused()}
        return render_template("console/features.html", rows=_rows(console), refused=refused)

    @blueprint.get("/turn-off")
    def closings() -> str:
        """What can be turned off, each with what that does: the sheet of every page asks for it
        when it opens. `feature` comes first."""
        permissions.editor()
        first = request.args.get("feature")
        rows = [row for row in _rows(console) if row.state.enabled]
        rows.sort(key=lambda row: row.key != first)
        return render_template("console/closings.html", rows=rows)

    @blueprint.get("/pulse")
    def pulse() -> Response:
        """Its mark changes when a page of the console would; and how the definitions are."""
        now = status(core)
        return jsonify(mark=g.console_mark, status={"text": now.text, "loud": now.loud})
