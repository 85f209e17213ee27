"""Every package that is imported is declared, and every one that is installed is locked."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

from config.settings import REPOSITORY

pytestmark = pytest.mark.server

OURS = {"bench", "config", "flags", "media", "script", "tests", "webapp", "wsgi"}
PRODUCT = ("config", "flags", "media", "script", "webapp", "wsgi.py")
LISTS = ("requirements", "requirements-dev", "requirements-oracle", "requirements-installer")

PINNED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(*files: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in files:
        text = (REPOSITORY / file).read_text("utf-8")
        found |= {canonical(name): version for name, version in PINNED.findall(text)}
    return found


def sources(tops: Iterable[str]) -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={REPOSITORY}", "ls-files", "--", *tops],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return (REPOSITORY / name for name in listed.stdout.split() if name.endswith(".py"))


def imported(tops: Iterable[str]) -> set[str]:
    """The packages of others that these files import, by the name of their distribution."""
    modules: set[str] = set()
    for path in sources(tops):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                modules.add(node.module.split(".")[0])
    others = modules - OURS - set(sys.stdlib_module_names)
    distributions = packages_distributions()
    return {canonical(distributions[name][0]) for name in others if name in distributions}


def test_product_declares_what_it_imports() -> None:
    assert imported(PRODUCT) - set(pinned("requirements.txt")) == set()


def test_tests_and_benchmarks_declare_what_they_import() -> None:
    declared = pinned("requirements.txt", "requirements-dev.txt", "requirements-oracle.txt")
    assert imported(("tests", "bench")) - set(declared) == set()


@pytest.mark.parametrize("name", LISTS)
def test_lock_has_what_is_declared_with_hashes_and_no_address(name: str) -> None:
    declared, locked = pinned(f"{name}.txt"), pinned(f"{name}.lock")
    assert declared.items() <= locked.items() or name == "requirements-dev"
    text = (REPOSITORY / f"{name}.lock").read_text("utf-8")
    assert "://" not in text
    assert "--index" not in text
    entries = re.split(r"\n(?=[\w.-]+==)", text.strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_lock_for_development_is_that_for_running_and_more() -> None:
    assert pinned("requirements.lock").items() <= pinned("requirements-dev.lock").items()


def test_lock_has_all_that_its_packages_bring() -> None:
    locked = pinned("requirements.lock")
    missing = set()
    for name in locked:
        try:
            brought = requires(name) or []
        except ModuleNotFoundError:
            continue  # for another system
        for line in brought:
            if ";" not in line:
                needed = canonical(re.match(r"[\w.-]+", line)[0])  # type: ignore[index]
                missing |= {needed} - set(locked)
    assert missing == set()
