"""The database: engine, base of all models, and the unit of work.

SQLite (WAL) by default, PostgreSQL through psycopg2 when several web processes run.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, MetaData, TypeDecorator, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

# Named constraints, so that migrations can refer to them on every database.
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BUSY_SECONDS = 2.0
"""How long a unit of work waits for another process's write lock before it fails."""

LOOK_SECONDS = 0.01
"""Between two looks at that lock. SQLite itself would wait in one piece, and everybody with it whom
this process serves."""


CHECKPOINT_SECONDS = 1.0

LOCKED = frozenset({"SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"})


_precondition: ContextVar[Callable[[], None] | None] = ContextVar("precondition", default=None)


@contextmanager
def commit_only_if(precondition: Callable[[], None] | None) -> Iterator[None]:
    """Inside, `precondition` is called before every commit of this greenlet or thread: what it
    raises rolls the unit of work back. A unit of work may wait for seconds before it can write;
    whatever it is done for may be gone by then."""
    before = _precondition.set(precondition)
    try:
        yield
    finally:
        _precondition.reset(before)


class Base(DeclarativeBase):
    """Base of every model."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on every database (SQLite itself forgets the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Database:
    """Engine and unit of work. One per process.

    `url` is an SQLAlchemy URL. Raises SQLAlchemy's errors as they are; the surfaces turn them
    into `try_again`.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.shared = not url.startswith("sqlite")
        """Whether several web processes may be at work on it."""
        self.before_reading: Callable[[], None] = lambda: None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One unit of work: commits on success, rolls back on any error and where
        `commit_only_if` says no, then runs what `after_commit` was given."""
        with Session(self.engine, expire_on_commit=False) as db_session:
            with db_session.begin():
                yield db_session
                if (precondition := _precondition.get()) is not None:
                    precondition()
            deliveries: list[Callable[[], None]] = db_session.info.pop("after_commit", [])
        # What follows from a fact has no condition any more.
        with commit_only_if(None):
            for deliver in deliveries:
                deliver()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A unit of work that only reads: waits for nobody's write lock."""
        self.before_reading()
        engine = self.engine.execution_options(reading=True)
        with Session(engine, expire_on_commit=False) as db_session:
            yield db_session

    def checkpoint_by(self, repeated: Callable[[float, Callable[[], object]], None]) -> None:
        """Has SQLite take what was written over into its file by `repeated(seconds, work)`, which
        is to do it in a thread of its own: the disk may take a fifth of a second for it, and else
        whoever happens to write would wait, with everybody whom this process serves. Nothing to do
        for other databases."""
        name = self.engine.url.database
        if self.shared or not name:
            return
        event.listen(self.engine, "connect", _leave_to_others)
        self.engine.dispose()  # connections from before do it themselves
        repeated(CHECKPOINT_SECONDS, partial(_checkpoint, name))

    def create_all(self) -> None:
        """Makes every table at once: for tests. The product migrates instead."""
        Base.metadata.create_all(self.engine)

    def close(self) -> None:
        """Lets every connection go."""
        self.engine.dispose()


def after_commit(db_session: Session, deliver: Callable[[], None]) -> None:
    """Runs `deliver` once this unit of work is safely stored, and never if it is not."""
    db_session.info.setdefault("after_commit", []).append(deliver)


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_timeout=BUSY_SECONDS, pool_size=20
        )
    # Parameters hidden: an error in the log must not carry anybody's name.
    waiting = {"timeout": LOOK_SECONDS}
    engine = create_engine(url, hide_parameters=True, connect_args=waiting, pool_size=20)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transactions begin too late to be trusted: ours begin explicitly below.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        _persistently(partial(connection.execute, f"PRAGMA {pragma}"))


def _leave_to_others(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA wal_autocheckpoint=0")


def _checkpoint(name: str) -> None:
    """Waits for nobody, and nobody for it. What comes in its way has time until the next."""
    file = f"{Path(name).absolute().as_uri()}?mode=rw"
    with suppress(sqlite3.Error), closing(sqlite3.connect(file, uri=True)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _begin_sqlite(connection: Any) -> None:
    # A writer takes the lock at once: a transaction that reads first and writes later
    # would be refused when another process wrote in between.
    if connection.get_execution_options().get("reading", False):
        connection.exec_driver_sql("BEGIN")
        return
    _persistently(partial(connection.exec_driver_sql, "BEGIN IMMEDIATE"))


def _persistently(act: Callable[[], object]) -> None:
    """Again and again while somebody else writes, or makes the file what we want it to be."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            act()
            return
        except (OperationalError, sqlite3.OperationalError) as error:
            reason = error.orig if isinstance(error, OperationalError) else error
            if getattr(reason, "sqlite_errorname", "") not in LOCKED or time.monotonic() > give_up:
                raise
            time.sleep(LOOK_SECONDS)
