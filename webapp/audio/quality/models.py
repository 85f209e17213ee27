"""Measured sound: by person and minute for a month, by Space and day for good."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base, UtcDateTime


class SoundMinute(Base):
    """How one person heard one Space within one minute. Sums are over the batches."""

    __tablename__ = "sound_minutes"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(String(16), primary_key=True)
    minute: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, index=True)
    path: Mapped[str] = mapped_column(String(10))
    """The last one of that minute."""
    batches: Mapped[int]
    bad: Mapped[int]
    """Batches that scored below media.emodel.BAD."""
    score_sum: Mapped[float]
    score_min: Mapped[float]
    concealed_sum: Mapped[float]
    buffer_sum: Mapped[float]
    rtt_sum: Mapped[float]


class SoundDay(Base):
    """What is left of the minutes of one Space and path after a month: nobody is named in it."""

    __tablename__ = "sound_days"

    slug: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    path: Mapped[str] = mapped_column(String(10), primary_key=True)
    people: Mapped[int]
    minutes: Mapped[int]
    batches: Mapped[int]
    bad: Mapped[int]
    score_sum: Mapped[float]
    score_min: Mapped[float]
    concealed_sum: Mapped[float]
    buffer_sum: Mapped[float]
    rtt_sum: Mapped[float]
