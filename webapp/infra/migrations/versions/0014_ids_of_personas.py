"""no two personas share an id"""

from __future__ import annotations

import hashlib
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

EDITS = sa.table(
    "persona_edits", sa.column("name", sa.String), sa.column("content", sa.JSON(none_as_null=True))
)


def upgrade() -> None:
    """Ids were made from what is Latin in a name: 李雷 and 韩梅梅 had the same one."""
    connection = op.get_bind()
    rows = connection.execute(sa.select(EDITS).order_by(EDITS.c.name)).all()
    contents = {row.name: row.content for row in rows if row.content is not None}
    shared = Counter(content["id"] for content in contents.values())
    for name, content in contents.items():
        if shared[content["id"]] > 1:
            fingerprint = hashlib.sha256(name.encode()).hexdigest()[:10]
            own = f"{content['id'].rstrip('-')[:80]}-{fingerprint}"
            connection.execute(
                sa.update(EDITS).where(EDITS.c.name == name).values(content={**content, "id": own})
            )


def downgrade() -> None:
    """The new ids are as good as the old ones."""
