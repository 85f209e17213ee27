"""The matrix: every persona's answers beside the expected ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flags.gate import Decision, Gate
from webapp.infra.cooperative import give_way
from webapp.qa.evaluate_all import answers, names_in, parsed
from webapp.qa.personas.schema import Expected, Persona

ATTEMPTS = 3
"""How often the matrix is made anew because the definitions changed under it."""


@dataclass(frozen=True)
class Cell:
    """One persona and one feature. `known`: whether the definitions have the feature."""

    feature: str
    expected: Expected | None
    answer: Decision
    known: bool = True

    @property
    def differs(self) -> bool:
        """Whether something else was expected; what nobody knows cannot be as expected."""
        if self.expected is None:
            return False
        return not self.known or not self.expected.is_met(self.answer)


@dataclass(frozen=True)
class Row:
    """One persona's answers, a cell for every feature of the matrix."""

    persona: Persona
    cells: tuple[Cell, ...]

    @property
    def differences(self) -> int:
        return sum(cell.differs for cell in self.cells)


@dataclass(frozen=True)
class Matrix:
    """All of it, on one revision of the definitions. Features are in their document's order, then
    those that are only expected of."""

    revision: int
    features: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def cells(self) -> list[tuple[Persona, Cell]]:
        return [(row.persona, cell) for row in self.rows for cell in row.cells]

    @property
    def checked(self) -> int:
        """How many answers something is expected of."""
        return sum(cell.expected is not None for _, cell in self.cells)

    @property
    def differences(self) -> int:
        return sum(row.differences for row in self.rows)

    @property
    def unknown(self) -> list[str]:
        """Features that are expected of, but that the definitions do not have."""
        return sorted({cell.feature for _, cell in self.cells if not cell.known})

    def only(self, persona: str = "", feature: str = "", differing: bool = False) -> Matrix:
        """Personas and features whose names contain these; with `differing`, those rows and columns
        alone in which something differs."""
        rows = [row for row in self.rows if persona.casefold() in row.persona.name.casefold()]
        features = [key for key in self.features if feature.casefold() in key.casefold()]
        narrow = [_narrowed(row, set(features)) for row in rows]
        if differing:
            narrow = [row for row in narrow if row.differences]
            there = {cell.feature for row in narrow for cell in row.cells if cell.differs}
            features = [key for key in features if key in there]
            narrow = [_narrowed(row, there) for row in narrow]
        return replace(self, features=tuple(features), rows=tuple(narrow))


def matrix_of(gate: Gate, personas: Sequence[Persona], now: datetime) -> Matrix:
    """What the gate answers each persona at `now` (aware)."""
    for _ in range(ATTEMPTS):
        made = _made(gate, personas, now)
        if gate.revision == made.revision:
            break
    return made


def variants_in(text: str) -> dict[str, list[str]]:
    """The variants that each feature of a document deals out."""
    found = {}
    for feature in parsed(text)["features"]:
        dealing = (feature, *(feature.get("strategies") or ()))
        names = {one["name"]: None for each in dealing for one in each.get("variants") or ()}
        found[feature["name"]] = list(names)
    return found


def _made(gate: Gate, personas: Sequence[Persona], now: datetime) -> Matrix:
    revision, text = gate.taken
    known = names_in(text)
    features = (*known, *_only_expected(personas, set(known)))
    rows = []
    for persona in personas:
        asked_on, _, said = answers(gate, persona.context(now))
        nothing = Decision(False, None, asked_on)
        rows.append(
            Row(
                persona,
                tuple(
                    Cell(key, persona.expected.get(key), said.get(key, nothing), key in said)
                    for key in features
                ),
            )
        )
        give_way()  # others get their turn in between
    return Matrix(revision, features, tuple(rows))


def _only_expected(personas: Iterable[Persona], known: set[str]) -> list[str]:
    wanted = {key: None for persona in personas for key in persona.expected}
    return [key for key in wanted if key not in known]


def _narrowed(row: Row, features: set[str]) -> Row:
    return replace(row, cells=tuple(cell for cell in row.cells if cell.feature in features))
