"""Texts that people write for others to read."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def one_line(longest: int) -> Callable[[str], str]:
    """A validator: one line of 1 to `longest` characters, white space folded, nothing invisible
    that could turn or hide what stands beside it. Raises ValueError."""

    def check(text: str) -> str:
        folded = " ".join(unicodedata.normalize("NFC", text).split())
        hidden = any(c in BIDI_CONTROLS or unicodedata.category(c) in ("Cc", "Cs") for c in folded)
        if hidden or not 0 < len(folded) <= longest:
            raise ValueError("not a line of text")
        return folded

    return check
