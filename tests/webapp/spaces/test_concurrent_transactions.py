"""What there may be only so many of, wanted in two transactions of one PostgreSQL at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event, text, update

from tests.harness.databases import made, postgresql_server
from tests.harness.flags import Clock
from tests.harness.waits import until
from webapp.accounts.people import new_person
from webapp.http.errors import AppError
from webapp.infra import migrations
from webapp.infra.database import Database
from webapp.infra.event_bus import Events
from webapp.spaces.host_succession import Patience, Succession
from webapp.spaces.models import MOST_CO_HOSTS, Participant
from webapp.spaces.service import Spaces
from webapp.spaces.stage import Stage

pytestmark = pytest.mark.server

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


class Shared:
    """Rules over a PostgreSQL that several processes may be at work on."""

    def __init__(self, url: str) -> None:
        self.db, self._looking = Database(url), Database(url)
        migrations.upgrade(self.db.engine)
        clock, events = Clock(), Events()
        self.spaces = Spaces(self.db, events, clock, lambda _slug, _person: False)
        self.stage = Stage(self.db, events, clock, self.spaces, most_speakers=MOST_CO_HOSTS + 1)
        patience = Patience(timedelta(minutes=1), timedelta(minutes=1), timedelta(minutes=1))
        self.succession = Succession(
            self.db, events, clock, self.spaces, lambda _slug, _person: True, patience
        )
        self.people = [new_person(f"Guest {n}", "alpha", clock(), None) for n in range(5)]
        with self.db.session() as db_session:
            db_session.add_all(self.people)

    def close(self) -> None:
        self.db.close()
        self._looking.close()

    def asking(self, number: int) -> tuple[str, list[str]]:
        """A Space, its host (the first of the people), and who asked for its stage."""
        slug = self.spaces.open(self.people[0], "Morning show")
        asked = self.people[1 : number + 1]
        for person in asked:
            self.spaces.join(person, slug)
            self.stage.ask(slug, person.id)
        return slug, [person.id for person in asked]

    def at_once(self, *attempts: Callable[[], object]) -> Counter[str]:
        """Two units of work, neither of which is stored before the other has been as far as it
        gets; how many ended how."""
        stored: list[object] = []

        def waits_for_the_other(connection: object) -> None:
            stored.append(connection)
            until(lambda: len(stored) == len(attempts) or self._is_kept_waiting())

        def outcome(attempt: Callable[[], object]) -> str:
            try:
                attempt()
            except AppError as error:
                return error.code.value
            return "in"

        event.listen(self.db.engine, "commit", waits_for_the_other)
        try:
            with ThreadPoolExecutor(len(attempts)) as threads:
                return Counter(threads.map(outcome, attempts))
        finally:
            event.remove(self.db.engine, "commit", waits_for_the_other)

    def _is_kept_waiting(self) -> bool:
        with self._looking.reading() as db_session:
            return bool(db_session.scalar(text(WAITING)))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgresql_server(tmp_path_factory.mktemp("postgresql")) as url:
        yield url


@pytest.fixture
def shared(server: str, request: pytest.FixtureRequest) -> Iterator[Shared]:
    shared = Shared(made(server, request.node.name))
    yield shared
    shared.close()


def test_two_cannot_take_the_last_place_on_stage(shared: Shared) -> None:
    slug, asked = shared.asking(MOST_CO_HOSTS + 2)
    host = shared.people[0].id
    for person in asked[:-2]:
        shared.stage.accept(slug, host, person)
    found = shared.at_once(
        lambda: shared.stage.accept(slug, host, asked[-2]),
        lambda: shared.stage.accept(slug, host, asked[-1]),
    )
    assert found == {"in": 1, "stage_full": 1}


def test_two_cannot_become_the_last_co_host(shared: Shared) -> None:
    slug, asked = shared.asking(MOST_CO_HOSTS + 1)
    host = shared.people[0].id
    with shared.db.session() as db_session:
        db_session.execute(
            update(Participant).where(Participant.person_id.in_(asked)).values(role="speaker")
        )
    set_co_host = shared.succession.set_co_host
    for person in asked[:-2]:
        set_co_host(slug, host, person, True)
    found = shared.at_once(
        lambda: set_co_host(slug, host, asked[-2], True),
        lambda: set_co_host(slug, host, asked[-1], True),
    )
    assert found == {"in": 1, "stage_full": 1}


def test_a_host_cannot_open_two_spaces(shared: Shared) -> None:
    host = shared.people[0]
    found = shared.at_once(*[lambda: shared.spaces.open(host, "Morning show")] * 2)
    assert found == {"in": 1, "conflict": 1}
