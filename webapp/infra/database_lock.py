"""Locks on the database as a whole: who serves from it, and who migrates it.

On PostgreSQL an advisory lock of a session, on SQLite a lock on a file beside the database: both
end with the process that has them, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

HANDOVER_SECONDS = 3.0
"""How long the process before may take to be gone: PostgreSQL notices its end after a moment."""

MIGRATION_SECONDS = 120.0
"""How long a start waits for another one that migrates."""

POLL_SECONDS = 0.05

KEEPALIVES = (
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"
)
"""A machine that vanished keeps its lock until PostgreSQL finds out."""

REFUSAL = (
    "another web process serves from this database: end that one first, or set "
    "SOUNDCHECK_DATABASE_URL to another database."
)


class Purpose(Enum):
    """What a lock is for: its number among PostgreSQL's advisory locks of this database."""

    SERVING = 0x536F756E_00000001
    MIGRATING = 0x536F756E_00000002


class DatabaseLock:
    """One lock. `url` is an SQLAlchemy URL; nothing is locked for SQLite in memory."""

    def __init__(self, url: str, purpose: Purpose) -> None:
        self._url = make_url(url)
        self._purpose = purpose
        self._file: int | None = None
        self._connection: Connection | None = None

    def take(self, seconds: float) -> bool:
        """Waits for it so long; False when another process has it still. Raises OSError,
        OperationalError."""
        give_up = time.monotonic() + seconds
        while not self._try():
            if time.monotonic() > give_up:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def keep(self) -> bool:
        """Takes it again where PostgreSQL was away, and the lock with it: to be called every few
        seconds. False when another process has it by now."""
        if self._connection is None and self._file is not None:
            return True
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                return True
            return self._try()
        except OperationalError:
            self.release()
            return True  # PostgreSQL is away: nobody has it

    def release(self) -> None:
        """May be called again."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._connection is not None:
            self._connection.close()
            self._connection.engine.dispose()
            self._connection = None

    def _try(self) -> bool:
        if self._url.get_backend_name() == "sqlite":
            return self._try_file(self._url.database)
        engine = create_engine(
            self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True
        )
        self._connection = engine.connect()
        self._connection.execute(text(KEEPALIVES))
        asked = text("SELECT pg_try_advisory_lock(:number)"), {"number": self._purpose.value}
        if not self._connection.execute(*asked).scalar_one():
            self.release()
            return False
        return True

    def _try_file(self, database: str | None) -> bool:
        if not database or database == ":memory:":
            return True
        path = Path(f"{database}.{self._purpose.name.lower()}")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(path, flags, 0o600)
        if os.geteuid() == 0:  # as SQLite does with its own: the owner must be able to use it
            owner = path.parent.stat()
            os.fchown(file, owner.st_uid, owner.st_gid)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True


@contextmanager
def migrating(url: str) -> Iterator[None]:
    """One process at a time migrates a database, the others wait. Raises TimeoutError."""
    lock = DatabaseLock(url, Purpose.MIGRATING)
    if not lock.take(MIGRATION_SECONDS):
        raise TimeoutError(f"another process has migrated for {MIGRATION_SECONDS:g} s")
    try:
        yield
    finally:
        lock.release()
