"""The pages of Preview: make a link, open it, end it, and who did so when."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from flags.catalogue import CATALOGUE
from flags.forced_flags import complete
from webapp.accounts import current_login_id, signed_in_person
from webapp.accounts.authentication import let_into_preview
from webapp.accounts.routes import address_of
from webapp.accounts.user_agent import describe
from webapp.app.services import Core
from webapp.http.errors import AppError
from webapp.http.preview_prefix import base_of
from webapp.previews.models import Preview
from webapp.previews.preview_spec import asked
from webapp.qa.nav import NavItem
from webapp.qa.personas.service import personas_of
from webapp.qa.preview.forms import wanted_of

LENGTHS = (15, 60, 240, 480)
"""Minutes that a preview may last; the second is what it lasts unless somebody says otherwise."""


class PreviewPages:
    """What the pages are made of."""

    def __init__(self, core: Core) -> None:
        self.previews = core.previews
        self.cohorts = core.accounts.people.cohorts
        self.personas = personas_of(core)

    def page(self, error: AppError | None = None, made: Preview | None = None) -> Response:
        """The form, the preview that was just made, and the history."""
        link = address_of("qa.preview_link", self.previews.token(made)) if made else None
        body = render_template(
            "qa/preview.html",
            personas=self.personas.everybody().personas,
            cohorts=[name for name, _ in self.cohorts()],
            features=CATALOGUE,
            lengths=LENGTHS,
            sent=request.form,
            error=error,
            made=made,
            link=link,
            records=self.previews.history(),
            token_of=self.previews.token,
            follows=follows,
        )
        return make_response(body, error.status if error else 200)

    def make(self) -> Response:
        try:
            wanted = wanted_of(request.form, self.personas.everybody().personas)
            made = self.previews.make(signed_in_person(), wanted, _lasts())
        except AppError as error:
            return self.page(error=error)
        return self.page(made=made)

    def link(self, token: str) -> Response | str:
        """What a link shows before it is opened: looking at it leaves no trace."""
        try:
            found = self.previews.at(token)
        except AppError as error:
            return self.page(error=error)
        return render_template(
            "qa/preview_link.html", preview=found, token_text=token, follows=follows(found)
        )

    def open(self, token: str) -> Response:
        device, login_id = describe(request.user_agent.string), current_login_id() or ""
        try:
            found = self.previews.at(token)
            entered = self.previews.open(found.id, signed_in_person(), login_id, device)
        except AppError as error:
            return self.page(error=error)
        there = make_response(redirect(f"{base_of(entered.person.id)}/", 303))
        return let_into_preview(there, entered)

    def revoke(self, preview_id: str) -> Response:
        self.previews.revoke(preview_id, signed_in_person())
        return make_response(redirect(url_for("qa.preview"), 303))


def add_pages(blueprint: Blueprint, core: Core) -> NavItem:
    """Adds them to the workbench."""
    pages = PreviewPages(core)
    blueprint.add_url_rule("/preview", "preview", pages.page, methods=["GET"])
    blueprint.add_url_rule("/preview", "preview_make", pages.make, methods=["POST"])
    blueprint.add_url_rule("/preview/<token>", "preview_link", pages.link, methods=["GET"])
    blueprint.add_url_rule("/preview/<token>", "preview_open", pages.open, methods=["POST"])
    blueprint.add_url_rule(
        "/preview/<preview_id>/revoke", "preview_revoke", pages.revoke, methods=["POST"]
    )
    return NavItem("qa.preview", "qa.preview.name", "qa.preview.purpose")


def follows(preview: Preview) -> dict[str, object]:
    """All that a preview forces, with what follows from it."""
    return dict(complete(asked(preview.forced)))


def _lasts() -> timedelta:
    try:
        return timedelta(minutes=int(request.form.get("minutes", LENGTHS[1])))
    except (ValueError, OverflowError):
        raise AppError("bad_input", fields=["minutes"]) from None
