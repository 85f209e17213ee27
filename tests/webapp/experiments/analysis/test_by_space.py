"""Figures by Space against the same told in Python, from any exposures and outcomes."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from tests.harness.databases import made, postgresql_server, rounded
from webapp.accounts.models import Person
from webapp.experiments.analysis import partitioned_query, sql
from webapp.experiments.analysis.db_driver import Connection, address_of, is_sqlite
from webapp.experiments.analysis.partitioned_query import Counted, counted
from webapp.experiments.analysis.query import Question
from webapp.experiments.metrics import METRICS
from webapp.experiments.models import Exposure, FiguredPerson, Outcome
from webapp.experiments.outcome_kinds import KINDS
from webapp.infra import migrations
from webapp.infra.database import Database

pytestmark = pytest.mark.server

SINCE, UNTIL = 300, 900
MOMENTS = range(0, 1000, 20)
"""Few, so that some fall together, and some with the ends of the period."""

FEATURE = "reactions"
ANSWERS = (":tray", ":tray", ":tray", ":tapback", "no", "out")
SPACES = (*(f"s{number}" for number in range(8)), *("xa", "xb", "xc", ""))
HOW = {metric.kind: metric.how for metric in METRICS}

Rows = list[dict[str, Any]]


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def address(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("by_space")
    if request.param == "sqlite":
        yield f"sqlite:///{folder / 'soundcheck.sqlite3'}"
    else:
        with postgresql_server(folder) as url:
            yield made(url, "by_space")


def any_life(dice: random.Random) -> tuple[Rows, Rows]:
    """Exposures and outcomes of some people: most keep to Spaces of one variant."""
    exposures, outcomes = {}, {}
    usual = {space: dice.choice((":tray", ":tapback")) for space in SPACES}
    for person in range(1, dice.randrange(2, 40)):
        for space in dice.sample(SPACES, dice.randrange(1, 4)):
            for _ in range(dice.randrange(3)):
                answer = usual[space] if dice.random() < 0.9 else dice.choice(ANSWERS)
                feature = FEATURE if dice.random() < 0.95 else "web-listening"
                key = (feature, person, space, answer, dice.randrange(2))
                exposures[key] = dice.choice(MOMENTS)
            for _ in range(dice.randrange(6)):
                key = (person, dice.choice(sorted(KINDS)), space, dice.choice(MOMENTS))
                outcomes[key] = (dice.randrange(1, 4), float(dice.randrange(50)))
    names = ("feature", "person", "space", "answer", "revision", "at")
    met = [dict(zip(names, (*key, at), strict=True)) for key, at in exposures.items()]
    names = ("person", "kind", "space", "at", "number", "total")
    return met, [dict(zip(names, (*k, *value), strict=True)) for k, value in outcomes.items()]


def oracle(exposures: Rows, outcomes: Rows, staying: bool) -> Counted:
    """What figures should say, one Space after the other."""
    saw = [
        e
        for e in exposures
        if e["feature"] == FEATURE and e["answer"] not in ("no", "out")
        if e["at"] < UNTIL and e["space"]
    ]
    answers, found = defaultdict(set), Counted()
    for e in saw:
        answers[e["person"]].add(e["answer"])
    wanderers = {person for person, those in answers.items() if len(those) > 1}
    found.wanderers = len(wanderers)
    gone = wanderers if staying else set()
    for space in sorted({e["space"] for e in saw}):
        here = [e for e in saw if e["space"] == space]
        people = {e["person"] for e in here} - gone
        seen = {e["answer"] for e in here}
        if min(e["at"] for e in here) < SINCE:
            found.earlier += 1
        elif len(seen) > 1:
            found.both += 1
        elif people:
            first = {p: min(e["at"] for e in here if e["person"] == p) for p in people}
            there = [
                o
                for o in outcomes
                if o["space"] == space and first.get(o["person"], UNTIL) <= o["at"] < UNTIL
            ]
            _count(found, seen.pop(), people, there)
    return found


def _count(found: Counted, answer: str, people: set[int], outcomes: Rows) -> None:
    found.add(answer, "people", 1, 0, 0, 0, 0, 0, 0, 0, len(people))
    for kind in {o["kind"] for o in outcomes}:
        those = [o for o in outcomes if o["kind"] == kind]
        total, behind = sum(o["total"] for o in those), len({o["person"] for o in those})
        y = {
            "mean": total / sum(o["number"] for o in those),
            "rate": behind / len(people),
            "total": total / len(people),
        }[HOW[kind]]
        found.add(answer, kind, 1, y, y * y, 0, 0, 0, 0, 0, behind)


def plain(found: Counted) -> Any:
    told = vars(found).copy()
    for name in ("sums", "behind", "units", "people"):
        told[name] = {str(key): value for key, value in sorted(told[name].items())}
    told["sums"] = {key: list(sums.row) for key, sums in told["sums"].items()}
    return rounded(told)


def write(db: Database, exposures: Rows, outcomes: Rows) -> None:
    # As many as something is known of, so that the last of them counts as well.
    last = max((row["person"] for row in (*exposures, *outcomes)), default=0)
    people = range(1, last + 1)
    with db.session() as db_session:
        for model in (Exposure, Outcome, FiguredPerson, Person):
            db_session.query(model).delete()
        for number in people:
            person = Person(id=f"{number:032x}", display_name="Somebody")
            person.cohort, person.roles, person.followers = "alpha", [], 0
            person.created_at = datetime(2026, 11, 1, tzinfo=UTC)
            db_session.add(person)
        db_session.flush()
        numbered = [{"number": n, "person_id": f"{n:032x}"} for n in people]
        for model, rows in (
            (FiguredPerson, numbered),
            (Exposure, exposures),
            (Outcome, outcomes),
        ):
            if rows:
                db_session.execute(insert(model), rows)


@pytest.mark.parametrize("staying", [False, True], ids=["everybody", "staying"])
def test_says_what_there_is_to_say(
    address: str, staying: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, dice = Database(address), random.Random(staying)  # noqa: S311
    migrations.upgrade(db.engine)
    shares = {":tray": 0.5, ":tapback": 0.5}
    question = Question(FEATURE, "space", SINCE, UNTIL, ":tray", shares, staying)
    wandered = 0
    for _ in range(12):
        # In one slice of Spaces, and in several.
        monkeypatch.setattr(partitioned_query, "PEOPLE_PER_SLICE", dice.choice((4, 20_000)))
        life = any_life(dice)
        write(db, *life)
        expected = oracle(*life, staying)
        wandered += expected.wanderers
        found = counted(address_of(address), question, lambda _done, _of: None)
        assert plain(found) == plain(expected)
    assert wandered > 0
    db.close()


@pytest.mark.parametrize("staying", [False, True], ids=["everybody", "staying"])
def test_both_tables_are_read_by_their_indices_alone(address: str, staying: bool) -> None:
    db = Database(address)
    migrations.upgrade(db.engine)
    plan = _plan(address_of(address), staying)
    alone = "COVERING INDEX" if is_sqlite(address_of(address)) else "Index Only Scan using"
    # Exposures: what Spaces saw, and since when their people did.
    for table, times in (("exposures", 2), ("outcomes", 1)):
        assert plan.count(f"{alone} ix_{table}_by_space") == times
        assert f"pk_{table}" not in plan
    assert "PRIMARY KEY (feature" not in plan
    db.close()


def _plan(where: str, staying: bool) -> str:
    given: dict[str, Any] = {
        "feature": FEATURE,
        "since": SINCE,
        "until": UNTIL,
        "low": "s1",
        "high": "s5",
    }
    if is_sqlite(where):
        statements = [sql.seen_by_space(staying), sql.sums_by_space(staying)]
        connection, explain = (
            Connection(where, partitioned_query.MAKE["space"]),
            "EXPLAIN QUERY PLAN",
        )
    else:
        statements = [sql.joined_by_space(staying)]
        connection = Connection(
            where, (*partitioned_query.POSTGRESQL, *partitioned_query.JOINING["space"])
        )
        explain = "EXPLAIN"
    given["wanderers"] = "3"
    told = [connection.answers([f"{explain} {asked}"], given) for asked in statements]
    return "\n".join(str(row[-1]) for rows in told for row in rows)
