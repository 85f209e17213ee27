from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from flags.catalogue import CATALOGUE, REACTIONS, WEB_LISTENING
from flags.sources.embedded import EmbeddedSource, RevisionMoved
from flags.sources.interface import SourceUnavailable
from tests.flags.sources.contract_store import DefinitionStoreContract, change_of
from tests.harness.flags import Clock
from webapp.feature_flags.models import DefinitionChange
from webapp.feature_flags.store import SqlDefinitionStore
from webapp.infra.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/definitions.sqlite3")
    database.create_all()
    yield database
    database.close()


@pytest.fixture
def store(database: Database) -> SqlDefinitionStore:
    return SqlDefinitionStore(database)


class TestSqlDefinitionStore(DefinitionStoreContract):
    pass


def test_two_processes_see_each_others_edits(store: SqlDefinitionStore, database: Database) -> None:
    ours = EmbeddedSource(store, Clock())
    ours.seed()
    second = Database(str(database.engine.url))
    theirs = EmbeddedSource(SqlDefinitionStore(second), Clock())
    theirs.set_rollout(REACTIONS, 20, "elsewhere")
    assert ours.feature(REACTIONS).rollout == 20
    assert ours.revision() == theirs.revision()
    second.close()


def test_edits_at_the_same_time_are_all_kept(store: SqlDefinitionStore) -> None:
    EmbeddedSource(store, Clock()).seed()
    ready = threading.Barrier(4)

    def add(cohort: str) -> None:
        source = EmbeddedSource(store, Clock())
        ready.wait()
        source.set_cohort(WEB_LISTENING, cohort, True, cohort)

    editors = [threading.Thread(target=add, args=(f"cohort-{n}",)) for n in range(4)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    added = {f"cohort-{n}" for n in range(4)}
    assert added < set(store.load().states[WEB_LISTENING].cohorts)
    assert {change.by for change in store.changes(WEB_LISTENING, 4)} == added
    assert store.revision() == len(CATALOGUE) + 4


def test_of_two_writers_of_one_revision_the_database_picks_one(
    store: SqlDefinitionStore, database: Database
) -> None:
    store.save(change_of(1))
    # What the slower one meets on PostgreSQL: it looked before the other's commit.
    with database.session() as db_session:
        db_session.execute(update(DefinitionChange).values(revision=2))
    with pytest.raises(RevisionMoved):
        store.save(change_of(2, rollout=10))
    assert store.load().states[WEB_LISTENING].rollout == 100


def test_a_database_that_does_not_answer_is_said_in_a_line(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/missing/definitions.sqlite3")
    store = SqlDefinitionStore(database)
    with pytest.raises(SourceUnavailable, match="unable to open database file"):
        store.revision()
    with pytest.raises(SourceUnavailable):
        EmbeddedSource(store, Clock()).seed()
    database.close()
