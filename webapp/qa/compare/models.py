"""Comparisons that were made, and what was found in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from webapp.infra.database import Base, UtcDateTime


class ComparedRun(Base):
    """One comparison. `panes`: for each its preview, its person, who they are ("name", "cohort")
    and what is forced, as `flags.forced_flags.as_json` keeps it."""

    __tablename__ = "compared_runs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    made_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    made_with: Mapped[str] = mapped_column(String(32))
    """The login in whose browser the panes live."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    slug: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(80))
    """Of the Space."""
    build: Mapped[str] = mapped_column(String(80))
    """The app's version."""
    revision: Mapped[int]
    """Of the definitions."""
    panes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(String(2000), default="")
    findings: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What the page found: see `webapp.qa.compare.schemas`."""
    picture: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    """All panes in one: WebP, PNG or JPEG."""
    kept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ComparedVerdict(Base):
    """What somebody says of a feature after a comparison."""

    __tablename__ = "compared_verdicts"

    run_id: Mapped[str] = mapped_column(ForeignKey("compared_runs.id"), primary_key=True)
    feature: Mapped[str] = mapped_column(String(60), primary_key=True)
    verdict: Mapped[str] = mapped_column(String(10))
    """passed, failed or blocked."""
