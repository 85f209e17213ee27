"""Documents that must not fall behind."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from config.settings import REPOSITORY

pytestmark = pytest.mark.server

DECISIONS = REPOSITORY / "docs" / "decisions"


def test_every_decision_is_in_the_index() -> None:
    listed = re.findall(r"\]\((.+\.md)\)", (DECISIONS / "README.md").read_text("utf-8"))
    pages = sorted(page.name for page in DECISIONS.glob("*.md") if page.name != "README.md")
    assert sorted(listed) == pages


def test_no_link_between_documents_is_dead() -> None:
    tracked = subprocess.check_output(
        ["git", "-c", f"safe.directory={REPOSITORY}", "ls-files", "*.md"],
        cwd=REPOSITORY,
        text=True,
    ).splitlines()
    dead = [
        f"{name}: {target}"
        for name in tracked
        for target in _links(REPOSITORY / name)
        if not ((REPOSITORY / name).parent / target).exists()
    ]
    assert dead == []


def _links(page: Path) -> list[str]:
    found = re.findall(r"\]\(([^)#]+)", page.read_text("utf-8"))
    return [target for target in found if "://" not in target]
