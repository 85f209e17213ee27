"""A Space and the people in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base, UtcDateTime

HOST = "host"
SPEAKER = "speaker"
LISTENER = "listener"

MOST_SPEAKERS = 10
"""Speakers beside the host."""

MOST_CO_HOSTS = 2
"""Of the speakers, those who help the host."""

CLOSED = "closed"
HOST_AWAY = "host_away"
HOST_ABSENT = "host_absent"
PREVIEW_OVER = "preview"


class Space(Base):
    """A live audio room. `slug` is its address and the name of its mix."""

    __tablename__ = "spaces"

    slug: Mapped[str] = mapped_column(String(16), primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    host_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a countdown will have ended it; None while no countdown runs."""
    ending_because: Mapped[str | None] = mapped_column(String(12))
    """Why the countdown runs, or has ended the Space: CLOSED, HOST_AWAY, HOST_ABSENT (the host has
    never arrived), or PREVIEW_OVER (its host was made up). None when somebody ended it."""
    host_arrived: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether the host has ever been in it: opening it is one page, being in it the next."""
    stand_in_id: Mapped[str | None] = mapped_column(String(32))
    """Who keeps the Space going while its host is away."""
    goes_on: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether the host wants the longest-standing speaker to keep it going, for want of a
    co-host."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    @property
    def live(self) -> bool:
        return self.ended_at is None


class Participant(Base):
    """A person in a Space. The row stays when they leave, so that what a host decided stands."""

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("slug", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(ForeignKey("spaces.slug", ondelete="CASCADE"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str] = mapped_column(String(10), default=LISTENER)
    muted: Mapped[bool] = mapped_column(Boolean, default=False)
    mute_number: Mapped[int | None] = mapped_column(BigInteger)
    """Sequence number of the mute request that was applied last; None before the first one."""
    muted_by_id: Mapped[str | None] = mapped_column(String(32))
    """The person who muted them; None when they did it themselves."""
    listening: Mapped[bool] = mapped_column(Boolean, default=False)
    present: Mapped[bool] = mapped_column(Boolean, default=True)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when they wait to be taken on stage; None when they do not."""
    co_host: Mapped[bool] = mapped_column(Boolean, default=False)
    on_stage_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def on_stage(self) -> bool:
        return self.role in (HOST, SPEAKER)
