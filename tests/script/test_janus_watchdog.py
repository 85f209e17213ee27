"""When a Janus that runs is of no use."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from media.errors import JanusRefused, JanusTimeout
from media.janus.health import Health
from script.janus_watchdog import Address, JanusWatch

pytestmark = pytest.mark.server

WELL = Health()
SILENT = Health(silent=("janus.plugin.audiobridge",))


@pytest.fixture
def busy() -> Iterator[Address]:
    """A process that takes a whole core, or what it gets of it."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield Address(process.pid, "", "", "")
        process.kill()


def watch(*answers: Health | Exception, interval: float = 60.0) -> JanusWatch:
    """Asks nobody, but gets these answers, one after the other."""
    coming = iter(answers)

    def ask(_: Address) -> Health:
        answer = next(coming)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return JanusWatch(lambda: None, ask, interval)


def looked(watched: JanusWatch, janus: Address, times: int) -> str | None:
    for _ in range(times):
        watched.look(janus)
    return watched.fault(janus.pid)


@pytest.mark.parametrize("failure", [SILENT, JanusTimeout("late"), JanusRefused(490, "no")])
def test_second_failure_in_a_row_is_a_fault(failure: Health | Exception, busy: Address) -> None:
    watched = watch(failure, failure)
    assert looked(watched, busy, 1) is None
    fault = looked(watched, busy, 1)
    assert fault is not None
    assert "2 times in a row" in fault


def test_single_failure_is_none(busy: Address) -> None:
    assert looked(watch(SILENT, WELL, SILENT, WELL), busy, 4) is None


def test_failure_of_the_janus_before_counts_for_that_one_only(busy: Address) -> None:
    watched = watch(SILENT, SILENT, WELL)
    before = Address(1, "", "", "")
    assert looked(watched, before, 1) is None
    assert looked(watched, busy, 1) is None
    watched = watch(SILENT, SILENT, WELL)
    assert looked(watched, before, 2) is not None
    assert watched.fault(busy.pid) is None


def until_used(janus: Address, watched: JanusWatch) -> None:
    """Waits until the process has taken the CPU time that the watch looks for."""
    process = psutil.Process(janus.pid)
    start = sum(process.cpu_times()[:2])
    while sum(process.cpu_times()[:2]) - start < 0.5:
        assert process.is_running()
    watched.look(janus)


def test_core_that_burns_with_nobody_there_is_a_fault(busy: Address) -> None:
    watched = watch(WELL, WELL, WELL, interval=0.1)
    watched.look(busy)
    until_used(busy, watched)
    assert watched.fault(busy.pid) is None
    until_used(busy, watched)
    fault = watched.fault(busy.pid)
    assert fault is not None
    assert "of a core with nobody there" in fault


def test_core_that_burns_with_people_there_is_none(busy: Address) -> None:
    people = Health(mixes=2)
    watched = watch(people, people, people, interval=0.1)
    watched.look(busy)
    until_used(busy, watched)
    until_used(busy, watched)
    assert watched.fault(busy.pid) is None
