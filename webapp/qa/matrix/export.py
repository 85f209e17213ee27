"""The matrix as a file or on a terminal. English: it is for machines and their keepers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree as Xml

import yaml

from flags.gate import Decision
from webapp.accounts.csv_format import written
from webapp.qa.matrix.service import Cell, Matrix, Row
from webapp.qa.personas.schema import Expected

COLUMNS = ("persona", "feature", "expected", "actual", "result")
AT_ONCE = 6
"""So many features stand side by side on a terminal."""

SAME, DIFFERENT, UNCHECKED = "as expected", "different", "not checked"


def as_csv(matrix: Matrix) -> str:
    """One line for each persona and feature. UTF-8 with a byte order mark, for spreadsheets."""
    rows = [
        (
            persona.name,
            cell.feature,
            expected_words(cell.expected),
            actual_words(cell),
            result(cell),
        )
        for persona, cell in matrix.cells
    ]
    return "\ufeff" + written([COLUMNS, *rows])


def as_yaml(matrix: Matrix, at: datetime) -> str:
    """The same by persona, with the revision and the moment (aware) at which it was so."""
    content = {
        "revision": matrix.revision,
        "at": at.isoformat(),
        "checked": matrix.checked,
        "different": matrix.differences,
        "personas": [
            {"name": row.persona.name, "features": dict(map(_told, row.cells))}
            for row in matrix.rows
        ],
    }
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return text


def as_junit(matrix: Matrix, seconds: float) -> str:
    """For CI: every checked answer is a test case, every difference a failure; what is not checked
    is not in it. `seconds`: how long it took."""
    suite = Xml.Element(
        "testsuite",
        name="matrix",
        tests=str(matrix.checked),
        failures=str(matrix.differences),
        errors="0",
        skipped="0",
        time=f"{seconds:.3f}",
    )
    for persona, cell in matrix.cells:
        if cell.expected is None:
            continue
        case = Xml.SubElement(
            suite, "testcase", classname=persona.name, name=cell.feature, time="0"
        )
        if cell.differs:
            Xml.SubElement(case, "failure", message=difference(cell), type=DIFFERENT)
    suites = Xml.Element("testsuites")
    suites.append(suite)
    Xml.indent(suites)
    return Xml.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def as_lines(matrix: Matrix) -> Iterator[str]:
    """For a terminal: the table, a few features at a time, then every difference."""
    width = max((len(row.persona.name) for row in matrix.rows), default=0)
    for first in range(0, len(matrix.features), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        columns = [list(matrix.features[some])]
        columns += [[_short(cell) for cell in row.cells[some]] for row in matrix.rows]
        widths = [max(map(len, column)) for column in zip(*columns, strict=True)]
        names = ["", *(row.persona.name for row in matrix.rows)]
        for name, texts in zip(names, columns, strict=True):
            cells = (text.ljust(size) for text, size in zip(texts, widths, strict=True))
            yield f"{name:<{width}}  {'  '.join(cells)}".rstrip()
        yield ""
    yield from _differences(matrix.rows)


def difference(cell: Cell) -> str:
    """What was expected, and what is."""
    return f"expected {expected_words(cell.expected)}, is {actual_words(cell)}"


def expected_words(expected: Expected | None) -> str:
    if expected is None:
        return ""
    return _words(expected.enabled, expected.variant)


def actual_words(cell: Cell) -> str:
    return _answer_words(cell.answer) if cell.known else "not in the definitions"


def result(cell: Cell) -> str:
    if cell.expected is None:
        return UNCHECKED
    return DIFFERENT if cell.differs else SAME


def _differences(rows: tuple[Row, ...]) -> Iterator[str]:
    for row in rows:
        for cell in row.cells:
            if cell.differs:
                yield f"different: {row.persona.name}, {cell.feature}: {difference(cell)}"


def _short(cell: Cell) -> str:
    text = actual_words(cell)
    return f"{text} (expected {expected_words(cell.expected)})" if cell.differs else text


def _told(cell: Cell) -> tuple[str, dict[str, str]]:
    told = {"expected": expected_words(cell.expected), "actual": actual_words(cell)}
    return cell.feature, {**told, "result": result(cell)}


def _answer_words(answer: Decision) -> str:
    return _words(answer.enabled, answer.variant)


def _words(enabled: bool, variant: str | None) -> str:
    if not enabled:
        return "closed"
    return f"open, {variant}" if variant else "open"
