"""The pages of Matrix, and those on which personas are edited."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from webapp.accounts import signed_in_person
from webapp.app.services import Core
from webapp.http.errors import AppError, ErrorCode
from webapp.http.forms import sent_to
from webapp.infra.i18n import t
from webapp.qa.matrix import commands, export
from webapp.qa.matrix.forms import persona_in, sent_as
from webapp.qa.matrix.service import Matrix, matrix_of, variants_in
from webapp.qa.nav import NavItem
from webapp.qa.personas.schema import Expected
from webapp.qa.personas.service import Everybody, Kept, Personas, personas_of


class MatrixPages:
    """What the pages are made of."""

    def __init__(self, core: Core, personas: Personas) -> None:
        self.core = core
        self.personas = personas
        self.gate = core.gating.gate

    def matrix(self, everybody: Everybody) -> Matrix:
        """As the address says: some of it, or all."""
        whole = matrix_of(self.gate, everybody.personas, self.core.clock())
        wanted = request.args
        differing = wanted.get("show") == "differences"
        return whole.only(wanted.get("persona", ""), wanted.get("feature", ""), differing)

    def page(self) -> str:
        everybody = self.personas.everybody()
        return render_template(
            "qa/matrix.html",
            matrix=self.matrix(everybody),
            everybody=everybody,
            kept={one.persona.name: one for one in everybody.kept},
            given={name: value for name, value in request.args.items() if value},
        )

    def form(self, kept: Kept | None, error: AppError | None = None) -> str:
        """The page of one persona, or of a new one."""
        _, text = self.gate.taken
        refused = sent_to("qa.matrix_save") or sent_to("qa.matrix_add")
        sent = refused or (sent_as(kept.persona) if kept else {})
        row = matrix_of(self.gate, [kept.persona], self.core.clock()).rows[0] if kept else None
        return render_template(
            "qa/persona.html",
            kept=kept,
            sent=sent,
            actual={cell.feature: cell for cell in row.cells} if row else {},
            variants=variants_in(text),
            cohorts=[name for name, _ in self.core.accounts.people.cohorts()],
            error=error,
            wrong=error.fields if error else (),
        )

    def expect_what_is(self, name: str) -> None:
        """Everything is expected of a persona to be as it is now."""
        kept = self.personas.get(name)
        row = matrix_of(self.gate, [kept.persona], self.core.clock()).rows[0]
        expected = {
            cell.feature: Expected(enabled=cell.answer.enabled, variant=cell.answer.variant)
            for cell in row.cells
            if cell.known
        }
        persona = kept.persona.model_copy(update={"expected": expected})
        self.personas.save(persona, kept.version, signed_in_person().actor)


def add_pages(blueprint: Blueprint, core: Core) -> NavItem:
    """Adds `/qa/matrix` and the pages of personas below it."""
    pages = MatrixPages(core, personas_of(core))
    blueprint.context_processor(lambda: {"expected_words": expected_words})
    _add_matrix(blueprint, pages)
    _add_editing(blueprint, pages)
    _add_ways_back(blueprint, pages)
    commands.init_app(core.app, core)
    return NavItem("qa.matrix", "qa.matrix.name", "qa.matrix.purpose")


def expected_words(expected: Expected | None) -> str:
    """An expectation in the reader's words."""
    if expected is None:
        return t("qa.matrix.not_checked")
    if expected.variant is not None:
        return t("qa.answer.open_variant", variant=expected.variant)
    return t("qa.answer.open" if expected.enabled else "qa.answer.closed")


def _add_matrix(blueprint: Blueprint, pages: MatrixPages) -> None:
    @blueprint.get("/matrix")
    def matrix() -> str:
        return pages.page()

    @blueprint.get("/matrix.csv")
    def matrix_csv() -> Response:
        made = pages.matrix(pages.personas.everybody())
        return _file(export.as_csv(made), "text/csv", "matrix.csv")

    @blueprint.get("/matrix.yaml")
    def matrix_yaml() -> Response:
        made = pages.matrix(pages.personas.everybody())
        return _file(export.as_yaml(made, pages.core.clock()), "application/yaml", "matrix.yaml")

    @blueprint.get("/matrix/personas.yaml")
    def matrix_personas() -> Response:
        return _file(pages.personas.exported(), "application/yaml", "personas.yaml")


def _add_editing(blueprint: Blueprint, pages: MatrixPages) -> None:
    @blueprint.get("/matrix/new")
    def matrix_new() -> str:
        return pages.form(None)

    @blueprint.post("/matrix/new")
    def matrix_add() -> Response:
        try:
            persona = persona_in(request.form)
            pages.personas.add(persona, signed_in_person().actor)
        except AppError as error:
            return _wrong(pages, None, error)
        return _done(t("qa.persona.added", name=persona.name))

    @blueprint.get("/matrix/persona")
    def matrix_persona() -> str:
        return pages.form(pages.personas.get(_name()))

    @blueprint.post("/matrix/persona")
    def matrix_save() -> Response:
        name = _name()
        kept = pages.personas.get(name)
        try:
            persona = persona_in(request.form, name)
            pages.personas.save(persona, _seen(), signed_in_person().actor)
        except AppError as error:
            return _wrong(pages, kept, error)
        return _done(t("qa.persona.saved", name=name))


def _add_ways_back(blueprint: Blueprint, pages: MatrixPages) -> None:
    @blueprint.post("/matrix/persona/expect")
    def matrix_expect() -> Response:
        name = _name()
        pages.expect_what_is(name)
        return _done(t("qa.persona.expected", name=name))

    @blueprint.post("/matrix/persona/remove")
    def matrix_remove() -> Response:
        name = _name()
        pages.personas.remove(name, _seen(), signed_in_person().actor)
        return _done(t("qa.persona.removed", name=name))

    @blueprint.post("/matrix/persona/reset")
    def matrix_reset() -> Response:
        name = _name()
        pages.personas.reset(name)
        return _done(t("qa.persona.was_reset", name=name))


def _name() -> str:
    """The persona that the address is about. Not a part of its path: there `.` and `..` are
    places, and not names."""
    return request.args.get("name", "")


def _seen() -> int:
    return request.form.get("seen", 0, type=int)


def _done(text: str) -> Response:
    flash(text, "done")
    return make_response(redirect(url_for("qa.matrix"), 303))


def _wrong(pages: MatrixPages, kept: Kept | None, error: AppError) -> Response:
    """The form again, with what was wrong and all that was written."""
    if error.code not in (ErrorCode.BAD_INPUT, ErrorCode.CONFLICT, ErrorCode.TOO_MANY):
        raise error
    return make_response(pages.form(kept, error), error.status)


def _file(text: str, mimetype: str, name: str) -> Response:
    headers: dict[str, Any] = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(text, mimetype=mimetype, headers=headers)
