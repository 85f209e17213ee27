"""Benchmarks are run by hand, now and then: what is moved elsewhere must not leave them behind."""

from __future__ import annotations

import subprocess
import sys

import pytest

from config.settings import REPOSITORY

pytestmark = pytest.mark.server


def test_every_benchmark_can_be_started() -> None:
    files = sorted((REPOSITORY / "bench").rglob("*.py"))
    modules = [".".join(file.relative_to(REPOSITORY).with_suffix("").parts) for file in files]
    # In a process of their own: one of them changes the standard library when it is imported.
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(f"import {module}" for module in modules)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
