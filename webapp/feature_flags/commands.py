"""`flask flags …`: what the console does, from a terminal. A running server follows by itself.

Where Unleash has the definitions, commands ask it first.

Exit codes: 0 done, or nothing to change; 1 the definitions cannot be reached; 2 asked wrongly.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import click
from flask import Flask
from flask.cli import AppGroup

from flags.catalogue import CATALOGUE
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import (
    Change,
    Closing,
    EditRefused,
    FeatureState,
    SourceUnavailable,
    UnknownFeature,
)
from webapp.feature_flags import import_export

Command = Callable[..., Any]
Protected = Callable[[], Collection[str]]

PROTECTED = (
    "{features}: protected. Propose the change in the console: it waits for a second product"
    " manager's yes. Turning off never waits."
)

UNTOLD = "Unleash does not answer: a running server tells it as soon as it does"

NOT_YET = "features are not set up yet: the server does that when it starts"

MEANINGS = {
    Closing.CUT: "Whoever is inside is out at once.",
    Closing.DRAIN: "Nobody new; whoever is inside may finish.",
}


class AskedWrongly(click.ClickException):
    """Something in the command line makes no sense."""

    exit_code = 2


def init_app(
    app: Flask,
    source: EmbeddedSource,
    cohorts: Callable[[], Sequence[str]],
    protected: Callable[[], Collection[str]],
) -> None:
    """Adds the group `flags` (see `group_of`)."""
    app.cli.add_command(group_of(source, cohorts, protected))


def group_of(
    source: EmbeddedSource,
    cohorts: Callable[[], Sequence[str]],
    protected: Callable[[], Collection[str]],
) -> AppGroup:
    """The group `flags`. `cohorts` names those that people can be in, `protected` the features
    whose changes wait for a second product manager."""
    group = AppGroup("flags", help="See and change who gets which feature.")
    _add_reading(group, source)
    _add_switches(group, source, protected)
    _add_audience(group, source, cohorts, protected)
    _add_moving(group, source, protected)
    return group


def _add_reading(group: AppGroup, source: EmbeddedSource) -> None:
    @group.command("list")
    def show_all() -> None:
        """Every feature, one a line."""
        with _plain_errors():
            _ask_first(source)
            states = source.features()
        if not states:
            raise AskedWrongly(NOT_YET)
        width = max(map(len, CATALOGUE))
        for state in states:
            click.echo(f"{state.key:<{width}}  {_state_words(state):<9}  {_audience_words(state)}")

    @group.command()
    @click.argument("key")
    def show(key: str) -> None:
        """One feature: what it is for, how it stands, its latest changes."""
        with _plain_errors():
            _ask_first(source)
            state, changes = source.feature(key), source.history(key, limit=5)
        for line in (*_description(state), *map(_change_line, changes)):
            click.echo(line)


def _add_switches(group: AppGroup, source: EmbeddedSource, protected: Protected) -> None:
    @group.command()
    @click.argument("key")
    @_editor
    def on(key: str, by: str) -> None:
        """Turn a feature on, for the cohorts and the percentage that it has."""
        _insist_free(protected, key)
        _report(source, key, lambda: source.turn_on(key, by))

    @group.command()
    @click.argument("key")
    @_closing(default=None)
    @_editor
    def off(key: str, closing: str | None, by: str) -> None:
        """Turn a feature off for everybody. Say what becomes of those inside: --cut or --drain."""
        if closing is None:
            raise AskedWrongly("say what becomes of those inside: --cut or --drain")
        _report(source, key, lambda: source.turn_off(key, Closing(closing), by))


def _add_audience(
    group: AppGroup,
    source: EmbeddedSource,
    cohorts: Callable[[], Sequence[str]],
    protected: Protected,
) -> None:
    @group.command()
    @click.argument("key")
    @click.argument("percent", type=int)
    @_closing(default=Closing.DRAIN)
    @_editor
    def rollout(key: str, percent: int, closing: str, by: str) -> None:
        """Give a feature to PERCENT of each of its cohorts."""
        _insist_free(protected, key)
        _report(source, key, lambda: source.set_rollout(key, percent, by, closing=Closing(closing)))

    @group.command()
    @click.argument("key")
    @click.argument("name")
    @click.argument("state", type=click.Choice(["on", "off"]))
    @_closing(default=Closing.DRAIN)
    @_editor
    def cohort(key: str, name: str, state: str, closing: str, by: str) -> None:
        """Let a cohort into a feature, or take it out."""
        _insist_free(protected, key)
        if state == "on" and name not in (known := list(cohorts())):
            raise AskedWrongly(f"there is no cohort {name!r}; there are {', '.join(known)}")

        def edit() -> Change | None:
            return source.set_cohort(key, name, state == "on", by, closing=Closing(closing))

        _report(source, key, edit)


def _add_moving(group: AppGroup, source: EmbeddedSource, protected: Protected) -> None:
    @group.command("export")
    @click.argument("file", type=click.File("w", encoding="utf-8", atomic=True), default="-")
    def export(file: TextIO) -> None:
        """Write every feature's state to FILE, or to the terminal."""
        with _plain_errors():
            _ask_first(source)
            file.write(import_export.written(source))

    @group.command("import")
    @click.argument("file", type=click.File("r", encoding="utf-8"))
    @click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
    @click.option("--yes", is_flag=True, help="Do it without asking.")
    @_editor
    def import_(file: TextIO, dry_run: bool, yes: bool, by: str) -> None:
        """Bring features into the states in FILE. Shows what will be done and asks first."""
        with _plain_errors():
            _ask_first(source, insist=True)
            steps = import_export.plan(source, import_export.read(file.read()))
        for step in steps:
            click.echo(f"{step.after.key}{'' if step.before else ' (new)'}")
            for line in step.lines():
                click.echo(f"  {line}")
        if not steps:
            click.echo("nothing to change")
        if dry_run or not steps:
            return
        _insist_free(protected, *(step.after.key for step in steps if not step.only_closes))
        if not yes:
            click.confirm(f"Change {len(steps)} of {len(CATALOGUE)} features?", abort=True)
        with _plain_errors():
            for step in steps:
                source.put(step.after, by)
        click.echo(f"changed: {', '.join(step.after.key for step in steps)}")


def _ask_first(source: EmbeddedSource, insist: bool = False) -> None:
    """Nobody follows Unleash for a command. Without `insist`, what was last known will do."""
    try:
        source.read_now()
    except SourceUnavailable as error:
        if insist:
            raise
        click.echo(f"as last known: {error}", err=True)


def _insist_free(protected: Protected, *keys: str) -> None:
    """Turning off never waits; everything else of a protected feature needs two people, and here
    nobody knows who is who."""
    with _plain_errors():
        waiting = sorted(set(keys) & set(protected()))
    if waiting:
        raise AskedWrongly(PROTECTED.format(features=", ".join(waiting)))


def _editor(command: Command) -> Command:
    option = click.option(
        "--as", "by", default=getpass.getuser, metavar="NAME", help="Who the history names."
    )
    return option(command)


def _closing(default: Closing | None) -> Callable[[Command], Command]:
    """`--cut` or `--drain`, given to the command as `closing`."""
    value = default.value if default else None

    def add(command: Command) -> Command:
        for closing, meaning in MEANINGS.items():
            name = f"--{closing.value}"
            command = click.option(
                name, "closing", flag_value=closing.value, default=value, help=meaning
            )(command)
        return command

    return add


def _report(source: EmbeddedSource, key: str, edit: Callable[[], Change | None]) -> None:
    with _plain_errors():
        change = edit()
        state = source.feature(key)
    outcome = "" if change else "nothing changed: "
    click.echo(f"{outcome}{key} is {_state_words(state)}, {_audience_words(state)}")
    if state.untold:
        click.echo(UNTOLD, err=True)


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except UnknownFeature as error:
        if error.key in CATALOGUE:
            raise AskedWrongly(NOT_YET) from error
        raise AskedWrongly(f"{error}; there are {', '.join(CATALOGUE)}") from error
    except EditRefused as error:
        raise AskedWrongly(str(error)) from error
    except SourceUnavailable as error:
        raise click.ClickException(f"the definitions cannot be reached: {error}") from error


def _state_words(state: FeatureState) -> str:
    return "on" if state.enabled else f"off ({state.closing.value})"


def _audience_words(state: FeatureState) -> str:
    return f"{state.rollout} % of {', '.join(state.cohorts)}" if state.cohorts else "for nobody"


def _description(state: FeatureState) -> list[str]:
    feature = CATALOGUE[state.key]
    lines = [
        f"{state.key}: {feature.purpose}",
        f"  now       {_state_words(state)}, {_audience_words(state)}",
        f"  owner     {feature.owner}, expected to end on {feature.expected_end}",
    ]
    if feature.parent:
        lines.append(f"  needs     {feature.parent}")
    if state.variants:
        shares = ", ".join(f"{name} {weight / 10:g} %" for name, weight in state.variants.items())
        lines.append(f"  variants  {shares}")
    return lines


def _change_line(change: Change) -> str:
    moved = [
        f"{field}: {change.before.get(field)} -> {value}"
        for field, value in change.after.items()
        if change.before and change.before.get(field) != value
    ]
    when = f"{change.at:%Y-%m-%d %H:%M} UTC"
    return f"  {when}  {change.by}: {change.action} {'; '.join(moved)}".rstrip()
