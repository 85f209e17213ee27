from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.factories import House
from webapp.accounts import open_to_strangers
from webapp.infra import log_redaction
from webapp.infra.log_redaction import Redact, redact

TOKENS = st.text(st.sampled_from("abcXYZ019-_."), min_size=1)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logging is the process's: other tests find it as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


WAYS_IN = (
    *("/i/", "/sign-in/", "http://127.0.0.1:5000/sign-in/"),
    *("/qa/preview/", "/hooks/unleash/", "/hls/a-b_c1/"),
)


@given(TOKENS, st.sampled_from(WAYS_IN))
def test_tokens_are_taken_out_of_addresses(token: str, way_in: str) -> None:
    line = f'203.0.113.7 "GET {way_in}{token} HTTP/1.1" 200'
    assert redact(line) == f'203.0.113.7 "GET {way_in}… HTTP/1.1" 200'


@pytest.mark.parametrize("line", ["GET /sign-in HTTP/1.1", "GET / HTTP/1.1", "GET /static/i/x.css"])
def test_other_addresses_stay(line: str) -> None:
    assert redact(line) == line or "/i/" in line


def test_line_of_any_library_is_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    log_redaction.init_app()
    logging.getLogger("eventlet.wsgi.server").warning("GET /i/%s", "the-token")
    logging.getLogger("some.library").warning("GET /sign-in/the-token?x=1 %s", "done")
    written = capsys.readouterr().err
    assert "the-token" not in written
    assert "GET /i/…" in written
    assert "GET /sign-in/…?x=1 done" in written


def test_levels(capsys: pytest.CaptureFixture[str]) -> None:
    log_redaction.init_app("INFO")
    logging.getLogger("janus_client").info("everything, with the secret")
    logging.getLogger("webapp.anything").info("ours")
    logging.getLogger("webapp.anything").debug("detail")
    written = capsys.readouterr().err
    assert "secret" not in written
    assert "INFO webapp.anything: ours" in written
    assert "detail" not in written


def test_called_twice_writes_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        log_redaction.init_app()
    logging.getLogger("webapp").warning("once")
    assert capsys.readouterr().err.count("once") == 1


def test_fault_of_ours_is_logged_without_the_token(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:
            handler.setStream(sys.stderr)
    house.app.view_functions["accounts.invitation"] = broken
    house.app.config["PROPAGATE_EXCEPTIONS"] = False
    assert house.stranger().get("/i/the-token").status_code == 500
    written = capsys.readouterr().err
    assert "Exception on /i/…" in written
    assert "the-token" not in written


@open_to_strangers
def broken(token: str) -> str:
    raise ZeroDivisionError


def test_filter_keeps_the_line() -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "%s %d", ("a", 1), None)
    assert Redact().filter(record)
    assert record.getMessage() == "a 1"
