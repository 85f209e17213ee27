"""Several processes of the product on one database: who may serve, and who migrates first."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from config.settings import REPOSITORY
from script.servers.janus import JanusServer
from tests.harness.databases import made, postgresql_server
from tests.harness.janus import janus
from tests.harness.server import RunningApp
from webapp.infra.database_lock import DatabaseLock, Purpose

pytestmark = pytest.mark.server

__all__ = ["janus"]

PATIENCE = 60.0
FIRST_STARTS = 10


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    else:
        with postgresql_server(tmp_path) as server:
            yield made(server, "shared")


def python(code: str, url: str, var: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=os.environ | {"SOUNDCHECK_DATABASE_URL": url, "SOUNDCHECK_VAR_FOLDER": str(var)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ten_first_starts_at_once_all_succeed(url: str, tmp_path: Path) -> None:
    starts = [
        python("from webapp.app.factory import create_app; create_app()", url, tmp_path / "var")
        for _ in range(FIRST_STARTS)
    ]
    ends = [(start.communicate(timeout=2 * PATIENCE)[1], start.returncode) for start in starts]
    assert [code for _, code in ends] == [0] * FIRST_STARTS, [said for said, code in ends if code]


def test_lock_is_held_by_one_process_and_free_after_its_death(url: str, tmp_path: Path) -> None:
    code = f"""
import sys
from webapp.infra.database_lock import DatabaseLock, Purpose
first, second = (DatabaseLock({url!r}, Purpose.SERVING) for _ in range(2))
assert first.take(0) and not second.take(0)
print("held", flush=True)
sys.stdin.read()
"""
    holding = python(code, url, tmp_path)
    assert holding.stdout is not None
    assert holding.stdout.readline() == "held\n"
    lock = DatabaseLock(url, Purpose.SERVING)
    assert not lock.take(0.2)
    other = DatabaseLock(url, Purpose.MIGRATING)
    assert other.take(0), "another purpose is another lock"
    other.release()
    holding.kill()
    holding.communicate()
    assert lock.take(PATIENCE)
    assert lock.keep()
    lock.release()


def test_second_web_process_on_a_database_is_refused(
    janus: JanusServer, url: str, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with RunningApp(janus, tmp_path / "one", database_url=url) as first:
        second = RunningApp(janus, tmp_path / "two", database_url=url)
        with pytest.raises(RuntimeError, match="another web process serves from this database"):
            second.start()
        assert second.log.read_text().count("\n") == 1
        second.stop()
        second._core.runtime.stop()
        second._core.db.close()
        assert first.person("Ada"), "commands go on beside it"
        first.stop()
        first.start()


def test_lock_that_postgresql_lost_is_taken_again(tmp_path: Path) -> None:
    with postgresql_server(tmp_path) as server:
        url = made(server, "shared")
        lock, other = (DatabaseLock(url, Purpose.SERVING) for _ in range(2))
        assert lock.take(0)
        end_connections(url)
        assert lock.keep(), "nobody has it"
        assert lock.keep(), "so it has it again"
        assert not other.take(0)
        end_connections(url)
        assert other.take(PATIENCE)
        lock.keep()
        assert not lock.keep()
        other.release()


def end_connections(url: str) -> None:
    """As a restart of PostgreSQL does."""
    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
