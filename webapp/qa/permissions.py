"""Who may come into the workbench."""

from __future__ import annotations

from flask import Blueprint

from webapp.accounts import current_person
from webapp.accounts.authentication import refuse_area
from webapp.accounts.models import PRODUCT_MANAGER, QA, Person


def may_enter(person: Person | None) -> bool:
    """QA, product managers and administrators."""
    return person is not None and (person.has_role(QA) or person.has_role(PRODUCT_MANAGER))


def guard(blueprint: Blueprint) -> None:
    """For anybody else no page of `blueprint` exists."""

    @blueprint.before_request
    def insist() -> None:
        if not may_enter(current_person()):
            refuse_area("qa")
