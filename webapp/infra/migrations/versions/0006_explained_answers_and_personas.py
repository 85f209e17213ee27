"""answers that were explained, and edits of personas"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "explained_documents",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_explained_documents")),
    )
    op.create_table(
        "explained_answers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("feature", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["digest"],
            ["explained_documents.digest"],
            name=op.f("fk_explained_answers_digest_explained_documents"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explained_answers")),
    )
    for column in ("asked_by", "opened_at", "digest"):
        name = op.f(f"ix_explained_answers_{column}")
        op.create_index(name, "explained_answers", [column], unique=False)
    op.create_table(
        "persona_edits",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("filed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_persona_edits")),
    )


def downgrade() -> None:
    op.drop_table("persona_edits")
    op.drop_table("explained_answers")
    op.drop_table("explained_documents")
