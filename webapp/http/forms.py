"""What forms have in common: how numbers are written, and that a refused form keeps its content."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from flask import Flask, request
from pydantic import BeforeValidator
from werkzeug.datastructures import ImmutableMultiDict

from webapp.http.errors import AppError

REFUSED = "soundcheck.refused_form"
"""Where the environment of a request holds the form that its page is to show again."""

WHOLE = re.compile(r"[0-9]{1,10}")
DECIMAL = re.compile(r"[0-9]{1,10}([.,][0-9])?")


@dataclass(frozen=True)
class Refused:
    """A form that was refused before its view looked at it: where it was sent, its content, why."""

    endpoint: str
    view_args: dict[str, Any]
    form: ImmutableMultiDict[str, str]
    error: AppError


def whole_number(text: str) -> int:
    """A number of ASCII digits. ValueError for every other notation: `5_0`, `1e1`, `+5`, `٥٠`."""
    digits = text.strip()
    if not WHOLE.fullmatch(digits):
        raise ValueError("a whole number in digits")
    return int(digits)


def tenths(text: str) -> int:
    """How many tenths a number of ASCII digits with at most one decimal has, after a point or a
    comma. ValueError for every other notation."""
    digits = text.strip()
    if not DECIMAL.fullmatch(digits):
        raise ValueError("a number in digits, with one decimal at most")
    return int(Decimal(digits.replace(",", ".")) * 10)


def _read_text(value: Any) -> Any:
    return whole_number(value) if isinstance(value, str) else value


WholeNumber = Annotated[int, BeforeValidator(_read_text)]
"""An `int` of a pydantic model that a form or a file may send as text."""


def sent_to(endpoint: str, **view_args: str) -> ImmutableMultiDict[str, str]:
    """The content of the form that is being answered, if it was sent to this endpoint; else
    nothing. A page with several forms asks for each by its own endpoint, so that a refused form
    comes back as it was sent and the others stay as they were."""
    refused: Refused | None = request.environ.get(REFUSED)
    if refused is not None:
        is_it = refused.endpoint == endpoint and refused.view_args == view_args
        return refused.form if is_it else ImmutableMultiDict()
    here = request.method == "POST" and request.endpoint == endpoint
    if here and (request.view_args or {}) == view_args:
        return request.form
    return ImmutableMultiDict()


def init_app(app: Flask) -> None:
    """Gives the templates `sent_to`."""
    app.jinja_env.globals["sent_to"] = sent_to
