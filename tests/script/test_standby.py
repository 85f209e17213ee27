"""Another web process waits beside the one that serves, loaded, and takes over when that dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.harness.script_run import PATIENCE, Running, gone
from tests.harness.waits import until

pytestmark = pytest.mark.server


@pytest.fixture
def soundcheck(tmp_path: Path) -> Iterator[Running]:
    """Steady from its start on; it ends with everything that it has started."""
    with Running(tmp_path, "--no-demo", SOUNDCHECK_STEADY_SECONDS="0") as running:
        running.until_ready()
        yield running
        family = running.family()
        assert running.ctrl_c() == 0, running.said
        assert gone(family, patience=0)


def reserve(soundcheck: Running) -> psutil.Process:
    """The one that waits, or is about to."""
    until(lambda: soundcheck.reserve is not None, "a web process in reserve", PATIENCE)
    found = soundcheck.reserve
    assert found is not None
    return found


def test_takes_over_and_has_another_one_wait(soundcheck: Running) -> None:
    dead, follows = soundcheck.web, reserve(soundcheck)
    dead.kill()
    soundcheck.until("the web process ended .code -9.: another one takes over")
    soundcheck.until_all_is_there()
    assert soundcheck.web == follows
    assert reserve(soundcheck) not in (dead, follows)


def test_takes_over_also_when_its_turn_comes_before_it_has_loaded(soundcheck: Running) -> None:
    follows = reserve(soundcheck)
    follows.suspend()
    soundcheck.web.kill()
    soundcheck.until("another one takes over")
    follows.resume()
    soundcheck.until_all_is_there()
    assert soundcheck.web == follows


def test_is_missed_by_nobody_when_it_dies(soundcheck: Running) -> None:
    """Nor is another one begun, which might end like it: the next death costs a start."""
    serves, dead = soundcheck.web, reserve(soundcheck)
    dead.kill()
    soundcheck.until("the web process in reserve ended")
    assert soundcheck.get("/healthz")[0] == 200
    assert soundcheck.children("wsgi.py") == [serves]
    serves.kill()
    soundcheck.until("another one takes over")
    soundcheck.until_all_is_there()
    assert soundcheck.web not in (serves, dead)


def test_makes_way_for_newer_code(soundcheck: Running) -> None:
    """It is of the code as it was when it loaded: another web process loads, and takes over."""
    was, waited = soundcheck.web, reserve(soundcheck)
    soundcheck.exchange()
    assert gone([was, waited])
    soundcheck.until_all_is_there()
    assert soundcheck.web not in (was, waited)


def test_is_kept_only_where_a_death_would_not_be_the_end(tmp_path: Path) -> None:
    """Before that it would be in the way of a start: only the exchange has another one load."""
    with Running(tmp_path, "--no-demo", SOUNDCHECK_STEADY_SECONDS="3600") as soundcheck:
        web = soundcheck.until_ready().web
        soundcheck.exchange()
        seen: set[psutil.Process] = set()
        until(lambda: seen.update(soundcheck.children("--next")) or not web.is_running())
        assert len(seen) == 1
