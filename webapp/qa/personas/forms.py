"""Fields of forms that say what somebody is like: for personas, and for made-up properties."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from pydantic import ValidationError

from webapp.http.errors import AppError, ErrorCode

LINE_END = re.compile(r"\r\n?|\n")
"""What ends a line in a form. `str.splitlines` knows more, which may be part of a value."""


def others_in(text: str) -> dict[str, str]:
    """Lines of `name: value`. `bad_input` for a line of another kind."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, LINE_END.split(text))):
        name, colon, value = line.partition(":")
        if not (colon and name.strip() and value.strip()):
            raise AppError(ErrorCode.BAD_INPUT, fields=["others"])
        found[name.strip()] = value.strip()
    return found


def moment_in(text: str) -> datetime:
    """A moment as a form sends it; in UTC unless it says otherwise. `bad_input` for another."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise AppError(ErrorCode.BAD_INPUT, fields=["at"]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def bad_input(error: ValidationError) -> AppError:
    """Which fields are wrong, never with their values."""
    fields = sorted({str(issue["loc"][0]) for issue in error.errors() if issue["loc"]})
    return AppError(ErrorCode.BAD_INPUT, fields=fields or ["others"])
