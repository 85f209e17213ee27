"""SQLite while others want it too."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from webapp import db
from webapp.db import Database


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
