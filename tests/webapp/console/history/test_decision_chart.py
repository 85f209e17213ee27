"""What gates answered: counted by the minute, shown as a table that a module draws."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from flags.catalogue import REACTIONS, WEB_SPEAKING
from flags.decision_counters import Tally
from tests.harness.factories import House, Visitor
from tests.harness.flags import Clock
from tests.webapp.console.test_feature_routes import seen
from webapp.feature_flags.decision_counts.models import DecisionCount
from webapp.feature_flags.decision_counts.service import Decisions
from webapp.infra.database import Database


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'counts.sqlite3'}")
    made.create_all()
    yield made
    made.close()


def test_counts_go_into_the_step_of_their_minute(db: Database) -> None:
    clock, tally = Clock(), Tally()
    decisions = Decisions(db, tally, clock)
    tally.count("a", True, None)
    decisions.note()
    clock.go_on(seconds=59)
    tally.count("a", True, None)
    tally.count("a", False, None)
    decisions.note()
    clock.go_on(seconds=1)
    tally.count("a", True, None)
    decisions.note()
    chart = decisions.chart("a", 1, ())
    assert chart.series["yes"][-3:] == (0, 2, 1)
    assert chart.series["no"][-3:] == (0, 1, 0)
    assert (len(chart.starts), chart.starts[-1], chart.step) == (60, clock(), timedelta(minutes=1))
    for hours in (6, 24):
        assert sum(decisions.chart("a", hours, ()).series["yes"]) == 3


def test_variants_have_a_line_each_even_without_answers(db: Database) -> None:
    tally = Tally()
    decisions = Decisions(db, tally, Clock())
    tally.count("a", True, "tray")
    tally.count("a", True, "of old")
    decisions.note()
    series = decisions.chart("a", 1, ("tray", "tapback")).series
    assert {word: sum(counts) for word, counts in series.items()} == {
        "no": 0, ":tray": 1, ":tapback": 0, ":of old": 1
    }  # fmt: skip


def test_processes_add_up_and_a_restart_leaves_no_hole(db: Database) -> None:
    clock = Clock()
    for _ in range(2):
        tally = Tally()
        tally.count("a", True, None)
        Decisions(db, tally, clock).note()
    assert sum(Decisions(db, Tally(), clock).chart("a", 1, ()).series["yes"]) == 2


def test_kept_for_a_day(db: Database) -> None:
    clock, tally = Clock(), Tally()
    decisions = Decisions(db, tally, clock)
    for _ in range(3):
        tally.count("a", True, None)
        decisions.note()
        clock.go_on(hours=23)
    with db.reading() as db_session:
        assert db_session.scalar(select(func.count()).select_from(DecisionCount)) == 2


def test_the_page_shows_what_people_were_answered(house: House, paula: Visitor) -> None:
    tess = house.signed_in(house.person("Tess", "alpha"))
    house.core.decisions.note()
    page = f"/console/decisions?feature={WEB_SPEAKING}&hours=1"
    before = counts(paula, page)
    assert tess.get("/assets/listening/listening.js").status_code == 200
    house.core.decisions.note()
    after = counts(paula, page)
    assert after["yes"] > before["yes"]
    assert f'<h2 id="chart-title">{WEB_SPEAKING}</h2>' in seen(paula.get(page))


def counts(visitor: Visitor, page: str) -> dict[str, int]:
    """The legend: each answer with its number."""
    pattern = r'<li data-series="\d+">([^<]+) <strong class="numbers">(\d+)</strong>'
    return {word: int(number) for word, number in re.findall(pattern, visitor.get(page).text)}


def test_the_table_has_every_variant(house: House, paula: Visitor) -> None:
    text = seen(paula.get(f"/console/decisions?feature={REACTIONS}&hours=24"))
    for word in ("no", "yes: tray", "yes: tapback"):
        assert f'<th scope="col" class="number">{word}</th>' in text
    assert text.count('<th scope="row">') == 96


@pytest.mark.parametrize("query", ["feature=nothing", "hours=7", "feature=reactions&hours=0"])
def test_there_is_no_other_chart(house: House, paula: Visitor, query: str) -> None:
    assert paula.get(f"/console/decisions?{query}").status_code == 404
