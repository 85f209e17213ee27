"""The product's commands: `flask --app wsgi COMMAND`.

`flags` turns features off, and people wait for that: it loads its own parts only, a third of the
product's. Every other command loads the whole app.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import click
from flask import Flask
from flask.cli import AppGroup
from pydantic import ValidationError
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings, first_problem
from webapp.infra.process_priority import go_ahead

FLAGS = "flags"
MIGRATIONS = Path(__file__).parents[1] / "infra" / "migrations" / "versions"


def create_app() -> Flask:
    """An app that serves nothing, and has every command."""
    app = Flask("soundcheck")
    app.cli = Commands()
    return app


class WrongSettings(click.ClickException):
    """Ends a command with the line that ends a start of the server as well."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"soundcheck: {self.message} (docs/configuration.md)", file=file, err=True)


class Commands(AppGroup):
    """Loads a command's parts when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({FLAGS, *_whole_app(ctx).cli.list_commands(ctx)})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name == FLAGS:
            return _flags(_settings())
        return _whole_app(ctx).cli.get_command(ctx, name)


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as problem:
        raise WrongSettings(first_problem(problem)) from None


def _flags(settings: Settings) -> click.Group:
    if "off" in sys.argv:
        go_ahead()
    from flags.sources.embedded import utc_now
    from webapp.feature_flags import commands
    from webapp.feature_flags.change_request_store import Plans
    from webapp.feature_flags.source_factory import source_of
    from webapp.feature_flags.store import SqlDefinitionStore
    from webapp.infra.database import Database

    db = Database(settings.database_url)
    _migrate(db.engine)
    source = source_of(settings, SqlDefinitionStore(db), utc_now)
    return commands.group_of(source, lambda: _cohort_names(settings), Plans(db).protections)


def _migrate(engine: Engine) -> None:
    """Brings the database to the newest shape. Whether it has that is asked without Alembic and
    the product's models, which take longer to load than all that a command does."""
    newest = max(file.name.partition("_")[0] for file in MIGRATIONS.glob("[0-9]*_*.py"))
    with suppress(SQLAlchemyError), engine.connect() as connection:
        if connection.scalar(text("SELECT version_num FROM alembic_version")) == newest:
            return
    from webapp.infra import migrations

    migrations.upgrade(engine)


def _cohort_names(settings: Settings) -> list[str]:
    from webapp.app import factory

    return factory.core_of(factory.create_app(settings)).cohort_names()


def _whole_app(ctx: click.Context) -> Flask:
    from webapp.app import factory

    app = factory.create_app(_settings())
    # What a command finds as `current_app`.
    ctx.with_resource(app.app_context())
    return app
