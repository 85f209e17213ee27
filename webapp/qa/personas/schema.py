"""What a persona is: a person as gates see one (`flags.context.PersonLike`), and expectations."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from flags.context import context_of
from flags.gate import Decision
from webapp.accounts.schemas import DisplayName
from webapp.accounts.search_key import folded
from webapp.http.forms import WholeNumber

LONGEST_TEXT = 500
LONGEST_VALUE = 100
MOST_PROPERTIES = 20

KNOWN = ("cohort", "followers", "country", "platform")
"""Properties that every person may have; a persona may have others too."""


Value = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_VALUE)]


class Expected(BaseModel):
    """The answer that a feature should give. Open without a `variant`: whichever it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool
    variant: Value | None = None

    def is_met(self, answer: Decision) -> bool:
        """Whether a gate's answer is the expected one."""
        if self.enabled and self.variant is not None:
            return answer.enabled and answer.variant == self.variant
        return answer.enabled is self.enabled


class Persona(BaseModel):
    """A made-up person. `id` decides variants and percentages, as a person's does; `others` are
    properties beside the usual ones. Without `at` a persona lives now.

    Raises pydantic's ValidationError.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: DisplayName
    description: str = Field("", max_length=LONGEST_TEXT)
    id: Value
    cohort: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    followers: WholeNumber = Field(0, ge=0, le=2_000_000_000)
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    platform: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None
    others: dict[Value, Value] = Field(default_factory=dict, max_length=MOST_PROPERTIES)
    at: AwareDatetime | None = None
    expected: dict[Value, Expected] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        """Without an id of its own it has one made from its name."""
        if (
            isinstance(given, Mapping)
            and not given.get("id")
            and isinstance(given.get("name"), str)
        ):
            return {**given, "id": id_from(given["name"])}
        return given

    @model_validator(mode="after")
    def _others_are_others(self) -> Persona:
        if self.others.keys() & set(KNOWN):
            raise ValueError(f"{', '.join(KNOWN)} have places of their own")
        return self

    def context(self, now: datetime, space: str | None = None) -> dict[str, Any]:
        """The Unleash context of this persona; `now` (aware) unless it has a time of its own. Of a
        Space given and one among its own properties, its own counts."""
        context = context_of(self, self.at or now, space)
        return {**context, "properties": {**context["properties"], **self.others}}

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return self.model_dump(mode="json", exclude_defaults=True)


def id_from(name: str) -> str:
    """A persona's id where none is given. Of a name in which anything but letters from a to z,
    digits, blanks and hyphens would be left out, it ends with a fingerprint of the whole name:
    percentages and variants are dealt by the id, so no two names may share one."""
    if re.fullmatch(r"[A-Za-z0-9 -]*[A-Za-z0-9][A-Za-z0-9 -]*", name):
        return _words(name)
    return distinct_id_from(name)


def distinct_id_from(name: str) -> str:
    """An id that no other name has."""
    fingerprint = hashlib.sha256(name.encode()).hexdigest()[:10]
    return f"{_words(name)}-{fingerprint}"


def _words(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")
    return f"persona-{words}" if words else "persona"
