from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from webapp import migrations
from webapp.accounts.models import AccountsRevision, Cohort
from webapp.db import Base, Database


def fresh(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'soundcheck.sqlite3'}")


def test_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    db = fresh(tmp_path)
    migrations.upgrade(db.engine)
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
    db.close()


def test_fresh_database_has_its_first_rows_either_way(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    migrated, created = fresh(tmp_path / "a"), fresh(tmp_path / "b")
    migrations.upgrade(migrated.engine)
    created.create_all()
    for db in (migrated, created):
        with db.reading() as db_session:
            assert set(db_session.scalars(select(Cohort.name))) == {
                "staff",
                "alpha",
                "beta",
                "public",
            }
            assert db_session.scalars(select(AccountsRevision.number)).all() == [0]
        db.close()


def test_two_processes_start_at_once(tmp_path: Path) -> None:
    databases = [fresh(tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(len(databases)) as threads:
        list(threads.map(lambda db: migrations.upgrade(db.engine), databases))
    with databases[0].reading() as db_session:
        assert len(db_session.scalars(select(Cohort.name)).all()) == 4
    for db in databases:
        db.close()
