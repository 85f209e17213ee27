"""comparisons of variants side by side"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "compared_runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_with", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slug", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("build", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("panes", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("findings", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by"], ["people.id"], name=op.f("fk_compared_runs_made_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compared_runs")),
    )
    op.create_index(op.f("ix_compared_runs_made_at"), "compared_runs", ["made_at"], unique=False)
    op.create_table(
        "compared_verdicts",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("feature", sa.String(length=60), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["compared_runs.id"],
            name=op.f("fk_compared_verdicts_run_id_compared_runs"),
        ),
        sa.PrimaryKeyConstraint("run_id", "feature", name=op.f("pk_compared_verdicts")),
    )


def downgrade() -> None:
    op.drop_table("compared_verdicts")
    op.drop_table("compared_runs")
