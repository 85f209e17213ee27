"""What the ways in accept, and what they hand out."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from webapp.accounts.models import LONGEST_NAME, Login, Person
from webapp.http.errors import AppError

M = TypeVar("M", bound=BaseModel)


UNSEEN = ("Cc", "Cf", "Cs", "Co")
"""Unicode categories of what is not seen, or turns the text around it (bidirectional marks)."""

JOINERS = "\u200c\u200d"
"""Allowed though of category Cf: emoji and Indic scripts need them."""

DIRECTIONS = "\u200e\u200f\u061c\ufeff\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
"""Marks that spreadsheets put around what is copied out of them. They do nothing there."""

BLANK = JOINERS + " \u034f\u115f\u1160\u2800\u3164\uffa0"
"""A name of nothing else looks empty."""


def tidy_name(name: str) -> str:
    """A display name as it is kept: trimmed, normalised (NFC), single spaces, 1 to 40 characters.

    ValueError for an empty or too long one, and for characters that are not seen.
    """
    trimmed = name.strip().strip(DIRECTIONS).strip()
    if any(unicodedata.category(c) in UNSEEN and c not in JOINERS for c in trimmed):
        raise ValueError("a character that cannot be seen")
    tidy = " ".join(unicodedata.normalize("NFC", trimmed).split())
    if not tidy.strip(BLANK) or len(tidy) > LONGEST_NAME:
        raise ValueError(f"1 to {LONGEST_NAME} characters")
    return tidy


DisplayName = Annotated[str, AfterValidator(tidy_name)]


class Form(BaseModel):
    """Base of what forms send. Fields that nobody asked for are left out, not refused: browsers'
    extensions add some."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class NameForm(Form):
    """Joining, and a new name."""

    display_name: DisplayName


class LanguageForm(Form):
    """The language switch, and where to go on."""

    language: Literal["en", "fr"]
    next: str = "/"


def parse(form: type[M], sent: Mapping[str, str]) -> M:
    """The content of a form. `bad_input` names the fields that are wrong, never their values."""
    try:
        return form.model_validate(dict(sent))
    except ValidationError as error:
        wrong = sorted({str(issue["loc"][0]) for issue in error.errors() if issue["loc"]})
        raise AppError("bad_input", fields=wrong) from None


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who a login cookie belongs to. `renewed`: the cookie must be sent again. `untold`: something
    happened to their account that this device has not been told of."""

    person: Person
    login: Login
    renewed: bool = False
    untold: bool = False

    @property
    def login_id(self) -> str:
        return self.login.id


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody has come in: their person, and the cookie that keeps them in."""

    person: Person
    login: Login
    cookie: str


@dataclass(frozen=True, slots=True)
class Invited:
    """A good invitation, as its page shows it. `by` is the name of who made it, if a person."""

    cohort: str
    welcome: str
    by: str | None
