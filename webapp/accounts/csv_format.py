"""Lists of people as CSV: what is in them, and what is wrong with them, line by line. No I/O.

Spreadsheets write commas, semicolons (where the comma is a decimal sign) or tabs: the first line
tells, or a line `sep=;` before it. The text is UTF-8, UTF-16 or Windows-1252, with or without a
byte order mark. Empty cells at the end of a line, and columns that are empty up to their name, may
be there or not.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from webapp.accounts.models import TESTER
from webapp.accounts.schemas import tidy_name
from webapp.accounts.search_key import folded
from webapp.http.forms import whole_number

COLUMNS = ("name", "cohort", "followers", "country", "platform", "roles")
NEEDED = ("name", "cohort")
PLATFORMS = ("android", "ios", "desktop")
DELIMITERS = ",;\t"

MOST_BYTES = 256 * 1024
MOST_PEOPLE = 2000
MOST_COLUMNS = 50
MOST_FOLLOWERS = 2_000_000_000

COUNTRY = re.compile(r"[A-Z]{2}")
LINE_END = re.compile(r"\r\n?")
SEPARATOR = re.compile(r"sep=(.)", re.IGNORECASE)
"""A first line that tells Excel, and is written by it, what parts cells."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would work out instead of showing."""

EXAMPLE = (
    ("Alma", "beta", "120", "FR", "ios", TESTER),
    ("Bo", "alpha", "", "", "", ""),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a line. `code` is a text's key; `value` is what stood there, shortened."""

    line: int
    code: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One person to be."""

    line: int
    name: str
    cohort: str
    followers: int
    country: str | None
    platform: str | None


@dataclass(frozen=True)
class Sheet:
    """A list of people. Nothing of it may be taken over while there are `problems`."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def read(content: bytes | str) -> Sheet:
    """The people of a file, and everything that is wrong in the file itself."""
    try:
        text = content if isinstance(content, str) else decoded(content)
    except UnicodeError:
        return _unreadable("encoding")
    # A form makes CRLF of every line end: the size must not depend on the way that it came.
    text = LINE_END.sub("\n", text.removeprefix("\ufeff"))
    if len(text.encode()) > MOST_BYTES:
        return _unreadable("too_long")
    lines = _lines(text)
    if lines is None:
        return _unreadable("not_csv")
    if not lines:
        return _unreadable("empty")
    if len(lines[0][1]) > MOST_COLUMNS:
        return _unreadable("not_csv")
    if problems := _too_wide(lines):
        return Sheet((), tuple(problems))
    (at, columns), *rest = _without_empty_columns(lines)
    if problems := _header_problems(at, columns):
        return Sheet((), tuple(problems))
    if not rest:
        return _unreadable("empty")
    if len(rest) > MOST_PEOPLE:
        return _unreadable("too_many")
    return _sheet(columns, rest)


def decoded(content: bytes) -> str:
    """The text of a file that a spreadsheet has written. UnicodeError for what is no text."""
    text = content.decode(_encoding(content))
    if any(unicodedata.category(c) == "Cc" and c not in "\t\n\r" for c in text):
        raise UnicodeError("control characters")
    return text


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = content[:200]
    # Names of columns are ASCII: every other byte of them is zero in UTF-16.
    for name, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if zeros and zeros.count(0) * 2 > len(zeros):
            return name
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def known(sheet: Sheet, cohorts: Sequence[str], taken: set[str]) -> Sheet:
    """The same beside who there is: `cohorts` by name, and the folded names that are `taken`."""
    found = list(sheet.problems)
    for row in sheet.rows:
        if row.cohort not in cohorts:
            found.append(Problem(row.line, "cohort", _short(row.cohort)))
        if folded(row.name) in taken:
            found.append(Problem(row.line, "taken", row.name))
    return Sheet(sheet.rows, tuple(sorted(found, key=lambda problem: problem.line)))


def template() -> str:
    """A file to start from."""
    return written([COLUMNS, *EXAMPLE])


def for_spreadsheets(text: str) -> bytes:
    """CSV as a file: without a byte order mark Excel takes UTF-8 for Windows-1252."""
    return text.encode("utf-8-sig")


def written(rows: Sequence[Sequence[str]]) -> str:
    """Rows as CSV. No cell can make a spreadsheet work something out."""
    out = io.StringIO()
    csv.writer(out).writerows([map(harmless, row) for row in rows])
    return out.getvalue()


def harmless(cell: str) -> str:
    """The cell as text for every spreadsheet."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _lines(text: str) -> list[tuple[int, list[str]]] | None:
    """The cells of every line that is not empty, with its number; None if it is no CSV."""
    first, _, rest = text.partition("\n")
    told = SEPARATOR.fullmatch(first)
    delimiter = told[1] if told else max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(rest if told else text), delimiter=delimiter, strict=True)
    lines, before = [], 0
    skipped = 1 if told else 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append((before + 1 + skipped, _trimmed(cells)))
            before = reader.line_num
    except csv.Error:
        return None
    return lines


def _trimmed(cells: list[str]) -> list[str]:
    """The cells without the empty ones at the end: Excel writes these or not."""
    whole = [cell.strip() for cell in cells]
    while whole and not whole[-1]:
        whole.pop()
    return whole


def _too_wide(lines: list[tuple[int, list[str]]]) -> list[Problem]:
    """Lines with something beyond the last named column."""
    width = len(lines[0][1])
    return [
        Problem(line, "cells", str(len(cells))) for line, cells in lines[1:] if len(cells) > width
    ]


def _without_empty_columns(lines: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Every line with as many cells as there are columns: the names of these in lower case.
    Columns without a name and without content are left out."""
    (at, header), *rest = lines
    width = len(header)
    whole = [(line, [*cells, *[""] * (width - len(cells))]) for line, cells in rest]
    kept = [n for n in range(width) if header[n] or any(cells[n] for _, cells in whole)]
    names = [header[n].lower() for n in kept]
    return [(at, names), *((line, [cells[n] for n in kept]) for line, cells in whole)]


def _header_problems(at: int, columns: list[str]) -> list[Problem]:
    missing = [Problem(at, "missing_column", name) for name in NEEDED if name not in columns]
    unknown = [Problem(at, "unknown_column", _short(n)) for n in columns if n not in COLUMNS]
    twice = [Problem(at, "column_twice", n) for n in COLUMNS if columns.count(n) > 1]
    return missing + unknown + twice


def _sheet(columns: list[str], lines: list[tuple[int, list[str]]]) -> Sheet:
    rows: list[Row] = []
    problems: list[Problem] = []
    first_line: dict[str, int] = {}
    for line, cells in lines:
        row = _row(line, dict(zip(columns, cells, strict=True)), problems)
        if row is None:
            continue
        earlier = first_line.setdefault(folded(row.name), line)
        if earlier != line:
            problems.append(Problem(line, "twice", str(earlier)))
        rows.append(row)
    return Sheet(tuple(rows), tuple(problems))


def _row(line: int, cells: Mapping[str, str], problems: list[Problem]) -> Row | None:
    """What is wrong goes to the `problems`. None without a name or a cohort: then nothing more
    can be said of it."""
    good: dict[str, str] = {}
    for column, check in CHECKS.items():
        cell = cells.get(column, "")
        try:
            good[column] = check(cell)
        except ValueError:
            problems.append(Problem(line, column, _short(cell)))
    if not good.keys() >= set(NEEDED):
        return None
    return Row(
        line,
        good["name"],
        good["cohort"],
        int(good.get("followers") or 0),
        good.get("country") or None,
        good.get("platform") or None,
    )


def _cohort(cell: str) -> str:
    if not cell:
        raise ValueError("empty")
    return cell.lower()


def _followers(cell: str) -> str:
    if cell and whole_number(cell) > MOST_FOLLOWERS:
        raise ValueError("too many")
    return cell


def _country(cell: str) -> str:
    if cell and not COUNTRY.fullmatch(cell.upper()):
        raise ValueError("not two letters")
    return cell.upper()


def _platform(cell: str) -> str:
    if cell and cell.lower() not in PLATFORMS:
        raise ValueError("unknown")
    return cell.lower()


def _roles(cell: str) -> str:
    """A file makes nobody a product manager."""
    if cell.lower() not in ("", TESTER):
        raise ValueError("more than a tester")
    return TESTER


CHECKS: Mapping[str, Callable[[str], str]] = {
    "name": tidy_name,
    "cohort": _cohort,
    "followers": _followers,
    "country": _country,
    "platform": _platform,
    "roles": _roles,
}


def _unreadable(code: str) -> Sheet:
    return Sheet((), (Problem(0, code),))


def _short(cell: str) -> str:
    shown = "".join(c if c.isprintable() else "·" for c in cell)
    return shown if len(shown) <= 40 else f"{shown[:39]}…"
