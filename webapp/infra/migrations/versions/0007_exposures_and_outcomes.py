"""exposures and outcomes, for figures"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "figured_people",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_figured_people_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_figured_people")),
        sa.UniqueConstraint("person_id", name=op.f("uq_figured_people_person_id")),
    )
    op.create_table(
        "exposures",
        sa.Column("feature", sa.String(length=60), nullable=False),
        sa.Column("person", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("space", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.String(length=60), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _of_a_person("exposures"),
        sa.PrimaryKeyConstraint(
            "feature", "person", "space", "answer", "revision", name=op.f("pk_exposures")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outcomes",
        sa.Column("person", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("space", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        _of_a_person("outcomes"),
        sa.PrimaryKeyConstraint("person", "kind", "space", "at", name=op.f("pk_outcomes")),
        sqlite_with_rowid=False,
    )


def _of_a_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["person"],
        ["figured_people.number"],
        name=op.f(f"fk_{table}_person_figured_people"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.drop_table("outcomes")
    op.drop_table("exposures")
    op.drop_table("figured_people")
