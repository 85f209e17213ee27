"""the people of a cohort counted, and listed in order, by an index alone"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

IN_ORDER = "ix_people_cohort_preview_id_created_at_id"


def upgrade() -> None:
    op.create_index(IN_ORDER, "people", ["cohort", "preview_id", "created_at", "id"], unique=False)
    op.drop_index("ix_people_cohort", "people")


def downgrade() -> None:
    op.create_index("ix_people_cohort", "people", ["cohort"], unique=False)
    op.drop_index(IN_ORDER, "people")
