"""Names as people look for them."""

from __future__ import annotations

import unicodedata


def folded(name: str) -> str:
    """Without accents and capitals: "Zoë" and "ZOE" are the same to whoever looks for them.

    Databases do not agree on this, and SQLite knows ASCII only; so it is kept beside the name.
    """
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))[:160]
