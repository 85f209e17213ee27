"""co-hosts, and who keeps a Space going while its host is away"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Column by column: a table made anew could not take the old one's place while others refer
    # to it.
    op.add_column("spaces", sa.Column("ending_because", sa.String(length=12), nullable=True))
    op.execute("UPDATE spaces SET ending_because = 'closed' WHERE ends_at IS NOT NULL")
    op.add_column("spaces", sa.Column("stand_in_id", sa.String(length=32), nullable=True))
    op.add_column(
        "spaces", sa.Column("goes_on", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "participants",
        sa.Column("co_host", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "participants", sa.Column("on_stage_since", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("participants", "on_stage_since")
    op.drop_column("participants", "co_host")
    op.drop_column("spaces", "goes_on")
    op.drop_column("spaces", "stand_in_id")
    op.drop_column("spaces", "ending_because")
