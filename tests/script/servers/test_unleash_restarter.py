"""What keeps an Unleash server running: here with a program in its place that starts at once."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from script.servers.process import end
from script.servers.unleash import UnleashServer, UnleashWillNotStart
from script.servers.unleash_restarter import KeptUnleash
from tests.harness.waits import PATIENCE, until

pytestmark = pytest.mark.server


class Program(UnleashServer):
    """Refuses to start as often as told, begins when it `may_begin`, and takes until `may_answer`.
    `held` stands for its database: that goes with `stop` alone, and nothing starts beside it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.refusals = 0
        self.starts = 0
        self.asked_to_end = 0
        self.held = False
        self.may_begin, self.may_answer = threading.Event(), threading.Event()
        self.may_begin.set()
        self.may_answer.set()

    @property
    def alive(self) -> bool:
        return self.pid is not None

    def start(self) -> None:
        self.starts += 1
        if self.refusals:
            self.refusals -= 1
            raise UnleashWillNotStart("Not now.")
        assert not self.held, "its database runs still"
        self.held = True
        self.may_begin.wait(PATIENCE)
        self._process = subprocess.Popen(["setpriv", "--pdeathsig=TERM", "--", "sleep", "600"])
        while not self.may_answer.wait(0.01):
            if self.pid is None:
                self.stop()
                raise UnleashWillNotStart("It ended as it started.")

    def stop_server(self) -> None:
        self.asked_to_end += 1
        end(self._process, 10)
        self._process = None

    def stop(self) -> None:
        self.stop_server()
        self.held = False

    def dies(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def kept(program: Program, said: list[str]) -> KeptUnleash:
    return KeptUnleash(program, said.append, again_seconds=0.01)


def stopping(kept: KeptUnleash) -> threading.Thread:
    ending = threading.Thread(target=kept.stop, daemon=True)
    ending.start()
    return ending


def has_ended(thread: threading.Thread) -> bool:
    thread.join(PATIENCE)
    return not thread.is_alive()


def test_what_does_not_start_says_why(kept: KeptUnleash, program: Program) -> None:
    program.refusals = 1
    with pytest.raises(UnleashWillNotStart, match="Not now"):
        kept.start()
    kept.stop()
    assert not program.alive


def test_it_is_started_again_until_it_runs(
    kept: KeptUnleash, program: Program, said: list[str]
) -> None:
    kept.start()
    program.refusals = 2
    program.dies()
    kept.look()
    until(lambda: program.starts == 4 and program.alive, "the fourth start")
    assert sum("goes on without it" in line for line in said) == 2
    kept.stop()
    assert (program.alive, program.held) == (False, False)


def test_another_childs_end_is_not_its_own(
    kept: KeptUnleash, program: Program, said: list[str]
) -> None:
    kept.start()
    pid = program.pid
    kept.look()
    program.dies()
    kept.look()
    until(lambda: program.pid not in (None, pid), "another one")
    assert len(said) == 1
    kept.stop()


def test_nobody_waits_for_one_that_is_slow_and_it_ends_all_the_same(
    kept: KeptUnleash, program: Program, said: list[str]
) -> None:
    kept.start()
    program.may_answer.clear()
    program.dies()
    kept.look()
    until(lambda: program.starts == 2 and program.pid is not None, "the second start")
    assert has_ended(stopping(kept))
    assert (program.alive, program.held) == (False, False)
    assert len(said) == 1, "nothing of one that was to end"


def test_one_that_comes_after_the_end_was_asked_for_ends_too(
    kept: KeptUnleash, program: Program
) -> None:
    """Its database starts before it: then there is no process yet that could be ended."""
    kept.start()
    program.may_begin.clear()
    program.may_answer.clear()
    program.dies()
    kept.look()
    until(lambda: program.starts == 2, "the second start")
    before = program.asked_to_end
    ending = stopping(kept)
    until(lambda: program.asked_to_end >= before + 2, "the end, asked for again and again")
    program.may_begin.set()
    assert has_ended(ending)
    assert (program.alive, program.held) == (False, False)
