from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner

from flags.catalogue import CATALOGUE, REACTIONS, WEB_LISTENING
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import Closing
from flags.sources.memory import MemoryStore
from tests.harness.flags import FlakySource
from webapp.feature_flags import commands


@pytest.fixture
def source() -> FlakySource:
    return FlakySource()


@pytest.fixture
def terminal(source: FlakySource) -> FlaskCliRunner:
    app = Flask("terminal")
    commands.init_app(app, source, lambda: ["staff", "alpha", "beta", "public"], list)
    return app.test_cli_runner()


def typed(terminal: FlaskCliRunner, line: str) -> Result:
    return terminal.invoke(args=["flags", *line.split()])


def test_lists_every_feature_in_a_line(terminal: FlaskCliRunner) -> None:
    result = typed(terminal, "list")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines] == list(CATALOGUE)
    assert lines[-1] == "reactions      on         100 % of staff, alpha"


def test_shows_one_feature_and_what_was_done_to_it(terminal: FlaskCliRunner) -> None:
    typed(terminal, "rollout reactions 40 --as ana")
    output = typed(terminal, "show reactions").output
    assert "Send an emoji" in output
    assert "needs     web-listening" in output
    assert "variants  tray 50 %, tapback 50 %" in output
    assert "2026-11-21 12:00 UTC  ana: rollout rollout: 100 -> 40" in output


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("off reactions --cut", "reactions is off (cut), 100 % of staff, alpha"),
        ("off reactions --drain", "reactions is off (drain), 100 % of staff, alpha"),
        ("rollout reactions 25", "reactions is on, 25 % of staff, alpha"),
        ("cohort reactions beta on", "reactions is on, 100 % of staff, alpha, beta"),
        ("cohort reactions alpha off", "reactions is on, 100 % of staff"),
    ],
)
def test_edits_and_says_when_there_is_nothing_to_change(
    terminal: FlaskCliRunner, line: str, outcome: str
) -> None:
    first, second = typed(terminal, line), typed(terminal, line)
    assert (first.exit_code, first.output) == (0, f"{outcome}\n")
    assert (second.exit_code, second.output) == (0, f"nothing changed: {outcome}\n")


def test_turns_on_again(terminal: FlaskCliRunner, source: FlakySource) -> None:
    typed(terminal, "off reactions --cut")
    assert typed(terminal, "on reactions").output.startswith("reactions is on")
    assert source.feature(REACTIONS).enabled


def test_without_a_last_cohort_says_that_nobody_has_it(terminal: FlaskCliRunner) -> None:
    typed(terminal, "cohort reactions alpha off")
    assert typed(terminal, "cohort reactions staff off").output == "reactions is on, for nobody\n"


def test_lowering_drains_unless_told_to_cut(terminal: FlaskCliRunner, source: FlakySource) -> None:
    typed(terminal, "rollout reactions 40")
    assert source.feature(REACTIONS).closing is Closing.DRAIN
    typed(terminal, "rollout reactions 30 --cut")
    assert source.feature(REACTIONS).closing is Closing.CUT


def test_the_history_names_who_did_it(terminal: FlaskCliRunner, source: FlakySource) -> None:
    typed(terminal, "rollout reactions 40")
    typed(terminal, "rollout reactions 50 --as ana")
    assert [change.by for change in source.history(REACTIONS, 2)] == ["ana", getpass.getuser()]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("on teleport", "there is no feature 'teleport'; there are web-listening, web-speaking"),
        ("show teleport", "there is no feature 'teleport'"),
        ("rollout reactions 101", "a percentage is between 0 and 100, not 101"),
        ("cohort reactions gamma on", "there is no cohort 'gamma'; there are staff, alpha"),
    ],
)
def test_says_in_one_line_what_was_asked_wrongly(
    terminal: FlaskCliRunner, source: FlakySource, line: str, reason: str
) -> None:
    revision = source.revision()
    result = typed(terminal, line)
    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {reason}")
    assert result.output.count("\n") == 1
    assert source.revision() == revision


@pytest.mark.parametrize("line", ["off reactions", "rollout reactions much", "cohort reactions"])
def test_explains_a_command_that_lacks_something(
    terminal: FlaskCliRunner, source: FlakySource, line: str
) -> None:
    result = typed(terminal, line)
    assert result.exit_code == 2
    assert "Error:" in result.output
    assert source.feature(REACTIONS).enabled


@pytest.mark.parametrize("line", ["list", "on reactions", "show reactions"])
def test_says_that_no_server_has_ever_run(line: str) -> None:
    app = Flask("terminal")
    commands.init_app(app, EmbeddedSource(MemoryStore()), list, list)
    result = typed(app.test_cli_runner(), line)
    assert result.exit_code == 2
    assert result.output.startswith("Error: features are not set up yet")


def test_says_that_the_definitions_are_lost(terminal: FlaskCliRunner, source: FlakySource) -> None:
    source.store.lost = True
    for line in ("list", f"on {WEB_LISTENING}"):
        result = typed(terminal, line)
        assert result.exit_code == 1
        assert result.output == "Error: the definitions cannot be reached: lost on purpose\n"


class TestProtected:
    """What waits for a second person in the console is not done from here."""

    @pytest.fixture
    def terminal(self, source: FlakySource) -> FlaskCliRunner:
        app = Flask("terminal")
        commands.init_app(app, source, lambda: ["staff", "alpha", "beta"], lambda: {REACTIONS})
        return app.test_cli_runner()

    @pytest.mark.parametrize(
        "line",
        [
            "on reactions",
            "rollout reactions 30",
            "cohort reactions beta on",
            "cohort reactions alpha off",
        ],
    )
    def test_changes_are_refused(
        self, terminal: FlaskCliRunner, source: FlakySource, line: str
    ) -> None:
        result = typed(terminal, line)
        assert result.exit_code == 2
        assert "reactions: protected. Propose the change in the console" in result.output
        assert source.history(REACTIONS)[0].action == "seed"

    def test_turning_off_never_waits(self, terminal: FlaskCliRunner, source: FlakySource) -> None:
        assert typed(terminal, "off reactions --cut").exit_code == 0
        assert not source.feature(REACTIONS).enabled

    def test_others_are_free(self, terminal: FlaskCliRunner, source: FlakySource) -> None:
        assert typed(terminal, "rollout web-listening 30").exit_code == 0
        assert source.feature(WEB_LISTENING).rollout == 30

    def test_an_import_may_only_turn_it_off(
        self, terminal: FlaskCliRunner, source: FlakySource, tmp_path: Path
    ) -> None:
        file = tmp_path / "states.json"
        typed(terminal, f"export {file}")
        stored = file.read_text("utf-8")
        source.set_rollout(REACTIONS, 10, "Ben")
        refused = typed(terminal, f"import {file} --yes")
        assert (refused.exit_code, source.feature(REACTIONS).rollout) == (2, 10)
        source.set_rollout(REACTIONS, 100, "Ben")
        content = json.loads(stored)
        content["features"][REACTIONS]["enabled"] = False
        file.write_text(json.dumps(content), "utf-8")
        assert typed(terminal, f"import {file} --yes").exit_code == 0
        assert not source.feature(REACTIONS).enabled
