"""How the process that computes figures reaches the database, without SQLAlchemy."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.databases import postgresql_server
from webapp.experiments.analysis.db_driver import CannotCount, Connection, address_of
from webapp.experiments.analysis.job import PROGRAM

pytestmark = pytest.mark.server

SLOW = ("sqlalchemy", "flask", "numpy", "scipy")


def test_what_is_slow_to_import_keeps_no_question_waiting() -> None:
    """As `worker.py` imports it, up to the first question."""
    code = f"""if True:
        import sys
        sys.path[0] = {str(PROGRAM.parents[3])!r}
        from types import ModuleType
        bare = ModuleType("webapp")
        bare.__path__ = [{str(PROGRAM.parents[2])!r}]
        sys.modules["webapp"] = bare
        import webapp.experiments.analysis.computation
        print(*[name for name in {SLOW} if name in sys.modules])"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []


def test_an_address_is_what_sqlalchemy_makes_of_it(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a b.sqlite3") as db:
        db.execute("CREATE TABLE kept (number INTEGER)")
    db.close()
    address = address_of(f"sqlite:///{tmp_path / 'a b.sqlite3'}")
    statement = "SELECT 1 FROM kept UNION ALL SELECT :number + 1"
    assert Connection(address).answers([statement], {"number": 4, "other": 0}) == [(5,)]
    kind, args, named = json.loads(address_of("postgresql+psycopg2://me:p%40s@there:5433/sounds"))
    assert (kind, args) == ("postgresql", [])
    expected = {"host": "there", "port": 5433, "user": "me", "password": "p@s", "dbname": "sounds"}
    assert named == expected


def test_postgresql_is_asked_by_the_same_names(tmp_path: Path) -> None:
    with postgresql_server(tmp_path) as url:
        connection = Connection(address_of(url), ["SET work_mem = '1234kB'"])
        statements = [
            "CREATE TEMP TABLE gone (number INTEGER)",
            "SELECT :number + 1, current_setting('work_mem'), 'a' LIKE '%a'",
        ]
        for _ in range(2):  # what the first has made is undone, what was set holds
            found = connection.answers(statements, {"number": 4, "other": 0})
            assert found == [(5, "1234kB", True)]
        with pytest.raises(CannotCount, match=r"^UndefinedTable$"):
            connection.answers(["SELECT 'a name' FROM nowhere"], {})


def test_who_does_not_answer_is_told_by_the_kind_of_error_alone(tmp_path: Path) -> None:
    with pytest.raises(CannotCount, match=r"^OperationalError$"):
        Connection(address_of("postgresql+psycopg2://me:secret@127.0.0.1:1/sounds"))
    with pytest.raises(CannotCount, match=r"^OperationalError$"):
        Connection(address_of(f"sqlite:///{tmp_path / 'nowhere' / 'at.all'}"))
