"""Asks the database for its sums, slice by slice, two at a time in processes of their own: SQLite
works inside of the process that asks, and threads of one wait for each other there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from multiprocessing import get_context

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from webapp.figures import queries
from webapp.figures.question import Question
from webapp.figures.statistics.sums import Sums

Slice = dict[str, int]

AT_ONCE = 2
MOST_SLICES = 16
PEOPLE_PER_SLICE = 20_000
"""At least so many, when there are more: a slice has a price of its own."""

SQLITE = ("PRAGMA temp_store = FILE", "PRAGMA cache_size = -8192")
MAKE = {
    "person": (queries.MAKE_SEEN_BY_PERSON,),
    "space": (queries.MAKE_SEEN_BY_SPACE, queries.MAKE_WANDERERS),
}
POSTGRESQL = (
    *("SET work_mem = '32MB'", "SET jit = off", "SET max_parallel_workers_per_gather = 0"),
)
MERGING = ("SET enable_hashjoin = off", "SET enable_nestloop = off")
IN_ORDER = ("SET enable_seqscan = off", "SET enable_bitmapscan = off")
"""Both sides come in the order of their keys, people first: merging them is quickest, and the
planner, which does not know how even the slices are, thinks otherwise. It takes half of the Spaces
for a fortieth of them, and would sort those."""


@dataclass
class Counted:
    """Sums by answer and kind, and how many there are: `units` (people or Spaces) and `people` by
    answer, those that saw `both` (their number), and those who had met it `earlier`. `wanderers`:
    people who were in Spaces of different variants. `behind` is how many people each of the sums
    comes from."""

    sums: dict[tuple[str, str], Sums] = field(default_factory=lambda: defaultdict(Sums))
    behind: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    units: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    people: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    both: int = 0
    earlier: int = 0
    wanderers: int = 0

    def add(self, answer: str, what: str, *numbers: float) -> None:
        """Takes in one row of the database's answer."""
        *sums, people = (float(number or 0) for number in numbers)
        units = int(sums[0])
        if what == "people":
            self.units[answer] += units
            self.people[answer] += int(people)
        elif what == "both":
            self.both += units
        elif what == "earlier":
            self.earlier += units
        elif what == "wanderers":
            self.wanderers += units
        else:
            self.sums[answer, what] += Sums(*sums)
            self.behind[answer, what] += int(people)


class CannotCount(Exception):
    """The database did not answer. The text: what kind of error it was, and nothing of its own."""


def counted(
    database_url: str,
    question: Question,
    told: Callable[[int, int], None],
    meanwhile: Callable[[], None] = lambda: None,
) -> Counted:
    """What the database has on a question. `told(done, of)` is called after every slice,
    `meanwhile` once, while the database works.

    Raises CannotCount. Forks: to be called before anything has begun threads; `meanwhile` may.
    """
    found, slices = Counted(), _slices(database_url, question)
    with get_context("fork").Pool(min(AT_ONCE, len(slices))) as processes:
        ask = partial(_rows, database_url, question)
        answers = processes.imap(ask, slices)
        meanwhile()
        for done, rows in enumerate(answers, start=1):
            for row in rows:
                found.add(*row)
            told(done, len(slices))
    return found


def _slices(database_url: str, question: Question) -> list[Slice]:
    if question.by == "space":
        halves = [{"half": 0}, {"half": 1}]
        return halves if question.staying else [*halves, {}]
    with _connected(database_url, question) as connection:
        last = connection.execute(text("SELECT MAX(number) FROM figured_people")).scalar() or 0
    wanted = min(MOST_SLICES, 1 + last // PEOPLE_PER_SLICE)
    ends = [last * number // wanted + 1 for number in range(wanted + 1)]
    return [{"low": low, "high": high} for low, high in pairwise(ends)]


def _rows(database_url: str, question: Question, part: Slice) -> list[tuple]:
    given = {"feature": question.feature, "since": question.since, "until": question.until, **part}
    with _connected(database_url, question) as connection:
        sqlite = connection.dialect.name == "sqlite"
        *before, sums = (_sqlite if sqlite else _postgresql)(question, part)
        for filling in before:
            connection.execute(text(filling), given)
        return [tuple(row) for row in connection.execute(text(sums), given)]


def _sqlite(question: Question, part: Slice) -> list[str]:
    """What fills the tables of our own, and then the question."""
    if question.by == "person":
        return [f"INSERT INTO seen {queries.SEEN_BY_PERSON}", queries.SUMS_BY_PERSON]
    if "half" not in part:
        return [queries.COUNT_WANDERERS]
    return [
        *([f"INSERT INTO wanderers {queries.WANDERERS}"] if question.staying else []),
        f"INSERT INTO seen {queries.seen_by_space(question.staying)}",
        queries.sums_by_space(question.staying),
    ]


def _postgresql(question: Question, part: Slice) -> list[str]:
    if question.by == "person":
        seen = queries.SEEN_BY_PERSON
        return [f"WITH seen AS MATERIALIZED ({seen}) {queries.SUMS_BY_PERSON}"]
    if "half" not in part:
        return [queries.COUNT_WANDERERS]
    return [queries.merged_by_space(question.staying)]


@contextmanager
def _connected(database_url: str, question: Question) -> Iterator[Connection]:
    engine: Engine = create_engine(database_url, poolclass=NullPool, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        settings: tuple[str, ...] = (*SQLITE, *MAKE[question.by])
    else:
        in_order = IN_ORDER if question.by == "space" else ()
        settings = (*POSTGRESQL, *MERGING, *in_order)
    try:
        with engine.connect() as connection:
            for setting in settings:
                connection.execute(text(setting))
            yield connection
    except SQLAlchemyError as error:
        raise CannotCount(type(error).__name__) from None
