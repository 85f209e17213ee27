"""previews, and the people and logins that are made for them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plain columns, so that SQLite adds them where they are: others refer to these tables.
    op.add_column("people", sa.Column("preview_id", sa.String(length=32), nullable=True))
    op.add_column("people", sa.Column("forced", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("people", sa.Column("gates_as", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("logins", sa.Column("opened_with", sa.String(length=32), nullable=True))
    op.create_table(
        "previews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("cohort", sa.String(length=30), nullable=False),
        sa.Column("followers", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("platform", sa.String(length=20), nullable=True),
        sa.Column("forced", sa.JSON(), nullable=False),
        sa.Column("gates_as", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=32), nullable=True),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by"], ["people.id"], name=op.f("fk_previews_made_by_people")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by"], ["people.id"], name=op.f("fk_previews_revoked_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_previews")),
    )
    op.create_index(op.f("ix_previews_made_at"), "previews", ["made_at"], unique=False)
    op.create_index(op.f("ix_previews_swept_at"), "previews", ["swept_at"], unique=False)
    op.create_table(
        "preview_uses",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("preview_id", sa.String(length=32), nullable=False),
        sa.Column("opened_by", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["people.id"], name=op.f("fk_preview_uses_opened_by_people")
        ),
        sa.ForeignKeyConstraint(
            ["preview_id"], ["previews.id"], name=op.f("fk_preview_uses_preview_id_previews")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_preview_uses")),
    )
    op.create_index(op.f("ix_preview_uses_opened_by"), "preview_uses", ["opened_by"], unique=False)
    op.create_index(
        op.f("ix_preview_uses_preview_id"), "preview_uses", ["preview_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("preview_uses")
    op.drop_table("previews")
    op.drop_column("logins", "opened_with")
    op.drop_column("people", "gates_as")
    op.drop_column("people", "forced")
    op.drop_column("people", "preview_id")
