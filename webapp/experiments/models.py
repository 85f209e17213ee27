"""Exposures and outcomes.

Moments are milliseconds since 1970 and people are numbers: figures compare millions of them. On
SQLite both tables are kept in the order of their keys, which is the order that figures read in,
person by person. Space by Space they read an index that has all that they ask for.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Float, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base

IN_A_SPACE = text("space <> ''")


class FiguredPerson(Base):
    """The number by which figures know a person. All that they know goes with the person."""

    __tablename__ = "figured_people"

    number: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)


class Exposure(Base):
    """The first time that a person met one answer of a gate, at one revision of the definitions.

    `space` is where, for a feature that is assigned by Space: there each Space counts anew. Empty
    for the others.
    """

    __tablename__ = "exposures"
    __table_args__ = (
        Index(
            "ix_exposures_by_space",
            *("feature", "space", "person", "at", "answer"),
            sqlite_where=IN_A_SPACE,
            postgresql_where=IN_A_SPACE,
        ),
        {"sqlite_with_rowid": False},
    )

    feature: Mapped[str] = mapped_column(String(60), primary_key=True)
    person: Mapped[int] = mapped_column(
        ForeignKey("figured_people.number", ondelete="CASCADE"), primary_key=True
    )
    space: Mapped[str] = mapped_column(String(16), primary_key=True)
    answer: Mapped[str] = mapped_column(String(60), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(BigInteger)


class Outcome(Base):
    """What became of a person: `number` happenings of one kind from `at` on, `total` in all (their
    seconds, milliseconds, scores, or how many). A row gathers about a minute."""

    __tablename__ = "outcomes"
    __table_args__ = (
        Index(
            "ix_outcomes_by_space",
            *("space", "kind", "person", "at", "number", "total"),
            sqlite_where=IN_A_SPACE,
            postgresql_where=IN_A_SPACE,
        ),
        {"sqlite_with_rowid": False},
    )

    person: Mapped[int] = mapped_column(
        ForeignKey("figured_people.number", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    space: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int]
    total: Mapped[float] = mapped_column(Float)
