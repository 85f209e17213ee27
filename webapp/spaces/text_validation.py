"""Texts that people write for others to read."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)

UNSEEN = "\u00ad\u034f\u115f\u1160\u200b\u200c\u200d\u2060\u2800\u3164\ufe0e\ufe0f\ufeff\uffa0"
"""May stand between other characters. A text of nothing else looks empty."""


def one_line(longest: int) -> Callable[[str], str]:
    """A validator: one line of 1 to `longest` characters, white space folded, something
    to be seen, and nothing invisible that could turn or hide what stands beside it. Raises
    ValueError."""

    def check(text: str) -> str:
        folded = " ".join(unicodedata.normalize("NFC", text).split())
        hidden = any(c in BIDI_CONTROLS or unicodedata.category(c) in ("Cc", "Cs") for c in folded)
        blank = not folded.strip(UNSEEN + " ")
        if hidden or blank or len(folded) > longest:
            raise ValueError("not a line of text")
        return folded

    return check
