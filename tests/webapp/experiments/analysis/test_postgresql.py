"""The same figures on PostgreSQL as on SQLite, from the same happenings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flags.gate import Decision
from tests.harness.databases import made, postgresql_server, rounded
from tests.harness.flags import Clock
from tests.webapp.experiments.recorded_rows import exposures, outcomes
from webapp.accounts.models import Person
from webapp.experiments.analysis import partitioned_query
from webapp.experiments.analysis.db_driver import address_of
from webapp.experiments.analysis.partitioned_query import counted
from webapp.experiments.analysis.query import Question
from webapp.experiments.analysis.report import report
from webapp.experiments.exposure_recorder import Figures, millis
from webapp.experiments.outcome_kinds import KINDS, LISTENING
from webapp.infra import migrations
from webapp.infra.database import Database

pytestmark = pytest.mark.server

PEOPLE = 300


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgresql_server(tmp_path_factory.mktemp("postgresql")) as url:
        yield url


def happened(url: str) -> Database:
    """A database in which things have happened to people, before and after they met features."""
    db, clock = Database(url), Clock()
    migrations.upgrade(db.engine)
    people = [Person(id=f"{n:032x}", display_name=f"Guest {n}") for n in range(PEOPLE)]
    for person in people:
        person.cohort, person.roles, person.followers = "alpha", ["tester"], 0
        person.created_at = datetime(2026, 11, 1, tzinfo=UTC)
    with db.session() as db_session:
        db_session.add_all(people)
    figures = Figures(db, clock, lambda _person, _key: True)
    for number, person in enumerate(people):
        figures.outcome(person, LISTENING, 60.0 + number % 37, f"s{number % 60}")
    figures.close()
    clock.go_on(minutes=1)
    for number, person in enumerate(people):
        decision = Decision(number % 2 == 0, None, 1)
        figures.met(person, {"web-speaking": decision}, f"s{number % 60}")
        variant = "tray" if number % 60 < 30 else "tapback"
        figures.met(person, {"reactions": Decision(True, variant, 1)}, f"s{number % 60}")
        for place, kind in enumerate(sorted(KINDS)):
            if (number + place) % 3:
                figures.outcome(person, kind, 1.0 + (number * 7 + place) % 11, f"s{number % 60}")
    # Written twice, as by two processes.
    figures.met(people[0], {"web-speaking": Decision(True, "other", 1)}, "s1")
    figures.close()
    figures.outcome(people[1], LISTENING, 5.0, "s1")
    figures.close()
    return db


def figures_of(db: Database, feature: str, by: str, shares: dict[str, float]) -> dict[str, Any]:
    noon = Clock()()
    since, until = (millis(noon + timedelta(hours=hours)) for hours in (-1, 1))
    question = Question(feature, by, since, until, next(iter(shares)), shares)
    url = db.engine.url.render_as_string(hide_password=False)
    return report(question, counted(address_of(url), question, lambda _done, _of: None))


@pytest.mark.parametrize(
    ("feature", "by", "shares"),
    [
        ("web-speaking", "person", {"no": 0.5, "yes": 0.5}),
        ("reactions", "space", {":tray": 0.5, ":tapback": 0.5}),
    ],
)
def test_both_say_the_same(
    postgresql: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    feature: str,
    by: str,
    shares: dict[str, float],
) -> None:
    there = happened(made(postgresql, f"figures_{by}"))
    here = happened(f"sqlite:///{tmp_path / 'soundcheck.sqlite3'}")
    assert exposures(there) == exposures(here)
    assert outcomes(there) == outcomes(here)
    told = figures_of(here, feature, by, shares)
    assert rounded(figures_of(there, feature, by, shares)) == rounded(told)
    # And in many slices as in one.
    monkeypatch.setattr(partitioned_query, "PEOPLE_PER_SLICE", PEOPLE // 10)
    for db in (here, there):
        assert rounded(figures_of(db, feature, by, shares)) == rounded(told)
    assert [group["units"] for group in told["groups"]] == (
        [150, 149] if by == "person" else [30] * 2
    )
    there.close()
    here.close()
