"""From a person to the context that Unleash evaluates."""

from __future__ import annotations

from collections.abc import Mapping
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


LOBBY = "lobby"
"""The property `space` of somebody who is in none."""


def context_of(person: PersonLike, now: datetime, space: str | None = None) -> dict[str, Any]:
    """The Unleash context of `person` at `now` (aware), in the Space of the slug `space` if they
    are in one. What is not known is left out. The time stands last: all before it lasts."""
    properties = {
        "cohort": person.cohort,
        "followers": str(person.followers),
        "country": person.country,
        "platform": person.platform,
        "space": space or LOBBY,
    }
    return {
        "userId": person.id,
        "properties": {name: value for name, value in properties.items() if value is not None},
        "currentTime": now.isoformat(),
    }


def seen_as(context: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """A context as it would be for somebody else: with their "id", their "others" (properties
    beside the usual ones) and their "at", a time in ISO form. What is left out stays."""
    properties = {**context["properties"], **other.get("others", {})}
    seen = {**context, "properties": properties}
    seen["userId"] = other.get("id", context["userId"])
    seen["currentTime"] = other.get("at", context["currentTime"])
    return seen
