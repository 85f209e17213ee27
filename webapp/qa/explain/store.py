"""Answers as they were given, in the database."""

from __future__ import annotations

import zlib
from contextlib import suppress
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.qa.explain.models import ExplainedAnswer, ExplainedDocument


def keep_document(db_session: Session, digest: str, text: str) -> None:
    """Keeps a document unless it is there."""
    if db_session.get(ExplainedDocument, digest) is not None:
        return
    # Another process may be quicker with the very same document.
    with suppress(IntegrityError), db_session.begin_nested():
        packed = zlib.compress(text.encode())
        db_session.add(ExplainedDocument(digest=digest, packed=packed))


def document(db_session: Session, digest: str) -> str:
    """The text of a document that an answer was given on."""
    packed = db_session.scalars(
        select(ExplainedDocument.packed).where(ExplainedDocument.digest == digest)
    ).one()
    return zlib.decompress(packed).decode()


def answer(db_session: Session, answer_id: str) -> ExplainedAnswer | None:
    return db_session.get(ExplainedAnswer, answer_id)


def latest(db_session: Session, asked_by: str, limit: int) -> list[ExplainedAnswer]:
    """What somebody asked, the latest first."""
    query = (
        select(ExplainedAnswer)
        .where(ExplainedAnswer.asked_by == asked_by)
        .order_by(ExplainedAnswer.at.desc(), ExplainedAnswer.id)
        .limit(limit)
    )
    return list(db_session.scalars(query))


def forget_before(db_session: Session, moment: datetime) -> None:
    """Answers whose links nobody has followed since."""
    db_session.execute(delete(ExplainedAnswer).where(ExplainedAnswer.opened_at < moment))


def keep_at_most(db_session: Session, number: int) -> None:
    """Of more answers than that, those go whose links were not followed for longest."""
    there = db_session.scalar(select(func.count(ExplainedAnswer.id))) or 0
    if there > number:
        oldest = select(ExplainedAnswer.id).order_by(ExplainedAnswer.opened_at, ExplainedAnswer.at)
        gone = oldest.limit(there - number)
        db_session.execute(delete(ExplainedAnswer).where(ExplainedAnswer.id.in_(gone)))


def forget_unused_documents(db_session: Session) -> None:
    """Documents on which no answer is left."""
    used = select(ExplainedAnswer.digest)
    db_session.execute(delete(ExplainedDocument).where(ExplainedDocument.digest.not_in(used)))
