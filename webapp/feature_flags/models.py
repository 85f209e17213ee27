"""How features stand, and every change that was ever made to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base, UtcDateTime


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
    # What the history is looked through by, each in the order in which it is shown.
    __table_args__ = (
        Index("ix_definition_changes_feature_revision", "feature", "revision"),
        Index("ix_definition_changes_by_revision", "by", "revision"),
        Index("ix_definition_changes_action_revision", "action", "revision"),
        Index("ix_definition_changes_at_revision", "at", "revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(unique=True)
    feature: Mapped[str] = mapped_column(String(60), index=True)
    action: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(80))
    """The name of who did it, as it was then."""
    by_id: Mapped[str] = mapped_column(String(80), server_default="")
    """The ids of the people behind that name, see `flags.sources.interface.Actor`. Empty: nobody,
    or from before ids were kept."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    closing: Mapped[str | None] = mapped_column(String(10))


class Protection(Base):
    """A feature whose changes wait for a second product manager."""

    __tablename__ = "feature_protections"

    feature: Mapped[str] = mapped_column(String(60), primary_key=True)
    by: Mapped[str] = mapped_column(String(80))
    by_id: Mapped[str] = mapped_column(String(80), server_default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Proposal(Base):
    """A change of a protected feature that somebody else has to agree to, or had to."""

    __tablename__ = "feature_proposals"

    id: Mapped[int] = mapped_column(primary_key=True)
    feature: Mapped[str] = mapped_column(String(60), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    """`change`, `schedule` or `unprotect`."""
    wanted: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Of a change: the whole state wanted. Of a schedule: what `Schedule` holds."""
    seen: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The state that the proposer had before them."""
    by_id: Mapped[str] = mapped_column(String(32))
    by: Mapped[str] = mapped_column(String(80))
    hands: Mapped[str] = mapped_column(Text, server_default="")
    """The ids of those whose hands the proposer's login came through, see `Login.hands`: none of
    them can approve it."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10), index=True, default="waiting")
    """`waiting`, `accepted`, `declined` or `withdrawn`."""
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When somebody's yes to it was last being carried out."""
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_by_id: Mapped[str] = mapped_column(String(80), server_default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Schedule(Base):
    """A feature to be turned on or off at a time to come, or that was."""

    __tablename__ = "feature_schedules"

    id: Mapped[int] = mapped_column(primary_key=True)
    feature: Mapped[str] = mapped_column(String(60), index=True)
    turn: Mapped[str] = mapped_column(String(3))
    """`on` or `off`."""
    closing: Mapped[str | None] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    zone: Mapped[str] = mapped_column(String(60))
    """The name of the time zone in which it was chosen."""
    by: Mapped[str] = mapped_column(String(80))
    by_id: Mapped[str] = mapped_column(String(80), server_default="")
    agreed_by: Mapped[str | None] = mapped_column(String(80))
    """Who else agreed to it, where the feature is protected."""
    agreed_by_id: Mapped[str] = mapped_column(String(80), server_default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10), index=True, default="waiting")
    """`waiting`, `done`, `cancelled`, or `refused`: the feature had been protected since."""
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a process last took it upon itself."""
    ended_by: Mapped[str | None] = mapped_column(String(80))
    ended_by_id: Mapped[str] = mapped_column(String(80), server_default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Act(Base):
    """Something that a product manager did beside changing a feature."""

    __tablename__ = "console_acts"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(80))
    """The name of who did it, as it was then."""
    by_id: Mapped[str] = mapped_column(String(80), server_default="")
    kind: Mapped[str] = mapped_column(String(30))
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
