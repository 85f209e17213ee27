"""What product managers did beside changing features: the second half of the history."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request, stream_with_context
from sqlalchemy.exc import SQLAlchemyError

from webapp.accounts.csv_format import written
from webapp.accounts.events import RoleChanged, SignInLinkMade
from webapp.app.services import Core
from webapp.feature_flags.audit_log import COMMAND_LINE, Acts
from webapp.feature_flags.models import Act
from webapp.http.errors import AppError
from webapp.infra.i18n import t

PER_PAGE = 100
COLUMNS = ("number", "at", "by", "kind", "what", "by_id")


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds `/console/history/people` and its file."""
    acts = Acts(core.db, core.clock)

    @blueprint.get("/history/people")
    def acts_page() -> str:
        try:
            found = acts.older(request.args.get("before", type=int), PER_PAGE + 1)
        except SQLAlchemyError as error:
            raise AppError("try_again") from error
        shown = found[:PER_PAGE]
        older = shown[-1].id if len(found) > PER_PAGE else None
        return render_template("console/audit_log.html", acts=shown, older=older, in_words=in_words)

    @blueprint.get("/history/people.csv")
    def acts_csv() -> Response:
        response = Response(stream_with_context(_lines(acts)), mimetype="text/csv")
        response.headers["Content-Disposition"] = 'attachment; filename="people-history.csv"'
        response.headers["Cache-Control"] = "no-store"
        return response


def follow(core: Core) -> None:
    """Keeps what happens to rights, and who may come in as whom, wherever it was done."""
    acts = Acts(core.db, core.clock)

    def link_made(event: SignInLinkMade) -> None:
        own = event.maker is not None and event.maker.id == event.person.id
        # Testers make links for their own devices all the time: nobody else's rights are in it.
        if not own or event.person.has_rights:
            by = event.maker.actor if event.maker else COMMAND_LINE
            acts.note("link_made", by, person=event.person.id)

    def role_changed(event: RoleChanged) -> None:
        kind = "role_given" if event.held else "role_taken"
        acts.note(kind, COMMAND_LINE, person=event.person.id, role=event.role)

    core.events.subscribe(SignInLinkMade, link_made)
    core.events.subscribe(RoleChanged, role_changed)


def in_words(act: Act) -> str:
    """ "moved 3 people to beta". The kind itself, where nobody has found words."""
    try:
        return t(f"console.act.{act.kind}", **act.about)
    except KeyError:
        return act.kind


def _lines(acts: Acts) -> Iterator[str]:
    # Spreadsheets take UTF-8 for what it is only after a byte order mark.
    yield "\ufeff" + written([COLUMNS])
    for act in acts.each():
        row = (str(act.id), act.at.isoformat(), act.by, act.kind, in_words(act), act.by_id)
        yield written([row])
