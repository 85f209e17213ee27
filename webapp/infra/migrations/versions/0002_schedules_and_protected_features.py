"""schedules and protected features"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feature_proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feature", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feature_proposals")),
    )
    with op.batch_alter_table("feature_proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feature_proposals_feature"), ["feature"], unique=False)
        batch_op.create_index(batch_op.f("ix_feature_proposals_state"), ["state"], unique=False)

    op.create_table(
        "feature_protections",
        sa.Column("feature", sa.String(length=60), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("feature", name=op.f("pk_feature_protections")),
    )
    op.create_table(
        "feature_schedules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feature", sa.String(length=60), nullable=False),
        sa.Column("turn", sa.String(length=3), nullable=False),
        sa.Column("closing", sa.String(length=10), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("agreed_by", sa.String(length=80), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feature_schedules")),
    )
    with op.batch_alter_table("feature_schedules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feature_schedules_feature"), ["feature"], unique=False)
        batch_op.create_index(batch_op.f("ix_feature_schedules_state"), ["state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("feature_schedules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feature_schedules_state"))
        batch_op.drop_index(batch_op.f("ix_feature_schedules_feature"))

    op.drop_table("feature_schedules")
    op.drop_table("feature_protections")
    with op.batch_alter_table("feature_proposals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feature_proposals_state"))
        batch_op.drop_index(batch_op.f("ix_feature_proposals_feature"))

    op.drop_table("feature_proposals")
