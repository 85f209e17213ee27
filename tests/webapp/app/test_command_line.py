"""`flask --app wsgi`: every command is there, and turning a feature off loads little."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import REPOSITORY

pytestmark = pytest.mark.server

HEAVY = ("webapp.app.factory", "UnleashClient", "flask_socketio", "aiohttp", "requests", "alembic")
"""What only serving needs, or an Unleash server, or a database of an older version."""

LOADED = """
import json, sys
import wsgi
result = wsgi.create_app().test_cli_runner().invoke(args=sys.argv[1:])
print(json.dumps({"said": result.output, "exit": result.exit_code, "loaded": sorted(sys.modules)}))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "SOUNDCHECK_VAR_FOLDER": str(tmp_path)}


def flask(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_the_commands_of_every_part(environment: dict[str, str]) -> None:
    listed = flask(environment, "--help").stdout
    for name in ("flags", "people", "invite", "cohorts", "qa"):
        assert f"  {name} " in listed


def test_turning_off_loads_neither_the_server_nor_the_sdk(environment: dict[str, str]) -> None:
    # The first command makes the database, and so needs all of it.
    first = flask(environment, "flags", "import", "--yes", str(exported(environment)))
    assert first.returncode == 0, first.stderr
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "flags", "off", "web-speaking", "--cut"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert (told["exit"], told["said"].partition(",")[0]) == (0, "web-speaking is off (cut)")
    assert set(HEAVY).isdisjoint(told["loaded"])
    assert "web-speaking   off (cut)" in flask(environment, "flags", "list").stdout


def exported(environment: dict[str, str]) -> Path:
    """The features of a fresh installation, as a file."""
    from flags.sources.embedded import EmbeddedSource
    from flags.sources.memory import MemoryStore
    from webapp.feature_flags import import_export

    source = EmbeddedSource(MemoryStore())
    source.seed()
    file = Path(environment["SOUNDCHECK_VAR_FOLDER"]) / "features.json"
    file.write_text(import_export.written(source))
    return file


def test_wrong_setting_is_one_line_for_every_command(environment: dict[str, str]) -> None:
    environment["SOUNDCHECK_PORT"] = "none"
    for words in (("flags", "list"), ("people", "list")):
        refused = flask(environment, *words)
        assert refused.returncode != 0
        assert "SOUNDCHECK_PORT" in refused.stderr
        assert "Traceback" not in refused.stderr
