"""Both process models under one contract: threads here, eventlet's hub in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.webapp.contract_runtime import PROMISES
from webapp.runtime import ThreadRuntime

ROOT = Path(__file__).resolve().parents[2]

SERVING = """
import os
os.environ["EVENTLET_HUB"] = "asyncio"
import warnings
warnings.filterwarnings("ignore", message=r"\\s*Eventlet is deprecated")
import eventlet
eventlet.monkey_patch()
from tests.webapp.contract_runtime import keep_all
from webapp.runtime import EventletRuntime
keep_all(EventletRuntime())
"""


@pytest.mark.contract
def test_threads() -> None:
    runtime = ThreadRuntime()
    for promise in PROMISES:
        promise(runtime)


@pytest.mark.contract
def test_eventlet() -> None:
    """As wsgi.py begins: hub and patching before any other import."""
    ended = subprocess.run(
        [sys.executable, "-c", SERVING], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    raised_for_somebody = ended.stderr.split("background work failed")[0]
    assert "Traceback" not in raised_for_somebody, raised_for_somebody
    assert ended.stdout.split() == [promise.__name__ for promise in PROMISES]
