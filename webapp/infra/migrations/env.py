"""Called by Alembic. The connection always comes from `webapp.infra.migrations`."""

from __future__ import annotations

from typing import Literal

from alembic import context

from webapp.infra.database import Base, UtcDateTime


def _in_plain_types(kind: str, item: object, _context: object) -> str | Literal[False]:
    """A migration must outlive our own types: it says what the database has."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=_in_plain_types,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
