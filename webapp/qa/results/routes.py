"""The page of figures, and the same as files."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for

from flags.catalogue import CATALOGUE
from webapp.app.services import Core
from webapp.experiments.analysis.job import Asking, Figuring
from webapp.experiments.analysis.query_builder import PERIODS, SINCE_CHANGE, Framing
from webapp.http.errors import AppError, ErrorCode
from webapp.qa.nav import NavItem
from webapp.qa.results import csv_export, view_model

LEFT_OUT = "out"
"""What an address says of wanderers, people who were in Spaces of different variants, where they
are left out."""


class Asked(NamedTuple):
    """What a request asks for. `staying`: without wanderers."""

    key: str
    period: str
    staying: bool

    @property
    def address(self) -> dict[str, str | None]:
        """As an address has it."""
        left_out = LEFT_OUT if self.staying else None
        return {"feature": self.key, "period": self.period, "wanderers": left_out}


class FiguresPages:
    """What the pages are made of."""

    def __init__(self, core: Core) -> None:
        self.framing = Framing(core.source, core.clock)
        self.asking = Asking(core.settings.database_url, core.runtime, core.clock)

    def asked(self) -> Asked:
        """Of this request."""
        key = request.args.get("feature") or _first()
        period = request.args.get("period") or SINCE_CHANGE
        wanderers = request.args.get("wanderers") or None
        if key not in CATALOGUE or period not in PERIODS or wanderers not in (None, LEFT_OUT):
            raise AppError(ErrorCode.NOT_FOUND)
        return Asked(key, period, wanderers is not None)

    def figuring(self) -> Figuring:
        asked = self.asked()
        name = "/".join(map(str, asked))
        return self.asking.ask(name, lambda: self.framing.question(*asked))

    def page(self) -> str:
        asked = self.asked()
        figuring = self.figuring()
        return render_template(
            "qa/results.html",
            asked=asked,
            by_space=self.framing.goes_by_space(asked.key),
            left_out=LEFT_OUT,
            features=list(CATALOGUE),
            periods=list(PERIODS),
            figuring=figuring,
            report=figuring.report,
            view=view_model,
        )

    def file(self, made: Any, kind: str, ending: str) -> Response:
        """A file, or back to the page that says how far it is."""
        report = self.figuring().report
        asked = self.asked()
        if report is None:
            return redirect(url_for("qa.figures", **asked.address))  # type: ignore[return-value, arg-type]
        response = Response(made(report), mimetype=kind)
        without = "-without-wanderers" if report["staying"] else ""
        name = f"figures-{asked.key}-{asked.period}{without}.{ending}"
        response.headers["Content-Disposition"] = f"attachment; filename={name}"
        return response


def add_pages(blueprint: Blueprint, core: Core) -> NavItem:
    """Adds Figures."""
    pages = FiguresPages(core)

    @blueprint.get("/figures")
    def figures() -> str:
        return pages.page()

    @blueprint.get("/figures/progress")
    def figures_progress() -> Response:
        figuring = pages.figuring()
        return jsonify(done=figuring.done, of=figuring.of, finished=figuring.finished)

    @blueprint.get("/figures.csv")
    def figures_csv() -> Response:
        return pages.file(csv_export.sheet, "text/csv", "csv")

    @blueprint.get("/figures.json")
    def figures_json() -> Response:
        return pages.file(lambda report: json.dumps(report, indent=1), "application/json", "json")

    return NavItem("qa.figures", "qa.figures.name", "qa.figures.purpose")


def _first() -> str:
    """What there is most to say of: a feature with variants, the newest."""
    varied = [gated.key for gated in CATALOGUE.values() if gated.variants]
    return (varied or list(CATALOGUE))[-1]
