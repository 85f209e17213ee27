"""names to search by, the history's indexes, decisions counted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.accounts.search_key import folded

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

HISTORY = ("feature", "by", "action", "at")


def upgrade() -> None:
    # With a default, so that SQLite adds the column where it is: a table made anew could not take
    # the old one's place while others refer to it.
    op.add_column(
        "people",
        sa.Column("search_name", sa.String(length=160), nullable=False, server_default=""),
    )
    _fill_search_names()
    op.create_index(op.f("ix_people_search_name"), "people", ["search_name"], unique=False)
    op.create_index("ix_people_created_at_id", "people", ["created_at", "id"], unique=False)
    for column in HISTORY:
        name = f"ix_definition_changes_{column}_revision"
        op.create_index(name, "definition_changes", [column, "revision"], unique=False)
    op.create_table(
        "decision_counts",
        sa.Column("feature", sa.String(length=60), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feature", "minute", "answer", name=op.f("pk_decision_counts")),
    )
    with op.batch_alter_table("decision_counts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_counts_minute"), ["minute"], unique=False)


def _fill_search_names() -> None:
    people = sa.table(
        "people", sa.column("id"), sa.column("display_name"), sa.column("search_name")
    )
    connection = op.get_bind()
    for person_id, name in connection.execute(sa.select(people.c.id, people.c.display_name)).all():
        connection.execute(
            people.update().where(people.c.id == person_id).values(search_name=folded(name))
        )


def downgrade() -> None:
    op.drop_table("decision_counts")
    for column in HISTORY:
        op.drop_index(f"ix_definition_changes_{column}_revision", "definition_changes")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_index("ix_people_created_at_id")
        batch_op.drop_index(batch_op.f("ix_people_search_name"))
        batch_op.drop_column("search_name")
