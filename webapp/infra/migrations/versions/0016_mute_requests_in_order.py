"""mute requests in order, and who muted somebody"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("participants", sa.Column("mute_number", sa.BigInteger(), nullable=True))
    op.add_column("participants", sa.Column("muted_by_id", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("participants", "muted_by_id")
    op.drop_column("participants", "mute_number")
