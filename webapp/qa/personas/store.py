"""Edits of personas in the database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.qa.personas.models import PersonaEdit


def edits(db_session: Session) -> dict[str, PersonaEdit]:
    """Every edit by the persona's name, in the order of names."""
    rows = db_session.scalars(select(PersonaEdit).order_by(PersonaEdit.name))
    return {row.name: row for row in rows}


def edit(db_session: Session, name: str) -> PersonaEdit | None:
    return db_session.get(PersonaEdit, name)
