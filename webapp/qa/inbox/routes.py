"""The pages of the inbox: what was reported, one report, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from webapp.accounts import current_login_id, signed_in_person
from webapp.accounts.authentication import let_into_preview
from webapp.accounts.user_agent import describe
from webapp.app.services import Core
from webapp.http.errors import AppError
from webapp.http.forms import sent_to
from webapp.http.preview_prefix import base_of
from webapp.problem_reports.models import NEW, STATES, Report
from webapp.problem_reports.service import Entry
from webapp.qa.inbox.charts import charts_of, with_scores
from webapp.qa.inbox.reproduce import cohort_now, compared, wanted_for
from webapp.qa.nav import NavItem

CHOICES = 50
"""Reports to choose from when one is said to be about the same."""


class InboxPages:
    """What the pages are made of."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.reports = core.reports

    def listed(self, words: str = "") -> str:
        words = words or sent_to("qa.inbox_find").get("q", "").strip()[:100]
        state = request.args.get("state")
        chosen = state if state in STATES else None
        entries, older = self.reports.page(chosen, words, _moment(request.args.get("before")))
        return render_template(
            "qa/inbox.html",
            entries=entries,
            older=older.isoformat() if older else None,
            counts=self.reports.counts(),
            states=STATES,
            chosen=chosen,
            words=words,
            lowest=_lowest,
        )

    def one(self, report_id: str, error: AppError | None = None) -> Response:
        entry = self.reports.get(report_id)
        if entry.report.state == NEW:
            self.reports.see(report_id, signed_in_person())
            entry = self.reports.get(report_id)
        seconds = with_scores(entry.report.sound)
        body = render_template(
            "qa/inbox_report.html",
            entry=entry,
            report=entry.report,
            rows=self._decisions(entry.report),
            compared=compared(entry.report, self._cohort(entry.report)),
            seconds=seconds,
            charts=charts_of(seconds),
            linked=self.reports.linked_to(report_id),
            others=self._others(entry),
            error=error,
            sent=request.form,
        )
        return make_response(body, error.status if error else 200)

    def close(self, report_id: str) -> Response:
        return self._done(report_id, "close", request.form.get("note", ""))

    def link(self, report_id: str) -> Response:
        return self._done(report_id, "link", request.form.get("other", ""))

    def open_again(self, report_id: str) -> Response:
        return self._done(report_id, "put_back")

    def see_it(self, report_id: str) -> Response:
        """The page of the report, as somebody for whom every gate answers as it did then."""
        entry, me = self.reports.get(report_id), signed_in_person()
        cohort = self._cohort(entry.report)
        device, login_id = describe(request.user_agent.string), current_login_id() or ""
        try:
            made = self.core.previews.make(me, wanted_for(entry.report, entry.name, cohort))
            entered = self.core.previews.open(made.id, me, login_id, device)
        except AppError as error:
            return self.one(report_id, error)
        there = make_response(redirect(base_of(entered.person.id) + _own(entry.report.page), 303))
        return let_into_preview(there, entered)

    def _cohort(self, report: Report) -> str:
        person = self.core.accounts.people.get(report.person_id)
        return cohort_now(report, person, self.core.cohort_names())

    def _done(self, report_id: str, what: str, *given: str) -> Response:
        try:
            getattr(self.reports, what)(report_id, *given, by=signed_in_person())
        except AppError as error:
            if error.code == "bad_input":
                return self.one(report_id, error)
            raise
        return _back(report_id)

    def _decisions(self, report: Report) -> list[dict[str, Any]]:
        """Each feature: what it was, what the browser had, and what it would be now."""
        person = self.core.accounts.people.get(report.person_id)
        found = self.reports.decisions(person, report.slug) if person else []
        now = {one["key"]: one for one in found}
        return [
            {**one, "now": now.get(one["key"]), "told": _told(report, one["key"])}
            for one in report.decisions
        ]

    def _others(self, entry: Entry) -> list[Entry]:
        entries, _ = self.reports.page()
        return [one for one in entries if one.report.id != entry.report.id][:CHOICES]


def add_pages(blueprint: Blueprint, core: Core) -> NavItem:
    """Adds `/qa/inbox` and the reports below it."""
    pages = InboxPages(core)
    add = blueprint.add_url_rule
    add("/inbox", "inbox", lambda: pages.listed())
    # By a form, and not in the address: names do not belong into logs.
    find = lambda: pages.listed(request.form.get("q", "").strip()[:100])  # noqa: E731
    add("/inbox/find", "inbox_find", find, methods=["POST"])
    add("/inbox/find", "inbox_found", lambda: redirect(url_for("qa.inbox"), 303))
    add("/inbox/<report_id>", "inbox_report", pages.one, methods=["GET"])
    for name, view in {
        "close": pages.close,
        "link": pages.link,
        "open": pages.open_again,
        "see": pages.see_it,
    }.items():
        add(f"/inbox/<report_id>/{name}", f"inbox_{name}", view, methods=["POST"])
        # Where the language switch leads from the answer of these forms.
        add(f"/inbox/<report_id>/{name}", f"inbox_{name}_back", _back, methods=["GET"])
    return NavItem("qa.inbox", "qa.inbox.name", "qa.inbox.purpose")


def _back(report_id: str) -> Response:
    return make_response(redirect(url_for("qa.inbox_report", report_id=report_id), 303))


def _told(report: Report, key: str) -> Mapping[str, Any] | None:
    """What the browser had of a feature; None for a page that had no socket."""
    if report.told is None:
        return None
    return {"enabled": key in report.told, "variant": report.told.get(key)}


def _lowest(report: Report) -> float | None:
    """The worst second of its sound."""
    return min((one["score"] for one in with_scores(report.sound)), default=None)


def _own(page: str) -> str:
    """A page of ours; where the path was scrubbed, or is none, the start."""
    plain = page.startswith("/") and not page.startswith("//") and page.isascii()
    return page if plain and page.isprintable() and "\\" not in page else "/"


def _moment(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
