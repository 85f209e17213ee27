"""How features stand, and every change that was ever made to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class FeatureDefinition(Base):
    """One feature as it stands. Rows are never deleted: the highest `revision` is the store's."""

    __tablename__ = "feature_definitions"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    state: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As made by `FeatureState.as_dict`."""
    revision: Mapped[int]
    """Of the feature's own last change."""


class DefinitionChange(Base):
    """One row of the history. The unique revision is what two writers at once compete for."""

    __tablename__ = "definition_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(unique=True)
    feature: Mapped[str] = mapped_column(String(60), index=True)
    action: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(80))
    """The name of who did it, as it was then."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    closing: Mapped[str | None] = mapped_column(String(10))
