"""`flask people export|delete ID`: what somebody may ask for, from a terminal."""

from __future__ import annotations

import json

import click
from flask import Flask
from flask.cli import AppGroup

from webapp.accounts.commands import plain_errors
from webapp.accounts.service import Accounts
from webapp.privacy.service import Privacy


def init_app(app: Flask, privacy: Privacy, accounts: Accounts) -> None:
    """Adds to the group `people`."""
    group = app.cli.commands["people"]
    assert isinstance(group, AppGroup)  # noqa: S101 - made by webapp.accounts.commands

    @group.command()
    @click.argument("who")
    def export(who: str) -> None:
        """Print all that is kept about WHO (a name or an id), as JSON."""
        with plain_errors():
            content = privacy.export(accounts.people.find(who).id, everything=True)
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))

    @group.command()
    @click.argument("who")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    def delete(who: str, yes: bool) -> None:
        """Delete WHO for good."""
        with plain_errors():
            person = accounts.people.find(who)
            if not yes:
                click.confirm(f"Delete {person.display_name} ({person.id})?", abort=True)
            privacy.delete(person.id)
        click.echo(f"{person.id} deleted")
