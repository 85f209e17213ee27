"""Reported problems."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base, UtcDateTime

NEW = "new"
SEEN = "seen"
LINKED = "linked"
CLOSED = "closed"
STATES = (NEW, SEEN, LINKED, CLOSED)

LONGEST_TEXT = 4000
LONGEST_NOTE = 2000


class Report(Base):
    """What somebody wrote, and how things were for them then. `id` is made in their browser, so
    that sending twice is the same as once."""

    __tablename__ = "reports"
    __table_args__ = (Index("ix_reports_state_received_at", "state", "received_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it was written: a browser without a network keeps it for a while."""
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    text: Mapped[str] = mapped_column(String(LONGEST_TEXT))
    page: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str | None] = mapped_column(String(16))
    """Of the Space whose page it was."""
    language: Mapped[str] = mapped_column(String(5))
    version: Mapped[str] = mapped_column(String(60))
    """Of the app that made the page."""
    revision: Mapped[int]
    """Of the definitions when the report came."""
    decisions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """What every gate answered for this person then: key, enabled, variant."""
    told_revision: Mapped[int | None]
    told: Mapped[dict[str, str | None] | None] = mapped_column(JSON(none_as_null=True))
    """What their browser had when they wrote: feature -> variant. None without a socket."""
    properties: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Of the person, as gates see them."""
    browser: Mapped[dict[str, Any]] = mapped_column(JSON)
    devices: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    errors: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    sound: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """The last minute, second by second, oldest first."""
    state: Mapped[str] = mapped_column(String(10))
    linked_to: Mapped[str | None] = mapped_column(ForeignKey("reports.id"))
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    """From QA to whoever reported it."""
    handled_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note_read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
