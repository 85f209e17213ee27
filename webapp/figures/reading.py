"""Asks the database for its sums, slice by slice, two at a time in processes of their own: SQLite
works inside of the process that asks, and threads of one wait for each other there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import pairwise
from multiprocessing import get_context

from webapp.figures import queries
from webapp.figures.connecting import Address, Connection, is_sqlite
from webapp.figures.question import Question
from webapp.figures.statistics.sums import Sums

Slice = dict[str, int]

AT_ONCE = 2
MOST_SLICES = 16
PEOPLE_PER_SLICE = 20_000
"""At least so many, when there are more: a slice has a price of its own."""

LAST = "SELECT MAX(number) FROM figured_people"
SQLITE = ("PRAGMA temp_store = FILE", "PRAGMA cache_size = -8192")
MAKE = {
    "person": (queries.MAKE_SEEN_BY_PERSON,),
    "space": (queries.MAKE_SEEN_BY_SPACE, queries.MAKE_WANDERERS),
}
POSTGRESQL = (
    *("SET work_mem = '32MB'", "SET jit = off", "SET max_parallel_workers_per_gather = 0"),
    *("SET enable_hashjoin = off", "SET enable_nestloop = off"),
    *("SET enable_seqscan = off", "SET enable_bitmapscan = off"),
)
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


def counted(
    address: Address,
    question: Question,
    told: Callable[[int, int], None],
    meanwhile: Callable[[], None] = lambda: None,
) -> Counted:
    """What the database has on a question. `told(done, of)` is called after every slice,
    `meanwhile` once, while the database works.

    Raises CannotCount. Forks: to be called before anything has begun threads; `meanwhile` may.
    """
    found = Counted()
    with get_context("fork").Pool(AT_ONCE) as processes:
        slices = processes.apply(_slices, (address, question))
        answers = processes.imap(partial(_rows, address, question), slices)
        meanwhile()
        for done, rows in enumerate(answers, start=1):
            for row in rows:
                found.add(*row)
            told(done, len(slices))
    return found


def _slices(address: Address, question: Question) -> list[Slice]:
    """By Space, both halves of the Spaces; the rest are slices of people."""
    halves: list[Slice] = [{"half": 0}, {"half": 1}] if question.by == "space" else []
    if question.staying:
        return halves
    ((last,),) = _connected(address, question.by).answers([LAST], {})
    last = last or 0
    wanted = AT_ONCE if halves else min(MOST_SLICES, 1 + last // PEOPLE_PER_SLICE)
    ends = [last * number // wanted + 1 for number in range(wanted + 1)]
    return [*halves, *({"low": low, "high": high} for low, high in pairwise(ends))]


def _rows(address: Address, question: Question, part: Slice) -> list[tuple]:
    given = {"feature": question.feature, "since": question.since, "until": question.until, **part}
    statements = (_sqlite if is_sqlite(address) else _postgresql)(question, part)
    return _connected(address, question.by).answers(statements, given)


def _sqlite(question: Question, part: Slice) -> list[str]:
    """What fills the tables of our own, and then the question."""
    if question.by == "person":
        return [f"INSERT INTO seen {queries.SEEN_BY_PERSON}", queries.SUMS_BY_PERSON]
    if "half" not in part:
        return [queries.count_wanderers("")]
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
        return [queries.count_wanderers(queries.BYTES)]
    return [queries.merged_by_space(question.staying)]


@cache
def _connected(address: Address, by: str) -> Connection:
    """One for each of the processes, for all of its slices: it takes as long as a small one."""
    if is_sqlite(address):
        return Connection(address, (*SQLITE, *MAKE[by]))
    return Connection(address, POSTGRESQL)
