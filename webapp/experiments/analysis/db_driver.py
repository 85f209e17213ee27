"""A connection to the database by its driver alone: for the process that computes figures, which
would wait a third of a second for SQLAlchemy before it could ask anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

Address = str
"""How a driver reaches the database, as JSON. May hold a password."""

_NAMED = re.compile(r":(\w+)")


def address_of(database_url: str) -> Address:
    """The address behind an URL of SQLAlchemy's, which knows best what it means to a driver."""
    from sqlalchemy import make_url  # only where it has been imported in any case

    url = make_url(database_url)
    args, named = url.get_dialect()().create_connect_args(url)
    return json.dumps([url.get_backend_name(), list(args), named])


def is_sqlite(address: Address) -> bool:
    """Else it is a PostgreSQL."""
    return bool(json.loads(address)[0] == "sqlite")


class CannotCount(Exception):
    """The database did not answer. The text: what kind of error it was, and nothing of its own."""


class Connection:
    """One of a driver's. `settings` are SQL, and hold as long as it does. Raises CannotCount."""

    def __init__(self, address: Address, settings: Iterable[str] = ()) -> None:
        kind, args, named = json.loads(address)
        self._sqlite = kind == "sqlite"
        self._driver: Any = import_module("sqlite3" if self._sqlite else "psycopg2")
        try:
            self._connection = self._driver.connect(*args, **named)
            cursor = self._connection.cursor()
            for setting in settings:
                cursor.execute(setting)
            self._connection.commit()
        except self._driver.Error as error:
            raise CannotCount(type(error).__name__) from None

    def answers(self, statements: Iterable[str], given: Mapping[str, Any]) -> list[tuple]:
        """The rows of the last of these statements. What they have written is undone. Values from
        `given` go where a statement has their names, a colon before each."""
        try:
            cursor = self._connection.cursor()
            for statement in statements:
                cursor.execute(self._written(statement), given)
            rows: list[tuple] = cursor.fetchall()
            self._connection.rollback()
        except self._driver.Error as error:
            raise CannotCount(type(error).__name__) from None
        return rows

    def _written(self, statement: str) -> str:
        """As the driver has names: SQLite's like ours."""
        if self._sqlite:
            return statement
        return _NAMED.sub(r"%(\1)s", statement.replace("%", "%%"))
