"""Asks the database for its sums, slice by slice, two at a time in processes of their own: SQLite
works inside of the process that asks, and threads of one wait for each other there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import count, pairwise
from multiprocessing import get_context

from webapp.experiments.analysis import sql
from webapp.experiments.analysis.db_driver import Address, Connection, is_sqlite
from webapp.experiments.analysis.query import Question
from webapp.experiments.statistics.sufficient_statistics import Sums

Slice = dict[str, int | str]
"""What is put into the question for a part of the tables, by its name there."""

AT_ONCE = 2
MOST_SLICES = 16
PEOPLE_PER_SLICE = 20_000
"""At least so many, when there are more: a slice has a price of its own."""

SEARCHES = 2 * AT_ONCE
"""Slices of people among whom wanderers are looked for: more than are read at once, so that
nobody waits long for the last of them."""

LAST = "SELECT MAX(number) FROM figured_people"
SQLITE = ("PRAGMA temp_store = FILE", "PRAGMA cache_size = -4096")
MAKE = {
    "person": (sql.MAKE_SEEN_BY_PERSON,),
    "space": (sql.MAKE_SEEN_BY_SPACE, sql.MAKE_WANDERERS),
}
POSTGRESQL = (
    *("SET work_mem = '64MB'", "SET jit = off", "SET max_parallel_workers_per_gather = 0"),
    *("SET enable_seqscan = off", "SET enable_bitmapscan = off", "SET enable_nestloop = off"),
)
JOINING = {"person": ("SET enable_hashjoin = off",), "space": ("SET enable_mergejoin = off",)}
"""People come in order on both sides: merging them is quickest. Those of some Spaces come in the
order of Spaces and kinds, and stay in it when they are looked up in a hash. The planner, which does
not know how even the slices are, thinks otherwise."""


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
    found, done = Counted(), count(1)
    with get_context("fork").Pool(AT_ONCE) as processes:
        ask = partial(processes.imap, partial(_rows, address, question))
        people, spaces = processes.apply(_parts, (address, question))

        def following(answers: Iterable[list[tuple]]) -> Iterator[tuple]:
            for rows in answers:
                yield from rows
                told(next(done), len(people) + len(spaces))

        answers = ask(people)
        meanwhile()
        if question.by == "space":
            searched = list(following(answers))
            found.wanderers = sum(number for number, _ in searched)
            wanderers = ",".join(who for _, who in searched if who)
            answers = ask([{**part, "wanderers": wanderers} for part in spaces])
        for row in following(answers):
            found.add(*row)
    return found


def _parts(address: Address, question: Question) -> tuple[list[Slice], list[Slice]]:
    """Slices of people, and by Space, slices of the Spaces, which are read after them."""
    connection = _connected(address, question.by)
    ((last,),) = connection.answers([LAST], {})
    wanted = min(MOST_SLICES, 1 + (last or 0) // PEOPLE_PER_SLICE)
    if question.by == "person":
        return _between(_evenly(range(1, (last or 0) + 2), wanted)), []
    borders = [
        space for (space,) in connection.answers([sql.BORDERS], {"feature": question.feature})
    ]
    people = _evenly(range(1, (last or 0) + 2), SEARCHES)
    return _between(people), _between(_evenly(["", *borders], wanted))


def _evenly(values: Sequence[int | str], wanted: int) -> list[int | str]:
    """The first of these and the last, and between them what makes `wanted` equal parts of them."""
    return [values[(len(values) - 1) * number // wanted] for number in range(wanted + 1)]


def _between(ends: list[int | str]) -> list[Slice]:
    return [{"low": low, "high": high} for low, high in pairwise(ends) if low != high]


def _rows(address: Address, question: Question, part: Slice) -> list[tuple]:
    given = {"feature": question.feature, "since": question.since, "until": question.until, **part}
    statements = (_sqlite if is_sqlite(address) else _postgresql)(question, part)
    return _connected(address, question.by).answers(statements, given)


def _sqlite(question: Question, part: Slice) -> list[str]:
    """What fills the tables of our own, and then the question."""
    if question.by == "person":
        return [f"INSERT INTO seen {sql.SEEN_BY_PERSON}", sql.SUMS_BY_PERSON]
    if "wanderers" not in part:
        return [sql.wanderers(question.staying)]
    staying = bool(part["wanderers"])
    return [
        *([sql.FILL_WANDERERS] if staying else []),
        f"INSERT INTO seen {sql.seen_by_space(staying)}",
        sql.sums_by_space(staying),
    ]


def _postgresql(question: Question, part: Slice) -> list[str]:
    if question.by == "person":
        seen = sql.SEEN_BY_PERSON
        return [f"WITH seen AS MATERIALIZED ({seen}) {sql.SUMS_BY_PERSON}"]
    if "wanderers" not in part:
        return [sql.wanderers_of_postgresql(question.staying)]
    return [sql.joined_by_space(bool(part["wanderers"]))]


@cache
def _connected(address: Address, by: str) -> Connection:
    """One for each of the processes, for all of its slices: it takes as long as a small one."""
    if is_sqlite(address):
        return Connection(address, (*SQLITE, *MAKE[by]))
    return Connection(address, (*POSTGRESQL, *JOINING[by]))
