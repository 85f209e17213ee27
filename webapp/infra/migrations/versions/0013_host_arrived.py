"""whether the host of a Space has ever arrived in it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of the Spaces that there are nothing is known: their hosts have arrived.
    arrived: sa.Column[bool] = sa.Column(
        "host_arrived", sa.Boolean(), nullable=False, server_default=sa.true()
    )
    op.add_column("spaces", arrived)
    with op.batch_alter_table("spaces") as spaces:
        spaces.alter_column("host_arrived", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("spaces") as spaces:
        spaces.drop_column("host_arrived")
