"""What is kept about somebody, for administrators: to be downloaded, or deleted."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for

from webapp.accounts.authentication import insist_on_fresh_sign_in, signed_in_person
from webapp.accounts.models import ADMINISTRATOR, Person
from webapp.app.services import Core
from webapp.feature_flags.audit_log import Acts
from webapp.http.errors import AppError, ErrorCode
from webapp.infra.i18n import t
from webapp.privacy.routes import as_file


def may_see_data(person: Person) -> bool:
    """Administrators only: reports and measured sound are in it."""
    return person.has_role(ADMINISTRATOR)


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds `/console/people/<id>/data` and what can be done there."""
    acts = Acts(core.db, core.clock)
    core.app.jinja_env.globals["may_see_data"] = may_see_data

    def subject(person_id: str) -> tuple[Person, Person]:
        """Who asks, and about whom."""
        by = signed_in_person()
        if not may_see_data(by):
            raise AppError(ErrorCode.NOT_ALLOWED)
        person = core.accounts.people.get(person_id)
        if person is None or person.preview:
            raise AppError(ErrorCode.NOT_FOUND)
        return by, person

    @blueprint.get("/people/<person_id>/data")
    def data(person_id: str) -> str:
        return render_template("console/data.html", person=subject(person_id)[1])

    @blueprint.post("/people/<person_id>/data")
    def export_data(person_id: str) -> Response:
        by, person = subject(person_id)
        acts.note("exported", by.actor)
        return as_file(core.privacy.export(person.id, everything=True))

    @blueprint.post("/people/<person_id>/delete")
    def delete_person(person_id: str) -> Response:
        by, person = subject(person_id)
        insist_on_fresh_sign_in()
        acts.note("deleted", by.actor)
        core.privacy.delete(person.id)
        flash(t("console.data.deleted"), "done")
        return make_response(redirect(url_for("console.people"), 303))
