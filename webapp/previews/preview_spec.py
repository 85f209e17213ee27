"""What somebody wants to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flags.catalogue import CATALOGUE
from flags.forced_flags import CannotForce, Forced, as_json, complete
from webapp.accounts.schemas import tidy_name
from webapp.http.errors import AppError

LINK, COMPARE, REPORT = "link", "compare", "report"
"""What a preview is made in."""


@dataclass(frozen=True)
class Wanted:
    """A made-up person, and what is forced for them.

    `name` is how others in a Space see them. `gates_as` are what gates see beside the properties
    (see `flags.context.seen_as`); empty for somebody of whom there is no more to know.
    """

    name: str
    cohort: str
    followers: int = 0
    country: str | None = None
    platform: str | None = None
    gates_as: Mapping[str, Any] = field(default_factory=dict)
    forced: Mapping[str, Forced] = field(default_factory=dict)
    purpose: str = LINK

    def checked(self) -> dict[str, Any]:
        """As the columns of a Preview. `bad_input` for what cannot be."""
        try:
            complete(self.forced)
            name = tidy_name(self.name)
        except CannotForce as error:
            raise AppError("bad_input", fields=[error.key, *filter(None, [error.other])]) from None
        except ValueError:
            raise AppError("bad_input", fields=["name"]) from None
        return {
            "name": name,
            "cohort": self.cohort,
            "followers": self.followers,
            "country": self.country,
            "platform": self.platform,
            "gates_as": dict(self.gates_as) or None,
            "forced": as_json(self.forced),
            "purpose": self.purpose,
        }


def asked(forced: Mapping[str, Any]) -> dict[str, Forced]:
    """What was asked for, as kept; a feature that has left the catalogue meanwhile is left out."""
    return {key: Forced(**each) for key, each in forced.items() if key in CATALOGUE}
