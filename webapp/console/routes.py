"""The console's pages of features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from flags.sources.base import Change, Conflict
from webapp.accounts import current_person
from webapp.accounts.schemas import parse
from webapp.console import access, records, testers, wording
from webapp.console.schemas import CohortForm, EditForm, OffForm, RolloutForm
from webapp.console.service import Console
from webapp.core import Core
from webapp.errors import AppError
from webapp.i18n import t

HISTORY_BESIDE_A_FEATURE = 20

Edit = Callable[[], Change | None]


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
    access.guard(blueprint)
    blueprint.context_processor(lambda: _for_templates(console, core))
    _add_pages(blueprint, console)
    _add_edits(blueprint, console)
    testers.add_pages(blueprint, core)
    records.add_pages(blueprint, core)
    app.register_blueprint(blueprint)
    app.jinja_env.globals["reads_console"] = lambda: access.may_read(current_person())


def _for_templates(console: Console, core: Core) -> dict[str, Any]:
    return {
        "may_edit": access.may_edit(current_person()),
        "rows_to_close": lambda: [row for row in console.rows() if row.state.enabled],
        "gate": core.gating.gate,
        "cohort_sizes": core.accounts.people.cohorts,
        "shares": wording.shares,
        "state_of": wording.state_of,
        "summary": wording.summary,
        "what": wording.what,
    }


def _add_pages(blueprint: Blueprint, console: Console) -> None:
    @blueprint.get("")
    def features() -> str:
        return render_template("console/features.html", rows=console.rows())

    @blueprint.get("/features/<key>")
    def feature(key: str) -> str:
        return _feature_page(console, key)

    @blueprint.get("/pulse")
    def pulse() -> Response:
        """Changes when a page of the console would."""
        return jsonify(mark=console.audience.mark())


def _add_edits(blueprint: Blueprint, console: Console) -> None:
    @blueprint.post("/features/<key>/on")
    def turn_on(key: str) -> Response:
        by = access.editor().display_name
        form = parse(EditForm, request.form)
        return _edited(console, key, lambda: console.turn_on(key, by, form.expected))

    @blueprint.post("/features/<key>/off")
    def turn_off(key: str) -> Response:
        by = access.editor().display_name
        form = parse(OffForm, request.form)
        return _edited(console, key, lambda: console.turn_off(key, form.closing, by))

    @blueprint.post("/features/<key>/rollout")
    def set_rollout(key: str) -> Response:
        by = access.editor().display_name
        try:
            form = parse(RolloutForm, request.form)
        except AppError as error:
            page = _feature_page(console, key, wrong=error.fields)
            return make_response(page, error.status)
        return _edited(
            console,
            key,
            lambda: console.set_rollout(key, form.percent, by, form.expected, form.closing),
        )

    @blueprint.post("/features/<key>/cohort")
    def set_cohort(key: str) -> Response:
        by = access.editor().display_name
        form = parse(CohortForm, request.form)
        return _edited(
            console,
            key,
            lambda: console.set_cohort(key, form.cohort, form.on, by, form.expected, form.closing),
        )


def _feature_page(console: Console, key: str, wrong: tuple[str, ...] = ()) -> str:
    return render_template(
        "console/feature.html",
        row=console.row(key),
        changes=console.history(key, HISTORY_BESIDE_A_FEATURE),
        wrong=wrong,
    )


def _edited(console: Console, key: str, edit: Edit) -> Response:
    try:
        change = edit()
    except Conflict:
        return make_response(_conflict_page(console, key), 409)
    if change is None:
        flash(t("console.same", feature=key), "same")
    else:
        flash(t("console.done", feature=key, what=wording.what(change)), "done")
    return make_response(redirect(url_for("console.feature", key=key), 303))


def _conflict_page(console: Console, key: str) -> str:
    row = console.row(key)
    return render_template(
        "console/conflict.html",
        row=row,
        between=console.changes_since(key, request.form.get("expected", 0, type=int)),
        mine=_wanted(),
        again=[
            (name, value)
            for name, value in request.form.items()
            if name not in ("csrf_token", "expected")
        ],
    )


def _wanted() -> str:
    """What the editor wanted to do, in words."""
    if "percent" in request.form:
        return t("console.wanted.rollout", percent=request.form["percent"])
    if "switch" in request.form:
        switch, cohort = request.form["switch"].split(" ", 1)
        return t(f"console.wanted.cohort_{switch}", cohort=cohort)
    return t("console.wanted.on")
