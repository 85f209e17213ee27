"""What gates have answered in the last hours."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from flags.catalogue import CATALOGUE
from webapp.app.services import Core
from webapp.feature_flags.decision_counts.service import NO, SPANS, YES
from webapp.http.errors import AppError
from webapp.infra.i18n import t


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds the chart."""

    @blueprint.get("/decisions")
    def decisions() -> str:
        key = request.args.get("feature") or next(iter(CATALOGUE))
        hours = request.args.get("hours", 1, type=int)
        if key not in CATALOGUE or hours not in SPANS:
            raise AppError("not_found")
        variants = [variant.name for variant in CATALOGUE[key].variants]
        return render_template(
            "console/decisions.html",
            key=key,
            hours=hours,
            spans=list(SPANS),
            features=list(CATALOGUE),
            chart=core.decisions.chart(key, hours, variants),
            answer_of=answer_of,
        )


def answer_of(word: str) -> str:
    """A kind of answer in the reader's words."""
    if word in (YES, NO):
        return t(f"console.answer.{word}")
    return t("console.answer.variant", variant=word.removeprefix(":"))
