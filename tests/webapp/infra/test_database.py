"""SQLite while others want it too."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from webapp.infra import database as db
from webapp.infra.database import Database


def test_a_new_file_that_another_process_holds_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "app.db"
    other = sqlite3.connect(file)
    other.execute("BEGIN EXCLUSIVE")
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        other.rollback()

    monkeypatch.setattr(db.time, "sleep", wait)
    database = Database(f"sqlite:///{file}")
    with database.reading() as db_session:
        assert db_session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    assert waited
    database.close()
    other.close()


def written(database: Database, number: int) -> None:
    """Some two megabytes: more than SQLite would leave in its log."""
    with database.session() as db_session:
        db_session.execute(text("CREATE TABLE IF NOT EXISTS some (content BLOB)"))
        db_session.execute(text("INSERT INTO some VALUES (zeroblob(:size))"), {"size": number})


def test_what_is_written_is_taken_over_by_whoever_is_told_to(tmp_path: Path) -> None:
    file, told = tmp_path / "app.db", list[Callable[[], object]]()
    database = Database(f"sqlite:///{file}")
    with database.reading() as db_session:
        db_session.execute(text("SELECT 1"))  # a connection from before
    database.checkpoint_by(lambda _seconds, work: told.append(work))
    for _ in range(3):
        written(database, 8_000_000)
    assert file.stat().st_size < 1_000_000, "whoever writes does not wait for that"
    [work] = told
    with database.session() as db_session:  # writing goes on meanwhile
        db_session.execute(text("DELETE FROM some WHERE 0"))
        work()
    assert file.stat().st_size > 24_000_000
    log = tmp_path / "app.db-wal"
    before = log.stat().st_size
    written(database, 8_000_000)
    assert log.stat().st_size == before, "and the log begins anew"
    database.close()


def test_a_file_that_has_gone_is_not_made_again(tmp_path: Path) -> None:
    told = list[Callable[[], object]]()
    Database(f"sqlite:///{tmp_path}/none.db").checkpoint_by(lambda _, work: told.append(work))
    told[0]()
    assert list(tmp_path.iterdir()) == []


def test_other_databases_do_it_themselves() -> None:
    told = list[object]()
    Database("sqlite://").checkpoint_by(lambda *given: told.append(given))
    assert told == []
