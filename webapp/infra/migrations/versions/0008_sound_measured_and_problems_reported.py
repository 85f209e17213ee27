"""sound measured and problems reported"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sound_days",
        sa.Column("slug", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("path", sa.String(length=10), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("score_sum", sa.Double(), nullable=False),
        sa.Column("score_min", sa.Double(), nullable=False),
        sa.Column("concealed_sum", sa.Double(), nullable=False),
        sa.Column("buffer_sum", sa.Double(), nullable=False),
        sa.Column("rtt_sum", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("slug", "day", "path", name=op.f("pk_sound_days")),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("page", sa.String(length=200), nullable=False),
        sa.Column("slug", sa.String(length=16), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("version", sa.String(length=60), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("decisions", sa.JSON(), nullable=False),
        sa.Column("told_revision", sa.Integer(), nullable=True),
        sa.Column("told", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("browser", sa.JSON(), nullable=False),
        sa.Column("devices", sa.JSON(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("sound", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("linked_to", sa.String(length=32), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("handled_by", sa.String(length=32), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["handled_by"], ["people.id"], name=op.f("fk_reports_handled_by_people")
        ),
        sa.ForeignKeyConstraint(
            ["linked_to"], ["reports.id"], name=op.f("fk_reports_linked_to_reports")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_reports_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reports_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reports_received_at"), ["received_at"], unique=False)
        batch_op.create_index(
            "ix_reports_state_received_at", ["state", "received_at"], unique=False
        )

    op.create_table(
        "sound_minutes",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("slug", sa.String(length=16), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("path", sa.String(length=10), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("score_sum", sa.Double(), nullable=False),
        sa.Column("score_min", sa.Double(), nullable=False),
        sa.Column("concealed_sum", sa.Double(), nullable=False),
        sa.Column("buffer_sum", sa.Double(), nullable=False),
        sa.Column("rtt_sum", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_sound_minutes_person_id_people")
        ),
        sa.PrimaryKeyConstraint("person_id", "slug", "minute", name=op.f("pk_sound_minutes")),
    )
    with op.batch_alter_table("sound_minutes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sound_minutes_minute"), ["minute"], unique=False)


def downgrade() -> None:
    op.drop_table("sound_minutes")
    op.drop_table("reports")
    op.drop_table("sound_days")
