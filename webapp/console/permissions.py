"""Who may come into the console, and who may change things there."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint

from flags.sources.interface import Actor
from webapp.accounts import current_hands, current_person, signed_in_person
from webapp.accounts.authentication import insist_on_fresh_sign_in, refuse_area
from webapp.accounts.models import ADMINISTRATOR, PRODUCT_MANAGER, QA, Person
from webapp.http.errors import AppError, ErrorCode
from webapp.http.security_log import security_log


def may_read(person: Person | None) -> bool:
    """Product managers and administrators; QA look on."""
    return person is not None and (person.has_role(PRODUCT_MANAGER) or person.has_role(QA))


def may_edit(person: Person | None) -> bool:
    """Product managers and administrators."""
    return person is not None and person.has_role(PRODUCT_MANAGER)


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits. `hands` are the ids of those whose hands their login came through: whoever made
    the link that opened it could be the one who presses the buttons."""

    person: Person
    hands: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        return self.person.id

    @property
    def actor(self) -> Actor:
        """As the history names them."""
        return self.person.actor

    @property
    def behind(self) -> frozenset[str]:
        """Everybody who may be at this browser."""
        return self.hands | {self.id}


def may_sign_in_as(maker: Person, person: Person) -> bool:
    """Whether `maker` may have a link that signs `person` in. Whoever holds the link is that
    person: of people with rights only an administrator gets one (they make their own)."""
    return may_edit(maker) and (not person.has_rights or maker.has_role(ADMINISTRATOR))


def editor() -> Editor:
    """Who edits. `not_allowed` for those who only look on."""
    person = signed_in_person()
    if not may_edit(person):
        security_log().note("access_refused", person=person.id, area="console.edit")
        raise AppError(ErrorCode.NOT_ALLOWED)
    return Editor(person, current_hands())


def fresh_editor() -> Editor:
    """Who edits, for what a stolen login must not be enough for: making links for others and
    approving. `sign_in_again` when they signed in too long ago. Turning off never asks for it."""
    by = editor()
    insist_on_fresh_sign_in()
    return by


def guard(blueprint: Blueprint) -> None:
    """For anybody else no page of `blueprint` exists."""

    @blueprint.before_request
    def insist() -> None:
        if not may_read(current_person()):
            refuse_area("console")
