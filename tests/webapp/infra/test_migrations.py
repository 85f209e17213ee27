from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

import webapp
from webapp.accounts.models import AccountsRevision, Cohort, Person
from webapp.infra import migrations
from webapp.infra.database import Base, Database
from webapp.qa.personas.models import PersonaEdit


def fresh(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'soundcheck.sqlite3'}")


def test_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    db = fresh(tmp_path)
    migrations.upgrade(db.engine)
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
    db.close()


def test_every_module_with_tables_is_named() -> None:
    folder = Path(webapp.__file__).parent
    found = {
        ".".join(file.relative_to(folder.parent).with_suffix("").parts)
        for file in folder.rglob("models.py")
    }
    assert found == set(migrations.MODELS)


def test_personas_that_shared_an_id_get_one_each(tmp_path: Path) -> None:
    db = fresh(tmp_path)
    names = {"李雷": "persona-", "韩梅梅": "persona-", "Nora": "persona-nora"}
    with db.engine.begin() as connection:
        command.upgrade(migrations.config(connection), "0012")
        for name, given in names.items():
            content = json.dumps({"name": name, "id": given, "cohort": "beta"})
            connection.execute(
                text(
                    "insert into persona_edits (name, content, version, by, at)"
                    " values (:name, :content, 1, 'Quinn', '2026-11-21 12:00:00')"
                ),
                {"name": name, "content": content},
            )
        connection.execute(
            text(
                "insert into persona_edits (name, content, version, by, at)"
                " values ('Gone', null, 1, 'Quinn', '2026-11-21 12:00:00')"
            )
        )
    migrations.upgrade(db.engine)
    with db.reading() as db_session:
        edits = db_session.scalars(select(PersonaEdit)).all()
        ids = {edit.name: edit.content["id"] for edit in edits if edit.content}
    assert len(set(ids.values())) == 3
    assert ids["Nora"] == "persona-nora"
    db.close()


def test_people_who_are_there_can_be_looked_for_afterwards(tmp_path: Path) -> None:
    db = fresh(tmp_path)
    with db.engine.begin() as connection:
        command.upgrade(migrations.config(connection), "0002")
        connection.execute(
            text(
                "insert into people (id, display_name, cohort, roles, followers, created_at)"
                " values ('1', 'Zoë', 'alpha', '[]', 0, '2026-11-21 12:00:00')"
            )
        )
        connection.execute(
            text(
                "insert into logins (id, person_id, device, created_at, seen_at, expires_at) values"
                " ('2', '1', '', '2026-11-21', '2026-11-21', '2026-12-21')"
            )
        )
    migrations.upgrade(db.engine)
    with db.reading() as db_session:
        assert db_session.scalars(select(Person.search_name)).all() == ["zoe"]
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
