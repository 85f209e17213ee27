"""The database's shape, step by step (Alembic).

`upgrade` is called at every start. To make the next step after a change of models:
`.venv/bin/python -m webapp.infra.migrations "what changes"`; then read what it has written.
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
from alembic.runtime.migration import MigrationContext  # noqa: E402
from alembic.script import ScriptDirectory  # noqa: E402

from webapp.infra.database_lock import migrating  # noqa: E402

FOLDER = Path(__file__).parent

MODELS = (
    "webapp.accounts.models",
    "webapp.feature_flags.decision_counts.models",
    "webapp.feature_flags.models",
    "webapp.experiments.models",
    "webapp.previews.models",
    "webapp.qa.compare.models",
    "webapp.qa.explain.models",
    "webapp.qa.personas.models",
    "webapp.audio.quality.models",
    "webapp.problem_reports.models",
    "webapp.spaces.models",
)
"""Every module with tables."""


def upgrade(engine: Engine) -> None:
    """Brings the database to the newest shape, all of it or nothing. Safe to run twice, and by
    several processes at once: the others wait for the first. Raises TimeoutError."""
    with migrating(engine.url.render_as_string(hide_password=False)):
        with engine.execution_options(reading=True).connect() as connection:
            settings = config(connection)
            newest = ScriptDirectory.from_config(settings).get_current_head()
            if MigrationContext.configure(connection).get_current_revision() == newest:
                return  # without the write lock of SQLite, which others may need
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
