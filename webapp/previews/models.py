"""Previews: what they force, who made them, who looked through them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.accounts.models import LONGEST_NAME
from webapp.infra.database import Base, UtcDateTime


class Preview(Base):
    """The product through somebody's eyes. Its link is the signed `id`; the row stays, as history.

    `forced` is what was asked for: feature -> {"enabled", "variant"}.
    """

    __tablename__ = "previews"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    """Under which others in a Space see whoever looks through it."""
    cohort: Mapped[str] = mapped_column(String(30))
    followers: Mapped[int] = mapped_column(default=0)
    country: Mapped[str | None] = mapped_column(String(2))
    platform: Mapped[str | None] = mapped_column(String(20))
    forced: Mapped[dict[str, Any]] = mapped_column(JSON)
    gates_as: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """As whom gates see whoever looks through it: see `flags.context.seen_as`."""
    purpose: Mapped[str] = mapped_column(String(20))
    """What it was made in: "link", "compare" or "report"."""
    made_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    swept_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When the last of the people made up for it was gone."""


class PreviewUse(Base):
    """Somebody has opened a preview, as a person made up for it."""

    __tablename__ = "preview_uses"

    person_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Of the person made up: gone when the preview is over."""
    preview_id: Mapped[str] = mapped_column(ForeignKey("previews.id"), index=True)
    opened_by: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
