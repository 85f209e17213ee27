"""Writes the next migration: what the models have and the migrations do not make yet."""

from __future__ import annotations

import sys

from alembic import command
from sqlalchemy import create_engine

from webapp.infra.migrations import FOLDER, config


def main(message: str) -> None:
    """Compares the models with an empty database at the newest shape."""
    with create_engine("sqlite://").connect() as connection:
        settings = config(connection)
        command.upgrade(settings, "head")
        number = len(list((FOLDER / "versions").glob("*.py"))) + 1
        command.revision(settings, message, autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or "change")
