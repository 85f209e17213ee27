"""Who an answer is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """A real person, one of the personas, or properties that somebody has made up."""

    PERSON = "person"
    PERSONA = "persona"
    MADE_UP = "made_up"


@dataclass(frozen=True)
class Subject:
    """Who it is about, without a person's name: that is looked up by the id in the context, for as
    long as the person is there.

    `persona` is the name of a persona; `slug` the Space that was chosen. `has` are the features
    that a browser of the person had at that moment, with their variants: also those that are
    closing, while they finish. `forced` is what a preview forces for them, as
    `flags.forced_flags.as_json` keeps it.
    """

    kind: Kind
    persona: str | None = None
    slug: str | None = None
    has: Mapping[str, str | None] = field(default_factory=dict)
    forced: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """What is stored."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Subject:
        """The reverse of `as_dict`."""
        return cls(**{**stored, "kind": Kind(stored["kind"])})
