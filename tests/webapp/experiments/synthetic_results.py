"""Figures of people who never were: enough of them for a page that has something to say."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from flags.gate import Decision
from webapp.accounts.models import Person
from webapp.experiments.exposure_recorder import Figures
from webapp.experiments.outcome_kinds import (
    DROP,
    FIRST_SOUND,
    JOIN_FAILED,
    LISTENING,
    REACTION,
    SCORE,
    SPEAKING,
)
from webapp.infra.database import Database

PEOPLE = 1200
PER_SPACE = 6
WANDERERS = 30
"""Of these people, who go to a second Space, of the other variant, and react there as well."""


def fill(database_url: str, revision: int = 1) -> None:
    """Reactions, by Space: with the tapback people react more, and all else is as it was."""
    db, dice = Database(database_url), random.Random(3)  # noqa: S311
    figures = Figures(db, lambda: datetime.now(UTC), lambda _person, _key: True)
    people = [_person(number) for number in range(PEOPLE)]
    with db.session() as db_session:
        db_session.add_all(people)
    for number, person in enumerate(people):
        slug = f"made{number // PER_SPACE}"
        tapback = number // PER_SPACE % 2 == 1
        variant = "tapback" if tapback else "tray"
        figures.met(person, {"reactions": Decision(True, variant, revision)}, slug)
        figures.outcome(person, FIRST_SOUND, dice.gauss(110, 25), slug)
        figures.outcome(person, LISTENING, dice.expovariate(1 / 900), slug)
        figures.outcome(person, SCORE, dice.gauss(4.1, 0.2), slug)
        for _ in range(dice.randrange(9 if tapback else 5)):
            figures.outcome(person, REACTION, 1, slug)
        for kind, chance in ((JOIN_FAILED, 0.02), (DROP, 0.05), (SPEAKING, 0.1)):
            if dice.random() < chance:
                figures.outcome(person, kind, 40 if kind == SPEAKING else 1, slug)
    for number in range(0, PEOPLE, PEOPLE // WANDERERS):
        other = number // PER_SPACE + 1
        slug, variant = f"made{other}", ("tray", "tapback")[other % 2]
        figures.met(people[number], {"reactions": Decision(True, variant, revision)}, slug)
        figures.outcome(people[number], REACTION, 1, slug)
    figures.close()
    db.close()


def _person(number: int) -> Person:
    # Outside of every cohort that has something: nobody else's counts are changed by them.
    person = Person(id=f"{number:030x}fe", display_name=f"Nobody {number}")
    person.cohort, person.roles, person.followers = "public", [], 0
    person.created_at = datetime(2026, 11, 1, tzinfo=UTC)
    return person
