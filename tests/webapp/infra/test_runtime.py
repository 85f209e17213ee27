"""Both process models under one contract: threads here, eventlet's hub in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.webapp.infra.contract_runtime import PROMISES
from webapp.infra.runtime import ThreadRuntime

ROOT = Path(__file__).resolve().parents[3]

SERVING = """
import os
os.environ["EVENTLET_HUB"] = "asyncio"
import warnings
warnings.filterwarnings("ignore", message=r"\\s*Eventlet is deprecated")
import eventlet
eventlet.monkey_patch()
from tests.webapp.infra.contract_runtime import keep_all
from webapp.infra.runtime import EventletRuntime
keep_all(EventletRuntime())
"""

ANSWERING = SERVING.replace(
    "keep_all(EventletRuntime())",
    """
import socket
import time
from webapp.infra.cooperative import PAUSE_SECONDS, give_way
runtime = EventletRuntime()
done = []

def step():
    # As long as a pause: the next step is not before the pause is over.
    end = time.perf_counter() + 2 * PAUSE_SECONDS
    while time.perf_counter() < end:
        pass

def question():
    there.recv(1)
    step()
    runtime.spawn(lambda: (step(), runtime.spawn(lambda: (step(), done.append("answer")))))

def work(name):
    for number in range(3):
        done.append(name)
        give_way()

here, there = socket.socketpair()
answering = eventlet.spawn(question)
give_way()
here.send(b"x")
give_way()
assert done == ["answer"], done
works = [eventlet.spawn(work, name) for name in ("one", "other")]
for each in works:
    each.wait()
assert done[1:] == ["one", "other"] * 3, done
""",
)


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


@pytest.mark.contract
def test_an_answer_comes_before_another_slice_of_long_work() -> None:
    """From what has arrived at a socket to the last of the greenlets that make an answer of it;
    and long works take turns."""
    ended = subprocess.run(
        [sys.executable, "-c", ANSWERING], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
