"""Whose sessions they are, how many, and how fast: with a clock in the test's hands."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from webapp.http import engineio_sessions
from webapp.http.engineio_sessions import (
    HANDSHAKE_BURST,
    MAX_SESSIONS,
    MAX_SESSIONS_OF_A_PERSON,
    OWNER,
    SocketSessions,
)
from webapp.http.errors import ErrorCode
from webapp.http.rejection_counters import Refusals
from webapp.infra.log_redaction import LINES_A_MINUTE, TRACEBACKS_A_MINUTE, RateLimit
from webapp.infra.rate_limit import TokenBucket

ADA, BO = ("ada", "login-1"), ("bo", "login-2")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Engine:
    """An Engine.IO server of which only the sessions are there."""

    def __init__(self) -> None:
        self.sockets: dict[str, Any] = {}
        self.handlers = {"connect": lambda _sid, _environ: None, "disconnect": lambda *_: None}

    def open(self, sid: str, owner: tuple[str, str]) -> None:
        self.sockets[sid] = SimpleNamespace()
        self.handlers["connect"](sid, {OWNER: owner})

    def close(self, sid: str) -> None:
        self.handlers["disconnect"](sid, "gone")
        del self.sockets[sid]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def sessions(clock: Clock, engine: Engine) -> SocketSessions:
    sessions = SocketSessions(clock=clock)
    sessions.follow(engine)
    return sessions


def test_bucket_makes_one_wait_for_what_is_taken_on_credit(clock: Clock) -> None:
    bucket = TokenBucket(10, 2)
    assert bucket.take(10, clock()) == 0
    assert bucket.take(4, clock()) == 2
    clock.now += 2
    assert bucket.take(1, clock()) == 0.5
    clock.now += 100
    assert bucket.is_full(clock())
    assert bucket.take(11, clock()) == 0.5


def test_session_is_of_the_login_that_opened_it(sessions: SocketSessions, engine: Engine) -> None:
    engine.open("s", ADA)
    assert sessions.is_owned("s", ADA)
    assert not sessions.is_owned("s", BO)
    assert not sessions.is_owned("s", ("ada", "another device"))
    assert not sessions.is_owned("t", ADA)


def test_person_may_open_another_session_when_one_has_closed(
    sessions: SocketSessions, engine: Engine
) -> None:
    for number in range(MAX_SESSIONS_OF_A_PERSON):
        assert sessions.refuses_handshake(ADA) is None
        engine.open(str(number), ADA)
    assert sessions.refuses_handshake(ADA) is ErrorCode.TOO_MANY
    assert sessions.refuses_handshake(BO) is None
    engine.close("0")
    assert sessions.refuses_handshake(ADA) is None


def test_handshakes_are_refused_until_there_are_tokens(
    sessions: SocketSessions, clock: Clock
) -> None:
    assert [sessions.refuses_handshake(ADA) for _ in range(HANDSHAKE_BURST)] == [
        None
    ] * HANDSHAKE_BURST
    assert sessions.refuses_handshake(ADA) is ErrorCode.TOO_MANY
    clock.now += 1
    assert sessions.refuses_handshake(ADA) is None


def test_process_has_so_many_sessions(sessions: SocketSessions, engine: Engine) -> None:
    engine.sockets.update((str(number), None) for number in range(MAX_SESSIONS))
    assert sessions.refuses_handshake(ADA) is ErrorCode.TRY_AGAIN


def test_quota_that_nobody_uses_is_thrown_away(
    sessions: SocketSessions, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engineio_sessions, "SWEEP_AT", 2)
    monkeypatch.setattr(sessions, "_sweep_at", 2)
    engine.open("s", ADA)
    sessions.refuses_handshake(BO)
    clock.now += 3600
    sessions.refuses_handshake(("cy", "login-3"))
    assert set(sessions._quotas) == {"ada", "cy"}


def test_refusals_are_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    refusals = Refusals()
    for _ in range(5000):
        refusals.count("unknown_event", "p1")
    refusals.count("malformed_packet", "p2")
    refusals.count("bad_request")
    refusals.report()
    refusals.report()
    (line,) = [record.getMessage() for record in caplog.records]
    assert "5000 unknown_event, 1 malformed_packet, 1 bad_request" in line
    assert line.endswith("most by p1 (5000), p2 (1)")
    assert refusals.totals["unknown_event"] == 5000


def record(name: str = "webapp", exc_info: Any = None) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "x.py", 7, "it %s", ("failed",), exc_info)


def test_one_place_logs_so_many_lines_a_minute_and_says_what_it_left_out(clock: Clock) -> None:
    limit = RateLimit(clock)
    assert sum(limit.filter(record()) for _ in range(LINES_A_MINUTE + 50)) == LINES_A_MINUTE
    clock.now += 60
    after = record()
    assert limit.filter(after)
    assert after.getMessage() == "it failed (50 like it were left out)"


def test_tracebacks_are_fewer_and_none_for_what_a_client_sent(clock: Clock) -> None:
    limit = RateLimit(clock)
    error = (ValueError, ValueError(), None)
    passed = sum(limit.filter(record(exc_info=error)) for _ in range(100))
    assert passed == TRACEBACKS_A_MINUTE
    theirs = record("engineio.server", error)
    RateLimit(clock).filter(theirs)
    assert theirs.exc_info is None
