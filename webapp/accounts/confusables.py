"""What names look like: the skeleton of UTS #39, coarser, for telling who could be taken for whom.

Two names with one skeleton differ in capitals, accents, spaces, invisible characters or letters
that look alike at the most ("Priya", "PRIYA", "Рriуа", "Prìyа", "Pr1ya").
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

LONGEST_SKELETON = 160
"""Characters kept; what is longer is cut."""

TABLE = Path(__file__).with_name("confusables.txt")
UNSEEN = frozenset({"Mn", "Me", "Cf", "Cc", "Zs"})
"""Unicode categories that do not make a name another one: marks, what is not seen, spaces."""
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Not seen either, though they count as letters or symbols."""


def skeleton(name: str) -> str:
    """What a name looks like. Empty for one of nothing that could be compared."""
    seen = (
        letter
        for letter in unicodedata.normalize("NFKD", name)
        if unicodedata.category(letter) not in UNSEEN and letter not in BLANK
    )
    looks = "".join(_look(letter) for letter in seen)
    return looks.replace("rn", "m")[:LONGEST_SKELETON]


def _look(letter: str) -> str:
    table = _table()
    if letter in table:
        return table[letter]
    small = unicodedata.normalize("NFKD", letter.casefold())
    return "".join(table.get(one, one) for one in small if not unicodedata.combining(one))


@cache
def _table() -> dict[str, str]:
    """The letter that stands for all that look like it, by each of these."""
    found: dict[str, str] = {}
    for line in TABLE.read_text("utf-8").splitlines():
        if not line.startswith("# "):
            looks, _, alike = line.partition(" ")
            found |= dict.fromkeys(alike, looks)
    return found
