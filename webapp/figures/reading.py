"""Asks the database for its sums, slice by slice, two at a time in processes of their own: SQLite
works inside of the process that asks, and threads of one wait for each other there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import count, pairwise
from multiprocessing import get_context

from webapp.figures import queries
from webapp.figures.connecting import Address, Connection, is_sqlite
from webapp.figures.question import Question
from webapp.figures.statistics.sums import Sums

Slice = dict[str, int | str]
"""What is put into the question for a part of the tables, by its name there."""

AT_ONCE = 2
MOST_SLICES = 16
PEOPLE_PER_SLICE = 20_000
"""At least so many, when there are more: a slice has a price of its own."""

SEARCHES = 2 * AT_ONCE
"""Slices of people among whom wanderers are looked for: more than are read at once, as whoever
shares its core with what is done meanwhile is slower."""

LAST = "SELECT MAX(number) FROM figured_people"
SQLITE = ("PRAGMA temp_store = FILE", "PRAGMA cache_size = -8192")
MAKE = {
    "person": (queries.MAKE_SEEN_BY_PERSON,),
    "space": (queries.MAKE_SEEN_BY_SPACE, queries.MAKE_WANDERERS),
}
POSTGRESQL = (
    *("SET work_mem = '64MB'", "SET jit = off", "SET max_parallel_workers_per_gather = 0"),
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
        slices, halves = processes.apply(_parts, (address, question))

        def following(answers: Iterable[list[tuple]]) -> Iterator[tuple]:
            for rows in answers:
                yield from rows
                told(next(done), len(slices) + len(halves))

        answers = ask(slices)
        meanwhile()
        if halves:
            searched = list(following(answers))
            found.wanderers = sum(number for number, _ in searched)
            wanderers = ",".join(who for _, who in searched if who)
            answers = ask([{**half, "wanderers": wanderers} for half in halves])
        for row in following(answers):
            found.add(*row)
    return found


def _parts(address: Address, question: Question) -> tuple[list[Slice], list[Slice]]:
    """Slices of people, and by Space, both halves of the Spaces, which are read after them."""
    ((last,),) = _connected(address, question.by).answers([LAST], {})
    last = last or 0
    wanted = SEARCHES if question.by == "space" else min(MOST_SLICES, 1 + last // PEOPLE_PER_SLICE)
    ends = [last * number // wanted + 1 for number in range(wanted + 1)]
    slices: list[Slice] = [{"low": low, "high": high} for low, high in pairwise(ends)]
    return slices, [{"half": 0}, {"half": 1}] if question.by == "space" else []


def _rows(address: Address, question: Question, part: Slice) -> list[tuple]:
    given = {"feature": question.feature, "since": question.since, "until": question.until, **part}
    statements = (_sqlite if is_sqlite(address) else _postgresql)(question, part)
    return _connected(address, question.by).answers(statements, given)


def _sqlite(question: Question, part: Slice) -> list[str]:
    """What fills the tables of our own, and then the question."""
    if question.by == "person":
        return [f"INSERT INTO seen {queries.SEEN_BY_PERSON}", queries.SUMS_BY_PERSON]
    if "half" not in part:
        return [queries.wanderers(question.staying)]
    return [
        *([queries.FILL_WANDERERS] if question.staying else []),
        f"INSERT INTO seen {queries.seen_by_space(question.staying)}",
        queries.sums_by_space(question.staying),
    ]


def _postgresql(question: Question, part: Slice) -> list[str]:
    if question.by == "person":
        seen = queries.SEEN_BY_PERSON
        return [f"WITH seen AS MATERIALIZED ({seen}) {queries.SUMS_BY_PERSON}"]
    if "half" not in part:
        return [queries.wanderers_of_postgresql(question.staying)]
    return [queries.merged_by_space(question.staying)]


@cache
def _connected(address: Address, by: str) -> Connection:
    """One for each of the processes, for all of its slices: it takes as long as a small one."""
    if is_sqlite(address):
        return Connection(address, (*SQLITE, *MAKE[by]))
    return Connection(address, POSTGRESQL)
