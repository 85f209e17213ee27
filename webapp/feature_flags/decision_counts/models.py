"""Counts of answers. They outlive the process, so that a restart leaves no hole in the chart."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base, UtcDateTime


class DecisionCount(Base):
    """How often a gate gave one answer within one minute, in every process together."""

    __tablename__ = "decision_counts"

    feature: Mapped[str] = mapped_column(String(60), primary_key=True)
    minute: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, index=True)
    answer: Mapped[str] = mapped_column(String(60), primary_key=True)
    """ "no", "yes", or the variant's name after a colon: ":tray"."""
    number: Mapped[int]
