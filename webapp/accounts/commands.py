"""`flask people|invite|cohorts …`: who is there, and the ways in, from a terminal.

Exit codes: 0 done; 1 there is nothing of that name; 2 asked wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from webapp.accounts.models import ADMINISTRATOR, ROLES, TESTER, Invitation, Person
from webapp.accounts.people import NoSuchPerson
from webapp.accounts.service import Accounts
from webapp.http.errors import AppError

Command = Callable[..., Any]


class AskedWrongly(click.ClickException):
    """Something in the command line makes no sense."""

    exit_code = 2


def init_app(app: Flask, service: Accounts, base_url: str) -> None:
    """Adds the groups. Links are made with `base_url`."""
    app.cli.add_command(_people(service, base_url))
    app.cli.add_command(_invite(service, base_url))
    app.cli.add_command(_cohorts(service))


def _people(service: Accounts, base_url: str) -> AppGroup:
    group = AppGroup("people", help="See and change who there is.")
    _add_reading(group, service)
    _add_arrivals(group, service, base_url)
    _add_changes(group, service)
    return group


def _add_reading(group: AppGroup, service: Accounts) -> None:
    @group.command("list")
    def show_all() -> None:
        """Everybody, one a line."""
        for person in service.people.all():
            click.echo(_person_line(person))


def _add_arrivals(group: AppGroup, service: Accounts, base_url: str) -> None:
    @group.command()
    @click.argument("name")
    @click.option("--cohort", default="public", show_default=True)
    @click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), default=[TESTER])
    @_properties
    def add(name: str, cohort: str, roles: tuple[str, ...], **properties: Any) -> None:
        """Add somebody, and print the link that signs them in."""
        known = {key: value for key, value in properties.items() if value is not None}
        with plain_errors():
            person = service.people.add(name, cohort, roles=roles, **known)
            _print_link(service, base_url, person)

    @group.command()
    @click.argument("name")
    def admin(name: str) -> None:
        """Make an administrator, and print the link that signs them in. For the first one."""
        with plain_errors():
            person = service.people.add(name, "staff", roles=(ADMINISTRATOR,))
            _print_link(service, base_url, person)

    @group.command()
    @click.argument("who")
    def link(who: str) -> None:
        """Print a link that signs WHO (a name or an id) in, once, within 15 minutes."""
        with plain_errors():
            _print_link(service, base_url, service.people.find(who))


def _add_changes(group: AppGroup, service: Accounts) -> None:
    @group.command()
    @click.argument("who")
    @click.argument("cohort")
    def move(who: str, cohort: str) -> None:
        """Put WHO into another cohort."""
        with plain_errors():
            person = service.people.move(service.people.find(who).id, cohort)
        click.echo(_person_line(person))

    @group.command()
    @click.argument("who")
    @click.argument("role", type=click.Choice(ROLES))
    @click.argument("state", type=click.Choice(["on", "off"]), default="on")
    def role(who: str, role: str, state: str) -> None:
        """Give WHO a role, or take it away."""
        with plain_errors():
            found = service.people.find(who)
            person = service.people.set_role(found.id, role, held=state == "on")
        click.echo(_person_line(person))

    @group.command("set")
    @click.argument("who")
    @_properties
    def set_properties(who: str, **properties: Any) -> None:
        """Change what strategies know about WHO."""
        with plain_errors():
            person = service.people.set_properties(service.people.find(who).id, **properties)
        click.echo(_person_line(person))

    @group.command("sign-out")
    @click.argument("who")
    def sign_out(who: str) -> None:
        """Sign WHO out on every device."""
        with plain_errors():
            service.logins.end_all(service.people.find(who).id)


def _invite(service: Accounts, base_url: str) -> AppGroup:
    group = AppGroup("invite", help="Make, see and revoke invitations.")

    @group.command()
    @click.option("--cohort", required=True)
    @click.option("--uses", default=1, show_default=True, help="How many people may join with it.")
    @click.option("--days", default=7.0, show_default=True, help="How long it lasts.")
    @click.option("--welcome", default="", help="What its page says.")
    def create(cohort: str, uses: int, days: float, welcome: str) -> None:
        """Make an invitation and print its link."""
        with plain_errors():
            made = service.invitations.make(cohort, uses, timedelta(days=days), welcome)
        click.echo(f"{base_url}/i/{service.invitations.token(made)}")

    @group.command("list")
    def show_all() -> None:
        """Every invitation, the newest first."""
        for invitation in service.invitations.all():
            click.echo(_invitation_line(service, invitation))

    @group.command()
    @click.argument("invitation_id", metavar="ID")
    def revoke(invitation_id: str) -> None:
        """Let nobody in with it any more."""
        with plain_errors():
            service.invitations.revoke(invitation_id)

    return group


def _cohorts(service: Accounts) -> AppGroup:
    group = AppGroup("cohorts", help="See and add groups of testers.")

    @group.command("list")
    def show_all() -> None:
        """Every cohort, with how many people are in it."""
        for name, people in service.people.cohorts():
            click.echo(f"{name:<30}  {people}")

    @group.command()
    @click.argument("name")
    def add(name: str) -> None:
        """Add a cohort: lower-case letters, digits and hyphens."""
        with plain_errors():
            service.people.add_cohort(name)

    return group


def _properties(command: Command) -> Command:
    """The options of what strategies may look at."""
    for option in (
        click.option("--platform", help="android, ios or desktop."),
        click.option("--country", help="Two capital letters (ISO 3166)."),
        click.option("--followers", type=int),
    ):
        command = option(command)
    return command


def _print_link(service: Accounts, base_url: str, person: Person) -> None:
    secret = service.links.make(person.id)
    click.echo(f"{base_url}/sign-in/{secret}")
    click.echo("It works once, within 15 minutes.", err=True)


def _person_line(person: Person) -> str:
    properties = " ".join(filter(None, (person.country, person.platform)))
    return (
        f"{person.id}  {person.cohort:<10}  {','.join(person.roles) or '-':<16}"
        f"  {person.followers:>7}  {properties or '-':<12}  {person.display_name}"
    )


def _invitation_line(service: Accounts, invitation: Invitation) -> str:
    state = service.invitations.trouble_with(invitation) or "good"
    return (
        f"{invitation.id}  {invitation.cohort:<10}  {state:<8}  {invitation.uses} of"
        f" {invitation.max_uses} used  until {invitation.expires_at:%Y-%m-%d %H:%M} UTC"
    )


@contextmanager
def plain_errors() -> Iterator[None]:
    """Errors of ours as lines of a terminal."""
    try:
        yield
    except NoSuchPerson as error:
        raise click.ClickException(str(error)) from error
    except AppError as error:
        what = f" ({', '.join(error.fields)})" if error.fields else ""
        kind = AskedWrongly if error.fields else click.ClickException
        raise kind(f"{error.message('en')}{what}") from error
