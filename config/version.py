"""Which version of the app this is."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHOWN = 10
"""Letters of a commit's name that are told."""


@cache
def app_version(root: Path = ROOT) -> str:
    """ "0.1.0", and where the source is a git checkout the commit as well: "0.1.0+9e07fd8c2a".

    Read once, without git: a process goes on being what it was when it started.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    commit = _commit(root / ".git")
    return f"{project['version']}+{commit[:SHOWN]}" if commit else str(project["version"])


def _commit(git: Path) -> str | None:
    """The name of the commit that is checked out; None where that cannot be told."""
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref: "):
            return head
        ref = head.removeprefix("ref: ")
        if (git / ref).is_file():
            return (git / ref).read_text(encoding="ascii").strip()
        packed = (git / "packed-refs").read_text(encoding="ascii").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {ref}")), None)
    except OSError:
        return None
