"""Names in a product that many tests share."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from webapp.accounts.models import Person
from webapp.app.services import Core
from webapp.http.errors import AppError, ErrorCode


def add_person(core: Core, name: str, cohort: str, **properties: object) -> Person:
    """Somebody new. Whoever an earlier test called so, and who has rights or hosts a Space, gives
    the name up: it is reserved for them."""
    people = core.accounts.people
    try:
        return people.add(name, cohort, **properties)  # type: ignore[arg-type]
    except AppError as error:
        if error.code != ErrorCode.NAME_TAKEN:
            raise
    with core.db.reading() as db_session:
        earlier = list(db_session.scalars(select(Person.id).where(Person.display_name == name)))
    for person_id in earlier:
        people.rename(person_id, f"Earlier {secrets.token_hex(4)}")
    return people.add(name, cohort, **properties)  # type: ignore[arg-type]
