"""How long figures take over a million exposures and a million outcomes, and what recording costs.

Run it with `python -m bench.bench_results`. The time is that of the whole process that computes
them, from its start to its answer, on SQLite and on a PostgreSQL of this benchmark's own; its
memory is the most that it ever had, beside that for a tenth of the people. One feature is compared
person by person, one Space by Space, that one also without those who were in Spaces of both
variants (here there are none: it is what looking for them costs). Recording is timed beside the
decision that it is added to.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import psutil
from sqlalchemy import text

from bench.common import at_most, cpu_time, figure, load, percentile
from flags.catalogue import WEB_HOSTING
from flags.context import context_of
from flags.gate import Decision, Gate, packed
from flags.sources.embedded import EmbeddedSource, utc_now
from flags.sources.memory import MemoryStore
from tests.harness.databases import made, postgresql_server
from webapp.experiments.analysis.computation import asked
from webapp.experiments.analysis.job import PROGRAM
from webapp.experiments.analysis.query import Question
from webapp.experiments.exposure_recorder import Figures
from webapp.experiments.outcome_kinds import KINDS
from webapp.infra import migrations
from webapp.infra.database import Database

MANY, FEW = 1_000_000, 100_000
PER_SPACE = 20
TARGET_SECONDS = 3.0
TARGET_GROWTH = 1.6
"""Of memory, from 100,000 people to a million."""
TARGET_MICROSECONDS = 10.0
ROUNDS = 20_000

PERSON = Question("web-hosting", "person", 0, 10**14, "no", {"no": 0.5, "yes": 0.5})
SPACE = Question("reactions", "space", 0, 10**14, ":tray", {":tray": 0.5, ":tapback": 0.5})
STAYING = replace(SPACE, staying=True)


class Took(NamedTuple):
    """`cpu`: seconds of all its processes together; a PostgreSQL's are not among them."""

    seconds: float
    cpu: float
    megabytes: float


def main() -> int:
    load()
    met = [recording()]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for question in (PERSON, SPACE):
            few, many = (on_sqlite(folder, people, question) for people in (FEW, MANY))
            met += compared("SQLite", question, few, many)
        server = stack.enter_context(postgresql_server(folder / "postgresql"))
        for question in (PERSON, SPACE):
            few, many = (on_postgresql(server, people, question) for people in (FEW, MANY))
            met += compared("PostgreSQL", question, few, many)
    return 0 if all(met) else 1


def compared(where: str, question: Question, few: str, many: str) -> list[bool]:
    """By the addresses of both databases."""
    name = f"{where}, by {question.by}"
    met = told(name, computed(many, question), computed(few, question))
    if question.by == "space":
        took = computed(many, STAYING), computed(few, STAYING)
        met += told(f"{name}, wanderers left out", *took)
    return met


def told(name: str, many: Took, few: Took) -> list[bool]:
    in_time = at_most(f"{name}: 1,000,000 + 1,000,000", many.seconds, TARGET_SECONDS, "s")
    figure(f"{name}: CPU of its processes", many.cpu, "s")
    figure(f"{name}: most memory of the process", many.megabytes, "MB")
    growth = many.megabytes / few.megabytes
    return [in_time, at_most(f"{name}: memory / that for a tenth", growth, TARGET_GROWTH)]


def computed(address: str, question: Question) -> Took:
    """One run of the process, after one that has warmed the disk's cache. Memory is the most of
    itself and of what it starts, in proportion to who shares it."""
    took = Took(0.0, 0.0, 0.0)
    for _ in range(2):
        begun, used = time.perf_counter(), _cpu_of_children()
        child = psutil.Popen(
            [sys.executable, str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        child.stdin.write(asked(address, question))
        child.stdin.close()
        most = 0.0
        while child.poll() is None:
            most = max(most, _megabytes(child))
            with suppress(psutil.TimeoutExpired):
                child.wait(0.05)
        assert child.returncode == 0
        took = Took(time.perf_counter() - begun, _cpu_of_children() - used, most)
    return took


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _megabytes(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        family = [process, *process.children()]
        return sum(one.memory_full_info().pss for one in family) / 2**20
    return 0.0


def exposures(people: int, question: Question) -> Iterator[tuple[Any, ...]]:
    for n in range(1, people + 1):
        space = f"s{n // PER_SPACE}" if question.by == "space" else ""
        answer = list(question.shares)[_mixed(n // PER_SPACE if space else n) % 2]
        yield question.feature, n, space, answer, 1, 1_000_000 + n % 1000


def outcomes(people: int) -> Iterator[tuple[Any, ...]]:
    kinds = sorted(KINDS)
    for n in range(1, people + 1):
        at = 900_000 + _mixed(n) % 500_000
        yield n, kinds[_mixed(n) % len(kinds)], f"s{n // PER_SPACE}", at, 1, float(_mixed(n) % 997)


def _mixed(n: int) -> int:
    return n * 2654435761 % 2**32 >> 7


def on_sqlite(folder: Path, people: int, question: Question) -> str:
    address = f"sqlite:///{folder / f'{people}-{question.by}.sqlite3'}"
    db = Database(address)
    migrations.upgrade(db.engine)
    with db.engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA synchronous = OFF")
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("BEGIN")
        rows = ((n, f"{n:032x}") for n in range(1, people + 1))
        raw.executemany("INSERT INTO figured_people VALUES (?, ?)", rows)
        values = "VALUES (?, ?, ?, ?, ?, ?)"
        raw.executemany(f"INSERT INTO exposures {values}", exposures(people, question))
        raw.executemany(f"INSERT INTO outcomes {values}", outcomes(people))
        raw.execute("COMMIT")
    db.close()
    return address


def on_postgresql(server: str, people: int, question: Question) -> str:
    """`server`: its address."""
    address = made(server, f"figures_{question.by}_{people}")
    db = Database(address)
    migrations.upgrade(db.engine)
    with db.engine.begin() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("SET session_replication_role = replica")
        rows = ((n, f"{n:032x}") for n in range(1, people + 1))
        for table, lines in (
            ("figured_people", rows),
            ("exposures", exposures(people, question)),
            ("outcomes", outcomes(people)),
        ):
            cursor.copy_expert(f"COPY {table} FROM STDIN", Lines(lines))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    db.close()
    return address


class Lines:
    """Rows as COPY reads them: a file that is made while it is read."""

    def __init__(self, rows: Iterator[tuple[Any, ...]]) -> None:
        self._rows = rows
        self._rest = ""

    def read(self, size: int) -> str:
        while len(self._rest) < size:
            row = next(self._rows, None)
            if row is None:
                break
            self._rest += "\t".join(map(str, row)) + "\n"
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def recording() -> bool:
    """What an exposure adds to the decision that it is of: new ones, and those known already."""
    source, db = EmbeddedSource(MemoryStore()), Database("sqlite://")
    source.seed()
    gate = Gate(source)
    gate.start()
    people = [SimpleNamespace(id=f"{n:032x}", preview_id=None) for n in range(ROUNDS // 2)]
    figures = Figures(db, utc_now, lambda _person, _key: True)
    met = partial(figures.met, answers={WEB_HOSTING: Decision(True, None, 1)})
    added = [1e6 * cpu_time(partial(met, who)) for who in people * 2]  # type: ignore[arg-type]
    who = SimpleNamespace(id="p", cohort="alpha", followers=0, country=None, platform=None)
    context = packed(context_of(who, utc_now()))
    decided = [1e6 * cpu_time(lambda: gate.decide(WEB_HOSTING, context)) for _ in range(ROUNDS)]
    gate.close()
    db.close()
    figure("a decision of the engine, median", percentile(decided, 50), "µs")
    figure("recording, known already, median", percentile(added[ROUNDS // 2 :], 50), "µs")
    new = percentile(added[: ROUNDS // 2], 50)
    return at_most("recording, met for the first time, median", new, TARGET_MICROSECONDS, "µs")


if __name__ == "__main__":
    sys.exit(main())
