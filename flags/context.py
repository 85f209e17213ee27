"""From a person to the context that Unleash evaluates."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol


class PersonLike(Protocol):
    """What a gate may know of a person."""

    @property
    def id(self) -> str: ...
    @property
    def cohort(self) -> str: ...
    @property
    def followers(self) -> int: ...
    @property
    def country(self) -> str | None: ...
    @property
    def platform(self) -> str | None: ...


def context_of(person: PersonLike, now: datetime) -> dict[str, Any]:
    """The Unleash context of `person` at `now` (aware). What is not known is left out."""
    properties = {
        "cohort": person.cohort,
        "followers": str(person.followers),
        "country": person.country,
        "platform": person.platform,
    }
    return {
        "userId": person.id,
        "currentTime": now.isoformat(),
        "properties": {name: value for name, value in properties.items() if value is not None},
    }
