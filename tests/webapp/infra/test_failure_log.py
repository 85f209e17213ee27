"""What fails again and again: one line a minute in the log."""

from __future__ import annotations

import logging
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from tests.harness.house import House
from webapp.infra import database
from webapp.infra.failure_log import INTERVAL_SECONDS, FailureLog
from webapp.infra.runtime import _logged

LOCKED = OperationalError("UPDATE people", {}, sqlite3.OperationalError("database is locked"))


class Now:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def failures(now: Now) -> FailureLog:
    return FailureLog(logging.getLogger("test"), now)


def test_one_line_a_minute_says_how_often(
    failures: FailureLog, now: Now, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(100):
        failures.note("looking failed", LOCKED)
    now.at += INTERVAL_SECONDS
    failures.note("looking failed", LOCKED)
    first, second = caplog.messages
    assert first == "looking failed: OperationalError: database is locked"
    assert second == f"{first}, and 99 times before"
    assert not any(record.exc_info for record in caplog.records)


def test_works_are_told_apart_and_faults_of_ours_have_a_traceback(
    failures: FailureLog, caplog: pytest.LogCaptureFixture
) -> None:
    for work in ("looking", "sweeping"):
        failures.note(work, LOCKED)
        for _ in range(3):
            failures.note(work, KeyError(work))
    assert [bool(record.exc_info) for record in caplog.records] == [False, True, False, True]


def test_no_periodic_job_fills_the_log_while_the_database_is_locked(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    host, slug = house.space()
    speaker = house.on_stage(host, house.guest("Tomas"), slug)
    listener = house.listening(house.guest("Lou", "beta"), slug)
    for tab in (host, speaker, listener):
        tab.close()
    house.clock.go_on(minutes=10)
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.0)
    other = sqlite3.connect(house.folder / "soundcheck.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    caplog.clear()
    try:
        for _ in range(3):
            for work in house.runtime._periodic:
                _logged(work)
                house.clock.go_on(seconds=1)
    finally:
        other.execute("ROLLBACK")
        other.close()
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert any("Succession.look" in record.getMessage() for record in told)
    assert [record.getMessage() for record in told if record.exc_info] == []
    lines = [record.getMessage() for record in told]
    assert len(lines) == len(set(lines)), "each says so once"
    assert not any("\n" in line for line in lines)
