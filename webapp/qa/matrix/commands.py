"""`flask qa matrix`: are personas answered as is expected of them? For CI.

Exit codes: 0 everything is as expected; 1 something differs; 2 it could not be found out.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from flags.gate import Gate
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import BadEdit, Source, SourceUnavailable
from flags.sources.memory import MemoryStore
from flags.sources.unleash.source import UnleashSource
from webapp.app.services import Core
from webapp.feature_flags import import_export
from webapp.feature_flags.source_factory import source_of
from webapp.qa.matrix import export
from webapp.qa.matrix.service import Matrix, matrix_of
from webapp.qa.personas import yaml_file
from webapp.qa.personas.schema import Persona
from webapp.qa.personas.service import personas_of
from webapp.qa.personas.yaml_file import BadSheet

EMBEDDED, UNLEASH = "embedded", "unleash"


class NotFoundOut(click.ClickException):
    """Something is missing, or makes no sense."""

    exit_code = 2


def init_app(app: Flask, core: Core) -> None:
    """Adds the group `qa`."""
    group = AppGroup("qa", help="What QA checks.")

    @group.command()
    @click.option(
        "--source",
        "where",
        metavar="embedded|unleash|FILE",
        help="Whose definitions: those in our own database, an Unleash server's, or those in a "
        "file that `flask flags export` has written. Default: as the settings say.",
    )
    @click.option(
        "--personas",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A file of personas, taken as it is. Default: those of QA's pages.",
    )
    @click.option(
        "--junit",
        type=click.File("w", encoding="utf-8", atomic=True),
        help="Also write the outcome to this file, as CI reads it.",
    )
    def matrix(where: str | None, personas: Path | None, junit: Any) -> None:
        """Compare every persona's answers with the expected ones."""
        began = time.monotonic()
        source = _source(core, where or (UNLEASH if core.upstream else EMBEDDED))
        made = _matrix(core, source, _personas(core, personas))
        for line in export.as_lines(made):
            click.echo(line)
        click.echo(f"{made.checked} checked, {made.differences} different")
        if junit:
            junit.write(export.as_junit(made, time.monotonic() - began))
        if made.differences:
            raise SystemExit(1)

    app.cli.add_command(group)


def _personas(core: Core, file: Path | None) -> list[Persona]:
    if file is not None:
        try:
            return yaml_file.read(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, BadSheet) as error:
            raise NotFoundOut(f"{file.name}: {error}") from None
    everybody = personas_of(core).everybody()
    if everybody.problem:
        raise NotFoundOut(everybody.problem)
    if edited := [kept.persona.name for kept in everybody.kept if kept.edit]:
        click.echo(f"edited in QA's pages: {', '.join(edited)}", err=True)
    return everybody.personas


def _source(core: Core, where: str) -> Source:
    if where == EMBEDDED:
        return core.source
    if where == UNLEASH:
        # Not the mirror in our database: nothing is written anywhere for a look.
        source = source_of(core.settings, MemoryStore(), core.clock)
        if not isinstance(source, UnleashSource):
            raise NotFoundOut("no Unleash server is configured: set SOUNDCHECK_UNLEASH_URL")
        _insist(source.read_now)
        return source
    return _source_in(Path(where))


def _source_in(file: Path) -> Source:
    source = EmbeddedSource(MemoryStore())
    try:
        for state in import_export.read(file.read_text("utf-8")):
            source.put(state, "a file")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFoundOut(f"{file} cannot be read: {error}") from None
    except BadEdit as error:
        raise NotFoundOut(f"{file}: {error}") from None
    return source


def _matrix(core: Core, source: Source, personas: list[Persona]) -> Matrix:
    gate = Gate(source, core.clock)
    gate.start()
    try:
        if not gate.healthy:
            raise NotFoundOut("the definitions cannot be read")
        made = matrix_of(gate, personas, core.clock())
    finally:
        gate.close()
    if not any(cell.known for _, cell in made.cells):
        raise NotFoundOut("there is nothing to compare: no personas, or no features yet")
    return made


def _insist(read: Any) -> None:
    try:
        read()
    except SourceUnavailable as error:
        raise NotFoundOut(f"the definitions cannot be reached: {error}") from None
