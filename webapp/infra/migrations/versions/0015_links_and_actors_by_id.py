"""who made a link, what happens to accounts, who did something by id, what names look like"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.accounts.confusables import skeleton

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ACTORS = {
    "definition_changes": ("by_id",),
    "feature_protections": ("by_id",),
    "feature_proposals": ("decided_by_id",),
    "feature_schedules": ("by_id", "agreed_by_id", "ended_by_id"),
    "console_acts": ("by_id",),
    "persona_edits": ("by_id",),
}
AT_ONCE = 500


def upgrade() -> None:
    # With defaults, so that SQLite adds columns where they are: see 0003.
    for table, columns in ACTORS.items():
        for column in columns:
            op.add_column(table, _text(column, 80))
    op.add_column("feature_proposals", _long("hands"))
    op.add_column("people", _text("name_skeleton", 160))
    _fill_skeletons()
    op.create_index(op.f("ix_people_name_skeleton"), "people", ["name_skeleton"], unique=False)
    _widen_logins()
    _widen_links()
    _make_activity()


def _widen_logins() -> None:
    op.add_column("logins", _long("hands"))
    op.add_column("logins", sa.Column("told_of", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("logins", sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE logins SET signed_in_at = created_at")
    with op.batch_alter_table("logins") as table:
        table.alter_column("signed_in_at", nullable=False)


def _widen_links() -> None:
    for column in ("made_by", "made_with"):
        op.add_column("sign_in_links", _text(column, 32))
        index = op.f(f"ix_sign_in_links_{column}")
        op.create_index(index, "sign_in_links", [column], unique=False)
    op.add_column("sign_in_links", _long("hands"))
    for column in ("made_at", "signed_in_at", "voided_at"):
        new = sa.Column(column, sa.DateTime(timezone=True), nullable=True)
        op.add_column("sign_in_links", new)
    # Nobody knows any more who made these: a good one signs in whoever holds it.
    op.execute("UPDATE sign_in_links SET voided_at = expires_at WHERE used_at IS NULL")


def _make_activity() -> None:
    op.create_table(
        "account_activity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        _text("login_id", 32),
        _text("device", 60),
        _text("by_id", 32),
        _text("by", 80),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_account_activity_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_activity")),
    )
    op.create_index(
        "ix_account_activity_person_id_id", "account_activity", ["person_id", "id"], unique=False
    )


def _fill_skeletons() -> None:
    people = sa.table(
        "people", sa.column("id"), sa.column("display_name"), sa.column("name_skeleton")
    )
    connection = op.get_bind()
    rows = connection.execute(sa.select(people.c.id, people.c.display_name)).all()
    change = (
        people.update()
        .where(people.c.id == sa.bindparam("of"))
        .values(name_skeleton=sa.bindparam("look"))
    )
    for first in range(0, len(rows), AT_ONCE):
        some = rows[first : first + AT_ONCE]
        connection.execute(change, [{"of": row[0], "look": skeleton(row[1])} for row in some])


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default="")


def _long(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def downgrade() -> None:
    op.drop_table("account_activity")
    for column in ("made_by", "made_with"):
        op.drop_index(op.f(f"ix_sign_in_links_{column}"), "sign_in_links")
    for column in ("made_by", "made_with", "hands", "made_at", "signed_in_at", "voided_at"):
        op.drop_column("sign_in_links", column)
    for column in ("hands", "told_of", "signed_in_at"):
        op.drop_column("logins", column)
    op.drop_index(op.f("ix_people_name_skeleton"), "people")
    op.drop_column("people", "name_skeleton")
    op.drop_column("feature_proposals", "hands")
    for table, columns in ACTORS.items():
        for column in columns:
            op.drop_column(table, column)
