"""Databases for figures: one of each kind, and what figures have said, to be compared."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from script.servers.postgres import PostgresServer
from webapp.infra.database import Database

PATIENCE = 20.0


@contextmanager
def postgresql_server(folder: Path) -> Iterator[str]:
    """A server of our own that lets people in: its address."""
    with PostgresServer(folder) as server:
        url = server.url().replace("postgres://", "postgresql+psycopg2://", 1)
        _wait_until_it_serves(url)
        yield url


def made(url: str, name: str) -> str:
    """The address of a new database of this name on a server."""
    db = Database(url)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    db.close()
    return url.rpartition("/")[0] + f"/{name}"


def rounded(told: Any) -> Any:
    """To nine digits: sums are added up in another order."""
    return json.loads(json.dumps(told), parse_float=lambda text: f"{float(text):.9g}")


def _wait_until_it_serves(url: str) -> None:
    """It takes connections a moment before it lets anybody in."""
    end = time.monotonic() + PATIENCE
    while True:
        db = Database(url)
        try:
            with db.reading() as db_session:
                db_session.execute(select(1))
        except OperationalError:
            assert time.monotonic() < end
        else:
            return
        finally:
            db.close()
