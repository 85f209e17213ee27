"""Several people into another cohort: first what that does to them, then the deed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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

from flags.catalogue import CATALOGUE
from flags.context import PersonLike, context_of
from flags.gate import Gate
from webapp.accounts.models import Person
from webapp.app.services import Core
from webapp.console import permissions
from webapp.console.people.people_routes import refused
from webapp.feature_flags.audit_log import Acts
from webapp.http.errors import AppError
from webapp.infra.i18n import t

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Somebody as gates would see them in another cohort."""

    id: str
    cohort: str
    followers: int
    country: str | None
    platform: str | None


@dataclass(frozen=True)
class Effect:
    """How many lose or gain a feature; `connected` of them are here now."""

    feature: str
    lose: int
    lose_connected: int
    gain: int
    gain_connected: int


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds the move of several people."""

    @blueprint.post("/people/move")
    def move_several() -> Response:
        by = permissions.editor().actor
        try:
            cohort, people = _asked(core)
        except AppError as error:
            return refused(core, error)
        if not request.form.get("sure"):
            return make_response(_question(core, people, cohort))
        moved = core.accounts.people.move_all([person.id for person in people], cohort)
        if moved:
            Acts(core.db, core.clock).note("moved", by, count=moved, cohort=cohort)
        flash(t("console.people.moved_several", count=moved, cohort=cohort), "done")
        return make_response(redirect(url_for("console.people"), 303))

    @blueprint.get("/people/move")
    def back_to_people() -> Response:
        """Where the language switch leads from the answer of this form."""
        return make_response(redirect(url_for("console.people"), 303))


def effects(
    gate: Gate, people: Sequence[Person], cohort: str, here: set[str], now: datetime
) -> list[Effect]:
    """What a move does, as the engine says: only features that somebody loses or gains."""
    found = []
    for key in CATALOGUE:
        moved = [(person, *_before_and_after(gate, key, person, cohort, now)) for person in people]
        losers = {person.id for person, before, after in moved if before and not after}
        winners = {person.id for person, before, after in moved if after and not before}
        if losers or winners:
            found.append(
                Effect(key, len(losers), len(losers & here), len(winners), len(winners & here))
            )
    return found


def _before_and_after(
    gate: Gate, key: str, person: Person, cohort: str, now: datetime
) -> tuple[bool, bool]:
    def has(somebody: PersonLike) -> bool:
        return gate.weigh(key, context_of(somebody, now)).enabled

    moved = Elsewhere(person.id, cohort, person.followers, person.country, person.platform)
    return has(person), has(moved)


def _asked(core: Core) -> tuple[str, list[Person]]:
    cohort, ids = request.form.get("cohort", ""), request.form.getlist("who")
    if cohort not in core.cohort_names():
        raise AppError("bad_input", fields=["cohort"])
    people = list(core.accounts.people.by_id(ids[: MOST_AT_ONCE + 1]).values())
    if not people or len(people) > MOST_AT_ONCE:
        raise AppError("bad_input", t("console.people.choose_some", most=MOST_AT_ONCE))
    return cohort, sorted(people, key=lambda person: person.display_name.casefold())


def _question(core: Core, people: Sequence[Person], cohort: str) -> str:
    here = core.presence.people()
    return render_template(
        "console/bulk_cohort_change.html",
        people=people,
        cohort=cohort,
        effects=effects(core.gating.gate, people, cohort, here, core.clock()),
    )
