"""The version of the app: what the project says, and the commit where there is a checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.version import app_version

COMMIT = "9e07fd8c2a" + "0" * 30
REF = "refs/heads/main"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.2.3"\n')
    return tmp_path


def git(root: Path, **files: str) -> None:
    for name, text in files.items():
        file = root / ".git" / name.replace("__", "/").replace("packed_refs", "packed-refs")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def test_without_a_checkout(root: Path) -> None:
    assert app_version(root) == "1.2.3"


def test_on_a_branch(root: Path) -> None:
    git(root, HEAD=f"ref: {REF}\n", refs__heads__main=f"{COMMIT}\n")
    assert app_version(root) == "1.2.3+9e07fd8c2a"


def test_on_a_branch_that_is_packed(root: Path) -> None:
    git(root, HEAD=f"ref: {REF}\n", packed_refs=f"# pack-refs\n{COMMIT} {REF}\n")
    assert app_version(root) == "1.2.3+9e07fd8c2a"


def test_on_a_commit_alone(root: Path) -> None:
    git(root, HEAD=f"{COMMIT}\n")
    assert app_version(root) == "1.2.3+9e07fd8c2a"


def test_on_a_branch_without_a_commit(root: Path) -> None:
    git(root, HEAD=f"ref: {REF}\n", packed_refs="# pack-refs\n")
    assert app_version(root) == "1.2.3"


def test_where_the_checkout_is_elsewhere(root: Path) -> None:
    (root / ".git").write_text("gitdir: /elsewhere\n")
    assert app_version(root) == "1.2.3"
