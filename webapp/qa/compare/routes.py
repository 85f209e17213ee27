"""The pages of Compare: choose, look and listen, keep, and look again."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from flags.catalogue import CATALOGUE
from flags.forced_flags import Forced
from webapp.accounts import current_login_id, signed_in_person
from webapp.accounts.authentication import let_into_preview
from webapp.accounts.user_agent import describe
from webapp.app.services import Core
from webapp.http.errors import AppError, ErrorCode
from webapp.http.preview_prefix import base_of
from webapp.infra.i18n import current_language, strings_for
from webapp.previews.preview_spec import COMPARE, Wanted
from webapp.qa.compare.models import ComparedRun
from webapp.qa.compare.schemas import findings_in, kind_of
from webapp.qa.compare.service import FEWEST, LONGEST_NOTE, MOST, VERDICTS, Compare
from webapp.qa.nav import NavItem
from webapp.qa.personas.service import personas_of
from webapp.qa.preview.forms import wanted_of


class ComparePages:
    """What the pages are made of."""

    def __init__(self, core: Core) -> None:
        self.compare = Compare(core)
        self.spaces = core.spaces
        self.cohorts = core.accounts.people.cohorts
        self.personas = personas_of(core)

    def start(self, error: AppError | None = None) -> Response:
        """Choosing, and what was compared before."""
        feature = request.args.get("feature", "")
        body = render_template(
            "qa/compare.html",
            personas=self.personas.everybody().personas,
            cohorts=[name for name, _ in self.cohorts()],
            features=CATALOGUE,
            spaces=self.spaces.lobby(),
            most=MOST,
            fewest=FEWEST,
            sent=request.form or request.args,
            error=error,
            feature=feature,
            runs=self.compare.latest(feature),
            in_words=forced_in,
        )
        return make_response(body, error.status if error else 200)

    def begin(self) -> Response:
        device, login_id = describe(request.user_agent.string), current_login_id() or ""
        try:
            run, opened = self.compare.begin(
                signed_in_person(), login_id, device, request.form.get("space", ""), self._wanted()
            )
        except AppError as error:
            return self.start(error)
        there = make_response(
            redirect(url_for("qa.compare_run", run_id=run.id, _anchor="panes"), 303)
        )
        for entered in opened:
            let_into_preview(there, entered)
        return there

    def run(self, run_id: str, error: AppError | None = None) -> Response:
        """One comparison: its panes while they are there, and what was kept of it."""
        shown = self.compare.get(run_id)
        live = self.compare.goes_on(shown.run, current_login_id())
        language = current_language()
        body = render_template(
            "qa/compare_run.html",
            shown=shown,
            run=shown.run,
            live=live,
            addresses=_addresses(shown.run),
            features=CATALOGUE,
            verdicts=VERDICTS,
            longest_note=LONGEST_NOTE,
            in_words=forced_in,
            start={"strings": strings_for("qa/compare", language), "language": language},
            error=error,
        )
        return make_response(body, error.status if error else 200)

    def keep(self, run_id: str) -> Response:
        said = {key: request.form.get(f"verdict-{key}", "") for key in CATALOGUE}
        findings, picture = request.form.get("findings"), request.files.get("picture")
        try:
            self.compare.keep(
                run_id,
                request.form.get("note", "").strip(),
                {key: verdict for key, verdict in said.items() if verdict},
                findings_in(findings) if findings else None,
                picture.read() if picture else None,
            )
        except AppError as error:
            if error.code not in (ErrorCode.BAD_INPUT, ErrorCode.TOO_LARGE):
                raise
            return self.run(run_id, error)
        return make_response(redirect(url_for("qa.compare_run", run_id=run_id), 303))

    def picture(self, run_id: str) -> Response:
        picture = self.compare.picture(run_id)
        return Response(picture, mimetype=kind_of(picture))

    def _wanted(self) -> list[Wanted]:
        """The panes that were filled in; the first ones always are."""
        personas = self.personas.everybody().personas
        numbers = [n for n in range(1, MOST + 1) if n <= FEWEST or request.form.get(f"{n}-who")]
        return [wanted_of(request.form, personas, f"{n}-", COMPARE) for n in numbers]


def add_pages(blueprint: Blueprint, core: Core) -> NavItem:
    """Adds them to the workbench."""
    pages = ComparePages(core)
    one = "/compare/<run_id>"
    blueprint.add_url_rule("/compare", "compare", pages.start, methods=["GET"])
    blueprint.add_url_rule("/compare", "compare_begin", pages.begin, methods=["POST"])
    blueprint.add_url_rule(one, "compare_run", pages.run, methods=["GET"])
    blueprint.add_url_rule(one, "compare_keep", pages.keep, methods=["POST"])
    blueprint.add_url_rule(f"{one}/picture", "compare_picture", pages.picture, methods=["GET"])
    return NavItem("qa.compare", "qa.compare.name", "qa.compare.purpose")


def forced_in(pane: dict[str, dict[str, dict[str, object]]]) -> dict[str, Forced]:
    """What is forced in a pane, as `previews` puts it in words."""
    return {key: Forced(**each) for key, each in pane["forced"].items()}  # type: ignore[arg-type]


def _addresses(run: ComparedRun) -> list[str]:
    return [f"{base_of(pane['person'])}/spaces/{run.slug}" for pane in run.panes]
