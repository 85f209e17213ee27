"""Who may come into the console, and who may change things there."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.exceptions import NotFound

from webapp.accounts import current_person, signed_in_person
from webapp.accounts.models import PRODUCT_MANAGER, QA, TESTER, Person
from webapp.errors import AppError, ErrorCode


def may_read(person: Person | None) -> bool:
    """Product managers and administrators; QA look on."""
    return person is not None and (person.has_role(PRODUCT_MANAGER) or person.has_role(QA))


def may_edit(person: Person | None) -> bool:
    """Product managers and administrators."""
    return person is not None and person.has_role(PRODUCT_MANAGER)


def may_sign_in_as(maker: Person, person: Person) -> bool:
    """Whether `maker` may have a link that signs `person` in: nobody gains a role by it."""
    return all(role == TESTER or maker.has_role(role) for role in person.roles)


def editor() -> Person:
    """Who edits. `not_allowed` for those who only look on."""
    person = signed_in_person()
    if not may_edit(person):
        raise AppError(ErrorCode.NOT_ALLOWED)
    return person


def guard(blueprint: Blueprint) -> None:
    """For anybody else no page of `blueprint` exists."""

    @blueprint.before_request
    def insist() -> None:
        if not may_read(current_person()):
            raise NotFound
