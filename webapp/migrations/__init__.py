"""The database's shape, step by step (Alembic).

`upgrade` is called at every start. To make the next step after a change of models:
`.venv/bin/python -m webapp.migrations "what changes"`; then read what it has written.
"""

from __future__ import annotations

import logging
from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, Engine

# Before Alembic is imported: it tells about its own insides even then.
logging.getLogger("alembic").setLevel(logging.WARNING)

from alembic import command  # noqa: E402
from alembic.config import Config  # noqa: E402

FOLDER = Path(__file__).parent

MODELS = (
    "webapp.accounts.models",
    "webapp.decisions.models",
    "webapp.definitions.models",
    "webapp.figures.models",
    "webapp.previews.models",
    "webapp.qa.compare.models",
    "webapp.qa.explain.models",
    "webapp.qa.personas.models",
    "webapp.quality.models",
    "webapp.reports.models",
    "webapp.spaces.models",
)
"""Every module with tables."""


def upgrade(engine: Engine) -> None:
    """Brings the database to the newest shape, all of it or nothing. Safe to run twice, and by
    two processes at once: the second waits for the first."""
    with engine.begin() as connection:
        command.upgrade(config(connection), "head")


def config(connection: Connection) -> Config:
    """Alembic's settings for work on one connection."""
    for module in MODELS:
        import_module(module)
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings
