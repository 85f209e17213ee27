"""Comparing answers byte for byte, but for what names the request itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

CSRF = re.compile(r'(name="csrf_token" value=")[^"]*"')
SESSION = re.compile(r"^session=[^;]*;")

NOT_COMPARED = frozenset({"date"})


@dataclass(frozen=True)
class Answer:
    """Status, headers in order, and body, with the address and form token taken out."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name.lower()), None)


def answer_of(status: int, headers: Iterable[tuple[str, str]], body: bytes, asked: str) -> Answer:
    """`asked` is the path that was asked for: a page may hold it (the language switch)."""
    kept = tuple(
        (name.lower(), SESSION.sub("session=…;", value))
        for name, value in headers
        if name.lower() not in NOT_COMPARED
    )
    length = str(len(body))
    plain = CSRF.sub(r'\1…"', body.decode("utf-8", "replace")).replace(asked, "ADDRESS")
    told = tuple(
        (name, "LENGTH" if name == "content-length" and value == length else value)
        for name, value in kept
    )
    return Answer(status, told, plain)
