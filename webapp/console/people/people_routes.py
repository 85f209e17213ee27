"""The console's page of people: cohorts, invitations, and who there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
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

from webapp.accounts.authentication import current_maker
from webapp.accounts.models import KEPT_COHORTS, Invitation
from webapp.accounts.schemas import parse
from webapp.app.services import Core
from webapp.console import permissions
from webapp.console.schemas import InvitationForm, MoveForm
from webapp.feature_flags.audit_log import Acts
from webapp.http.errors import AppError, ErrorCode
from webapp.http.forms import sent_to
from webapp.infra.i18n import t

PEOPLE_PER_PAGE = 100


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds `/console/people` and what can be done there."""
    _add_page(blueprint, core)
    _add_ways_in(blueprint, core)
    _add_edits_of_people(blueprint, core)


def _add_page(blueprint: Blueprint, core: Core) -> None:
    @blueprint.get("/people")
    def people() -> str:
        return _page(core)

    @blueprint.post("/people/find")
    def find_people() -> str:
        """By a form, and not in the address: names do not belong into logs."""
        return _page(core, finding=True)

    @blueprint.get("/people/find")
    def found_people() -> Response:
        """Where the language switch leads from the answer of this form."""
        return make_response(redirect(url_for("console.people"), 303))


def _add_ways_in(blueprint: Blueprint, core: Core) -> None:
    acts = Acts(core.db, core.clock)

    @blueprint.post("/people/invitations")
    def invite() -> Response:
        maker = permissions.editor()

        def make() -> str:
            form = parse(InvitationForm, request.form)
            core.accounts.invitations.make(
                form.cohort, form.uses, timedelta(days=form.days), form.welcome, by=maker.id
            )
            acts.note("invited", maker.actor, count=form.uses, cohort=form.cohort)
            return t("console.people.invitation_made", cohort=form.cohort)

        return done(core, make)

    @blueprint.post("/people/invitations/<invitation_id>/revoke")
    def revoke(invitation_id: str) -> Response:
        by = permissions.editor().actor

        def end() -> str:
            core.accounts.invitations.revoke(invitation_id)
            acts.note("revoked", by)
            return t("console.people.revoked")

        return done(core, end)


def _add_edits_of_people(blueprint: Blueprint, core: Core) -> None:
    acts = Acts(core.db, core.clock)

    @blueprint.post("/people/<person_id>/cohort")
    def move(person_id: str) -> Response:
        by = permissions.editor().actor

        def change() -> str:
            cohort = parse(MoveForm, request.form).cohort
            person = core.accounts.people.move(person_id, cohort)
            acts.note("moved", by, count=1, cohort=cohort)
            return t("console.people.moved", name=person.display_name, cohort=cohort)

        return done(core, change)

    @blueprint.post("/people/<person_id>/link")
    def make_link(person_id: str) -> str:
        maker = permissions.fresh_editor()
        person = core.accounts.people.get(person_id)
        if person is None:
            raise AppError(ErrorCode.NOT_FOUND)
        if not permissions.may_sign_in_as(maker.person, person):
            raise AppError(ErrorCode.NOT_ALLOWED)
        if not core.limits.allow(maker.id, "others_sign_in_link"):
            wait = core.limits.retry_after(maker.id, "others_sign_in_link")
            raise AppError(ErrorCode.TOO_MANY, retry_after=wait)
        secret = core.accounts.links.make(person.id, current_maker())
        link = absolute(core, url_for("accounts.link", token=secret))
        return render_template("console/link.html", person=person, link=link)


def done(core: Core, work: Callable[[], str]) -> Response:
    """Back to the page with what was done; or the page with what was wrong."""
    try:
        flash(work(), "done")
    except AppError as error:
        return refused(core, error)
    return make_response(redirect(url_for("console.people"), 303))


def refused(core: Core, error: AppError) -> Response:
    """The page with what was wrong and all that was entered; any other error goes on."""
    if error.code not in (ErrorCode.BAD_INPUT, ErrorCode.CONFLICT):
        raise error
    return make_response(_page(core, error), error.status)


def _page(core: Core, error: AppError | None = None, finding: bool = False) -> str:
    finding = finding or bool(sent_to("console.find_people"))
    asked = request.form if finding else request.args
    sought = asked.get("q", "").strip() if finding else ""
    cohort = asked.get("cohort", "")
    first = PEOPLE_PER_PAGE * max(0, asked.get("page", 0, type=int))
    people, found = core.accounts.people.found(sought, cohort, first, PEOPLE_PER_PAGE)
    here = core.presence.people()
    return render_template(
        "console/people.html",
        cohorts=core.accounts.people.cohorts(),
        kept=KEPT_COHORTS,
        connected=_connected(core),
        invitations=[_described(core, one) for one in core.accounts.invitations.all()],
        people=people,
        found=found,
        first=first,
        per_page=PEOPLE_PER_PAGE,
        sought=sought,
        finding=finding,
        cohort=cohort,
        here=here,
        may_sign_in_as=permissions.may_sign_in_as,
        error=error,
        wrong=error.fields if error else (),
    )


def _connected(core: Core) -> Counter[str]:
    """How many people of each cohort are here now."""
    here = {
        one.person.id: one.person.cohort
        for one in core.presence.everyone()
        if not one.person.preview
    }
    return Counter(here.values())


def _described(core: Core, invitation: Invitation) -> dict[str, Any]:
    invitations = core.accounts.invitations
    path = url_for("accounts.invitation", token=invitations.token(invitation))
    return {
        "row": invitation,
        "trouble": invitations.trouble_with(invitation),
        "link": absolute(core, path),
    }


def absolute(core: Core, path: str) -> str:
    # Not from the request: whoever forges its Host must not get a link that leads to them.
    return f"{core.settings.base_url}{path}"
