"""People from a file: what is in it and what is wrong with it, then all of them or nobody."""

from __future__ import annotations

from base64 import b64encode

from flask import Blueprint, Response, make_response, render_template, request, url_for

from webapp.accounts import csv_format
from webapp.accounts.csv_format import Sheet
from webapp.accounts.csv_import import Arrival, Refused
from webapp.app.services import Core
from webapp.console import permissions
from webapp.console.people.people_routes import absolute
from webapp.feature_flags.audit_log import Acts

SHOWN = 200
"""Lines of a file shown before it is taken over."""


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds the import."""

    @blueprint.get("/people/import")
    def import_people() -> str:
        permissions.editor()
        return _page(core)

    @blueprint.post("/people/import")
    def bring_in() -> Response:
        by = permissions.editor()
        if request.form.get("sure"):
            return _taken_over(core, request.form.get("content", ""), by)
        file = request.files.get("file")
        content = file.read() if file else b""  # bounded by MAX_CONTENT_LENGTH
        sheet = core.accounts.importing.look(content)
        status = 400 if sheet.problems else 200
        return make_response(
            _page(core, sheet, "" if sheet.problems else csv_format.decoded(content)), status
        )

    @blueprint.get("/people/import/template.csv")
    def import_template() -> Response:
        return _download(csv_format.template(), "people.csv")


def _taken_over(core: Core, content: str, by: permissions.Editor) -> Response:
    try:
        arrivals = core.accounts.importing.bring_in(content, by.id)
    except Refused as error:
        return make_response(_page(core, error.sheet, content), 400)
    cohorts = ", ".join(sorted({arrival.person.cohort for arrival in arrivals}))
    Acts(core.db, core.clock).note("imported", by.actor, count=len(arrivals), cohorts=cohorts)
    links = [_with_link(core, arrival) for arrival in arrivals]
    table = csv_format.written([("name", "cohort", "link"), *links])
    # Links are kept nowhere: the file must come with the page that shows them, once.
    page = render_template(
        "console/imported.html",
        links=links,
        file=f"data:text/csv;charset=utf-8;base64,{b64encode(csv_format.for_spreadsheets(table)).decode()}",
    )
    return _for_nobody_else(make_response(page))


def _with_link(core: Core, arrival: Arrival) -> tuple[str, str, str]:
    link = absolute(core, url_for("accounts.link", token=arrival.link))
    return arrival.person.display_name, arrival.person.cohort, link


def _page(core: Core, sheet: Sheet | None = None, content: str = "") -> str:
    return render_template(
        "console/import.html",
        sheet=sheet,
        content=content,
        shown=SHOWN,
        columns=csv_format.COLUMNS,
        most_people=csv_format.MOST_PEOPLE,
        most_kilobytes=csv_format.MOST_BYTES // 1024,
        platforms=csv_format.PLATFORMS,
        cohorts=core.cohort_names(),
    )


def _download(text: str, name: str) -> Response:
    response = make_response(csv_format.for_spreadsheets(text))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _for_nobody_else(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
