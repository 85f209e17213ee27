"""One evaluation path: every decision is the Unleash engine's, asked for in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OURS = ("config", "flags", "media", "webapp")

ENGINE = {"flags/gate.py", "flags/yggdrasil_engine.py", "flags/sdk_shims.py"}
"""Who may know the SDK and its engine."""

ASKING = {"flags.gate.Gate", "flags.yggdrasil_engine", "flags.bulk_evaluator"}
"""What gives answers; that there is such a thing as a Decision, others may know."""

DECIDING = {"webapp/gating/service.py"}
"""Who may ask a gate, in the web app."""

USING = (
    "webapp/features/",
    "webapp/spaces/",
    "webapp/audio/webrtc/",
    "webapp/gating/",
    "webapp/realtime/",
)
"""What acts on decisions, and makes none."""

FORECASTS = ("webapp/console/", "webapp/qa/", "webapp/experiments/eligibility.py")
"""Say what would be answered, or was, and give nobody anything; ask the same gate."""

ELSEWHERE = {"webapp/qa/matrix/commands.py"}
"""Asks the same engine about other definitions than those that are served."""

CREDENTIALS = {"webapp/audio/webrtc/turn_credentials.py"}
"""Signs, and deals nothing out."""

WIRING = {"webapp/app/factory.py"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    files = [path for package in OURS for path in (ROOT / package).rglob("*.py")]
    for path in [*(file for file in files if "node_modules" not in file.parts), ROOT / "wsgi.py"]:
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def called(tree: ast.Module) -> set[str]:
    """The names of all methods and functions that are called."""
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    attributes = {f.attr for f in functions if isinstance(f, ast.Attribute)}
    return attributes | {f.id for f in functions if isinstance(f, ast.Name)}


def test_only_the_gate_knows_the_sdk() -> None:
    knowing = {
        path
        for path, tree in sources()
        if any(
            name.split(".")[0] in ("UnleashClient", "yggdrasil_engine") for name in imported(tree)
        )
    }
    assert knowing == ENGINE


def test_only_the_gate_asks_the_engine() -> None:
    questions = {"is_enabled", "get_variant", "check_enabled", "check_variant"}
    assert {path for path, tree in sources() if questions & called(tree)} == {"flags/gate.py"}


def test_the_web_app_asks_its_gate_in_one_place() -> None:
    knowing = {
        path for path, tree in sources() if path.startswith("webapp/") and imported(tree) & ASKING
    }
    assert {path for path in knowing if not path.startswith(FORECASTS)} == DECIDING | WIRING
    making = {path for path, tree in sources() if "Gate" in called(tree)}
    assert making == WIRING | ELSEWHERE


def test_only_gating_makes_a_persons_context() -> None:
    making = {path for path, tree in sources() if "context_of" in called(tree)}
    deciding = {path for path in making if path.startswith("webapp/")}
    assert {path for path in deciding if not path.startswith(FORECASTS)} == DECIDING


def test_no_variant_or_percentage_is_dealt_out_elsewhere() -> None:
    """A hash of a person's id anywhere else would be a second way to choose."""
    hashes = {"hashlib", "random", "mmh3", "zlib"}
    dealing = {
        path for path, tree in sources() if path.startswith(USING) and hashes & imported(tree)
    }
    assert dealing == CREDENTIALS
