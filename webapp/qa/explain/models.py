"""Answers that were explained, kept so that their links stay valid."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base, UtcDateTime


class ExplainedDocument(Base):
    """Definitions as the engine had them: one row however many answers were given on them."""

    __tablename__ = "explained_documents"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the document's text."""
    packed: Mapped[bytes] = mapped_column(LargeBinary)
    """That text, compressed with zlib."""


class ExplainedAnswer(Base):
    """What one person, or made-up one, was answered at a moment: for every feature."""

    __tablename__ = "explained_answers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[str] = mapped_column(String(32), index=True)
    """Id of who asked."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    """When the link was last followed, to the day."""
    digest: Mapped[str] = mapped_column(ForeignKey("explained_documents.digest"), index=True)
    revision: Mapped[int]
    """Of the definitions."""
    subject: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Who it was about, as made by `Subject.as_dict`; never a person's name."""
    context: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the engine was told, with the moment."""
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the engine said, by feature: whether it is open, and its variant."""
    feature: Mapped[str | None] = mapped_column(String(60))
    """The one that was asked for, None for all of them."""
