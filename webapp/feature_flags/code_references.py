"""What to delete of a finished feature: its folder, and the lines that name it elsewhere.

Found by reading the product's own source, so that nobody keeps a list.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flags import catalogue

ROOT = Path(catalogue.__file__).parent.parent
CATALOGUE_FILE = "flags/catalogue.py"
SEARCHED = ("flags", "webapp")
KINDS = (".py", ".json", ".html", ".js", ".css")
FEATURES = "webapp/features"


@dataclass(frozen=True)
class Lines:
    """Lines of a file, counted from 1, the last one with them."""

    file: str
    first: int
    last: int

    def __str__(self) -> str:
        place = f"{self.file}:{self.first}"
        return place if self.first == self.last else f"{place}-{self.last}"


@dataclass(frozen=True)
class Leftovers:
    """`folders` go as they are; `entry` is what the catalogue says of the feature, `mentions` the
    lines elsewhere that name it."""

    folders: tuple[str, ...]
    entry: tuple[Lines, ...]
    mentions: tuple[Lines, ...]


def leftovers(key: str, folders: Sequence[str], root: Path = ROOT) -> Leftovers:
    """What there is of a feature. `folders`: the names of those under features/ that are its own
    and nobody else's."""
    paths = tuple(f"{FEATURES}/{name}" for name in folders)
    constant, entry = _entry(key, root)
    names = _names(key, constant)
    mentions = [
        Lines(file, number, number)
        for file, text in _sources(root)
        if file != CATALOGUE_FILE and not file.startswith(tuple(f"{path}/" for path in paths))
        for number, line in enumerate(text, start=1)
        if names.search(line)
    ]
    return Leftovers(paths, entry, tuple(_joined(mentions)))


def _entry(key: str, root: Path) -> tuple[str | None, tuple[Lines, ...]]:
    """The name of the key's constant, and the lines of the catalogue that are about it."""
    tree = ast.parse((root / CATALOGUE_FILE).read_text("utf-8"))
    constant, lines = None, []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _is(node.value, key, None):
            constant = next((t.id for t in node.targets if isinstance(t, ast.Name)), None)
            lines.append(_lines(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "GatedFeature":
            given = {word.arg: word.value for word in node.keywords}
            if "key" in given and _is(given["key"], key, constant):
                lines.append(_lines(node))
    return constant, tuple(lines)


def _is(value: ast.expr, key: str, constant: str | None) -> bool:
    if isinstance(value, ast.Constant):
        return value.value == key
    return constant is not None and isinstance(value, ast.Name) and value.id == constant


def _lines(node: ast.stmt | ast.expr) -> Lines:
    return Lines(CATALOGUE_FILE, node.lineno, node.end_lineno or node.lineno)


def _names(key: str, constant: str | None) -> re.Pattern[str]:
    """The constant, or the key as a text or as the end of one ("console.purpose.reactions")."""
    quoted = rf"""["'.]{re.escape(key)}["']"""
    return re.compile(rf"\b{constant}\b|{quoted}" if constant else quoted)


def _joined(mentions: Sequence[Lines]) -> Iterator[Lines]:
    """Lines that follow each other are one place."""
    place: Lines | None = None
    for lines in mentions:
        if place and place.file == lines.file and place.last + 1 == lines.first:
            place = Lines(place.file, place.first, lines.last)
            continue
        if place:
            yield place
        place = lines
    if place:
        yield place


@cache
def _sources(root: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Every file that might name a feature: read once, a running product does not change."""
    files = sorted(
        path
        for folder in SEARCHED
        for path in (root / folder).rglob("*")
        if path.suffix in KINDS and "versions" not in path.parts
    )
    return tuple(
        (path.relative_to(root).as_posix(), tuple(path.read_text("utf-8").splitlines()))
        for path in files
    )
