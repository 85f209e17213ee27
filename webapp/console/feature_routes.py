"""The page of one feature, and everything that is done there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)

from flags.sources.interface import Change, FeatureState
from flags.sources.state_transitions import opened
from webapp.accounts.schemas import parse
from webapp.app.services import Core
from webapp.console import forms, impact_text, permissions, wall_time
from webapp.console import text as wording
from webapp.console.change_requests import ChangedSince, Changes, Made
from webapp.console.feature_list import Console, told
from webapp.console.impact_estimate import Effects, Progress
from webapp.console.schedules import Schedules
from webapp.feature_flags.models import Proposal, Schedule
from webapp.http.errors import AppError, ErrorCode
from webapp.infra.cooperative import Breath
from webapp.infra.i18n import t

HISTORY_BESIDE_A_FEATURE = 20

SAID_AT_FIELDS = frozenset({"percent", "weights", "at", "zone"})
"""What is wrong with these is said beside them; with any other, above the forms."""


class FeaturePages:
    """What the pages are made of."""

    def __init__(self, core: Core, console: Console) -> None:
        self.console = console
        self.changes = Changes(core)
        self.schedules = Schedules(core)
        self.effects = Effects(core)

    def page(
        self, key: str, wrong: tuple[str, ...] | None = None, error: AppError | None = None
    ) -> str:
        rows = {row.key: row for row in self.console.rows()}
        if key not in rows:
            raise AppError(ErrorCode.NOT_FOUND)
        row, g.console_rows = rows[key], list(rows.values())
        return render_template(
            "console/feature.html",
            row=row,
            children=[rows[child] for child in row.children],
            changes=self.console.history(key, HISTORY_BESIDE_A_FEATURE),
            schedules=self.schedules.waiting(key),
            refused=self.schedules.refused(key),
            proposals=self.changes.waiting(key),
            protection=self.changes.protections().get(key),
            wrong=wrong or (),
            why_not=_why_not_then(error),
            repeated=error.both if isinstance(error, wall_time.Repeated) else (),
            unclear=wrong is not None and SAID_AT_FIELDS.isdisjoint(wrong),
            shares_wrong=impact_text.shares_wrong,
        )

    def done(self, key: str, edit: Callable[[], Made]) -> Response:
        """Back to the page with what was done, or with what was wrong; or to what came between."""
        # To find out who asks, and what they see, was a long turn already.
        Breath(stands_by=False).take()
        try:
            made = edit()
        except ChangedSince as error:
            return make_response(self._between(key, error), 409)
        except AppError as error:
            if error.code != ErrorCode.BAD_INPUT:
                raise
            return make_response(self.page(key, error.fields), error.status)
        return self.back(key, *_outcome(key, made))

    def back(self, key: str, said: str, kind: str = "done") -> Response:
        flash(said, kind)
        return make_response(redirect(url_for("console.feature", key=key), 303))

    def _between(self, key: str, error: ChangedSince) -> str:
        undoing = "change" in request.form
        return render_template(
            "console/conflict.html",
            row=self.console.row(key),
            between=error.since,
            undoing=request.form.get("change") if undoing else None,
            collisions=error.merge.collisions,
            mine=list(wording.differences(error.now.as_dict(), error.merge.state.as_dict())),
            merged=error.merge.state,
            closing=request.form.get("closing", "drain"),
            for_audience=request.endpoint == "console.set_audience",
            agreeing=request.endpoint == "console.agree",
        )


def add_pages(blueprint: Blueprint, core: Core, console: Console) -> None:
    """Adds `/console/features/<key>` and what can be done there."""
    pages = FeaturePages(core, console)
    _add_looking(blueprint, pages)
    _add_edits(blueprint, pages)
    _add_later(blueprint, pages)
    _add_agreeing(blueprint, pages)


def _add_looking(blueprint: Blueprint, pages: FeaturePages) -> None:
    @blueprint.get("/features/<key>")
    def feature(key: str) -> str:
        return pages.page(key)

    @blueprint.get("/features/<key>/effect")
    def effect(key: str) -> Response:
        """What the form's content would do, line by line: progress, and in the end the effect."""
        row = pages.console.row(key)
        try:
            wanted = _wanted(pages, key)
        except AppError as error:
            return _lines(iter([{"wrong": _why(error)}]))
        return _lines(_told(pages, wanted, row.held_by))

    @blueprint.get("/proposals/<int:proposal_id>/effect")
    def effect_of_proposal(proposal_id: int) -> Response:
        proposal = pages.changes.proposal(proposal_id)
        if proposal.kind != "change":
            raise AppError(ErrorCode.NOT_FOUND)
        row = pages.console.row(proposal.feature)
        with told():
            return _lines(_told(pages, pages.changes.would_be(proposal).state, row.held_by))


def _wanted(pages: FeaturePages, key: str) -> FeatureState:
    if request.args.get("turn") == "on":
        return opened(pages.console.row(key).state)
    audience, expected = forms.audience(request.args)
    with told():
        return pages.changes.edited(pages.changes.as_seen(key, expected), audience)


def _why(error: AppError) -> str:
    if "weights" in error.fields:
        return impact_text.shares_wrong(request.args)
    return t("console.edit.percent_wrong" if "percent" in error.fields else "console.effect.wrong")


def _told(
    pages: FeaturePages, wanted: FeatureState, held_by: str | None
) -> Iterator[dict[str, Any]]:
    for one in pages.effects.of(wanted):
        if isinstance(one, Progress):
            yield {"progress": t("console.effect.counting", percent=one.done * 100 // one.of)}
        else:
            yield {"lines": list(impact_text.effect(one, held_by))}


def _lines(told: Iterator[dict[str, Any]]) -> Response:
    def text() -> Iterator[str]:
        for line in told:
            yield json.dumps(line) + "\n"

    return Response(stream_with_context(text()), mimetype="application/x-ndjson")


def _add_edits(blueprint: Blueprint, pages: FeaturePages) -> None:
    @blueprint.post("/features/<key>/audience")
    def set_audience(key: str) -> Response:
        by = permissions.editor()

        def edit() -> Made:
            audience, expected = forms.audience(request.form)
            return pages.changes.set_audience(key, audience, by, expected)

        return pages.done(key, edit)

    @blueprint.post("/features/<key>/on")
    def turn_on(key: str) -> Response:
        by = permissions.editor()
        form = parse(forms.OnForm, request.form)
        row = pages.console.row(key)
        if row.held_by and not form.knowing:
            return make_response(render_template("console/needs.html", row=row), 409)
        return pages.done(key, lambda: pages.changes.turn_on(key, by, form.expected))

    @blueprint.post("/features/<key>/off")
    def turn_off(key: str) -> Response:
        by = permissions.editor().actor
        form = parse(forms.OffForm, request.form)
        return pages.done(key, lambda: pages.console.turn_off(key, form.closing, by))

    @blueprint.post("/features/<key>/undo")
    def undo(key: str) -> Response:
        by = permissions.editor()
        form = parse(forms.UndoForm, request.form)
        return pages.done(key, lambda: pages.changes.undo(key, form.change, by, form.expected))


def _add_later(blueprint: Blueprint, pages: FeaturePages) -> None:
    @blueprint.post("/features/<key>/schedule")
    def schedule(key: str) -> Response:
        by = permissions.editor()
        try:
            form = parse(forms.ScheduleForm, request.form)
            at, zone = form.moment(), form.zone or "UTC"
            made = pages.schedules.add(key, form.turn, form.closing, at, zone, by)
        except AppError as error:
            if error.code != ErrorCode.BAD_INPUT:
                raise
            return make_response(pages.page(key, error.fields, error), error.status)
        if isinstance(made, Proposal):
            return pages.back(key, t("console.proposed", feature=key), "same")
        return pages.back(key, _scheduled(made))

    @blueprint.post("/schedules/<int:schedule_id>/cancel")
    def cancel(schedule_id: int) -> Response:
        schedule = pages.schedules.cancel(schedule_id, permissions.editor())
        return pages.back(schedule.feature, t("console.schedule.cancelled"))


def _add_agreeing(blueprint: Blueprint, pages: FeaturePages) -> None:
    @blueprint.post("/features/<key>/protect")
    def protect(key: str) -> Response:
        pages.changes.protect(key, permissions.editor())
        return pages.back(key, t("console.protect.done", feature=key))

    @blueprint.post("/features/<key>/unprotect")
    def unprotect(key: str) -> Response:
        pages.changes.unprotect(key, permissions.editor())
        return pages.back(key, t("console.proposed", feature=key), "same")

    @blueprint.post("/proposals/<int:proposal_id>/agree")
    def agree(proposal_id: int) -> Response:
        by = permissions.fresh_editor()
        proposal = pages.changes.proposal(proposal_id)
        return pages.done(proposal.feature, lambda: _agree(pages, proposal, by))

    @blueprint.post("/proposals/<int:proposal_id>/decline")
    def decline(proposal_id: int) -> Response:
        proposal = pages.changes.decline(proposal_id, permissions.editor())
        return pages.back(proposal.feature, t("console.proposal.declined"))


def _agree(pages: FeaturePages, proposal: Proposal, by: permissions.Editor) -> Made:
    if proposal.kind == "change":
        expected = parse(forms.EditForm, request.form).expected
        return pages.changes.agree(proposal.id, by, expected)[1]
    if proposal.kind == "schedule":
        pages.schedules.agree(proposal, by)
    else:
        pages.changes.agree_to_unprotect(proposal, by)
    return proposal


def _why_not_then(error: AppError | None) -> str:
    """What is wrong with the time of a schedule."""
    zone = request.form.get("zone") or "UTC"
    if isinstance(error, wall_time.Repeated):
        return t("console.schedule.repeated", zone=zone)
    if isinstance(error, wall_time.Skipped):
        before, after = (wall_time.written(at, zone) for at in error.nearest)
        return t("console.schedule.skipped", zone=zone, before=before, after=after)
    if error and "zone" in error.fields:
        return t("console.schedule.zone_wrong")
    return t("console.schedule.wrong")


def _scheduled(made: Schedule) -> str:
    at = f"{wall_time.written(made.at, made.zone)} ({made.zone})"
    return t(f"console.schedule.made_{made.turn}", feature=made.feature, at=at)


def _outcome(key: str, made: Made) -> tuple[str, str]:
    """What to say, and in which colour."""
    if made is None:
        return t("console.same", feature=key), "same"
    if isinstance(made, Change):
        return t("console.done", feature=key, what=wording.what(made)), "done"
    if request.endpoint == "console.agree":
        return t("console.proposal.agreed"), "done"
    return t("console.proposed", feature=key), "same"
