"""`flask flags export` and `import`, between two sources without a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from flags.catalogue import CATALOGUE, REACTIONS, WEB_HOSTING
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import Closing, Source
from flags.sources.memory import MemoryStore
from tests.flags.sources.contract_source import chosen, wanted
from tests.harness.flags import seeded_source
from webapp.feature_flags import commands


def typed(source: Source, *words: str, answer: str | None = None) -> Result:
    app = Flask("terminal")
    commands.init_app(app, source, lambda: ["staff", "alpha", "beta"], list)
    return app.test_cli_runner().invoke(args=["flags", *words], input=answer)


@pytest.fixture
def edited() -> EmbeddedSource:
    source = seeded_source()
    source.put(wanted(), "product")
    source.turn_off(WEB_HOSTING, Closing.CUT, "product")
    return source


@pytest.fixture
def file(edited: EmbeddedSource, tmp_path: Path) -> str:
    at = str(tmp_path / "states.json")
    assert typed(edited, "export", at).exit_code == 0
    return at


def test_a_plan_first_then_the_change_then_nothing(edited: EmbeddedSource, file: str) -> None:
    target = seeded_source()
    revision = target.revision()
    told = typed(target, "import", file, "--dry-run")
    assert told.exit_code == 0
    assert told.output.splitlines() == [
        "web-hosting",
        "  on: yes -> no",
        "  closing: drain -> cut",
        "reactions",
        "  on: yes -> no",
        "  percentage: 100 -> 40",
        '  cohorts: ["alpha", "staff"] -> ["beta", "friends"]',
        '  variants: {"tray": 500, "tapback": 500} -> {"tray": 100, "tapback": 900}',
        '  constraints: [] -> [{"contextName": "country", "operator": "IN", "values": ["FR"]}]',
        "  closing: drain -> cut",
    ]
    assert typed(target, "import", file, answer="n\n").exit_code == 1
    assert target.revision() == revision
    done = typed(target, "import", file, "--as", "ana", answer="y\n")
    assert done.output.endswith("changed: web-hosting, reactions\n")
    assert {change.by for change in target.history(limit=2)} == {"ana"}
    before = [{**chosen(state), "cohorts": sorted(state.cohorts)} for state in edited.features()]
    after = [{**chosen(state), "cohorts": sorted(state.cohorts)} for state in target.features()]
    assert after == before
    assert typed(target, "import", file).output == "nothing to change\n"


def test_into_a_source_without_features(file: str) -> None:
    target = EmbeddedSource(MemoryStore())
    result = typed(target, "import", file, "--yes")
    assert result.exit_code == 0
    assert result.output.startswith("web-listening (new)\n  on: yes\n")
    assert [state.key for state in target.features()] == list(CATALOGUE)
    assert target.feature(REACTIONS).rollout == 40


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("no JSON", "this is not a file that `flags export` has written"),
        ("[]", "this is not a file that `flags export` has written"),
        ({"format": "another"}, "its format is not"),
        ({"features": {"teleport": {}}}, "there is no feature teleport"),
        ({"features": {REACTIONS: {"enabled": True}}}, "reactions: this makes no sense"),
        ({"features": {REACTIONS: []}}, "reactions: this makes no sense"),
        ({"features": {REACTIONS: {"owner": "me"}}}, "reactions: nothing is known of owner"),
    ],
)
def test_refuses_what_it_has_not_written(tmp_path: Path, content: object, reason: str) -> None:
    file = tmp_path / "states.json"
    whole = {"format": "soundcheck features 1"}
    text = json.dumps(whole | content) if isinstance(content, dict) else str(content)
    file.write_text(text, encoding="utf-8")
    source = seeded_source()
    revision = source.revision()
    result = typed(source, "import", str(file), "--yes")
    assert (result.exit_code, source.revision()) == (2, revision)
    assert result.output.startswith(f"Error: {reason}")
    assert result.output.count("\n") == 1
