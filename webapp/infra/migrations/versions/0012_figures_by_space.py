"""exposures and outcomes in the order of Spaces, for figures"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDICES = {
    "exposures": ["feature", "space", "person", "at", "answer"],
    "outcomes": ["space", "kind", "person", "at", "number", "total"],
}


def upgrade() -> None:
    in_a_space = sa.text("space <> ''")
    for table, columns in INDICES.items():
        op.create_index(
            f"ix_{table}_by_space",
            table,
            columns,
            unique=False,
            sqlite_where=in_a_space,
            postgresql_where=in_a_space,
        )


def downgrade() -> None:
    for table in INDICES:
        op.drop_index(f"ix_{table}_by_space", table)
