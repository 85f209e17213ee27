"""What an explanation consists of. Plain values: the words are the page's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """What settled the answer. The last three are the ones that open."""

    UNKNOWN = "unknown"
    """There is no such feature."""
    OFF = "off"
    """It is switched off for everybody."""
    PARENT = "parent"
    """A parent is not as the feature needs it."""
    UNREADABLE = "unreadable"
    """Some part of its strategies is malformed: the engine closes the whole feature."""
    NO_STRATEGY = "no strategy"
    """Not one strategy lets this person in."""
    BROKEN_VARIANTS = "broken variants"
    """The weights of the variants add up to nothing: the engine fails, and the gate closes."""
    STRATEGY = "strategy"
    """A strategy lets this person in."""
    EVERYBODY = "everybody"
    """It has no strategies: on means everybody."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint, and the value that met or failed it.

    `found` is what the person has there, None for nothing; `by` the wanted value that it met.
    `holds` is before the inversion, `met` after it. An `unreadable` one is never met.
    """

    name: str
    operator: str
    wanted: tuple[str, ...]
    found: str | None
    by: str | None
    holds: bool
    inverted: bool
    ignores_case: bool
    met: bool
    unreadable: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """A named group of constraints; all must be met. One that is `missing` closes the feature."""

    id: int
    name: str
    constraints: tuple[Constraint, ...]
    met: bool
    missing: bool


@dataclass(frozen=True, slots=True)
class Rollout:
    """Where the person falls in a percentage: in it when `place` (1-100) is at most `percent`.

    `place` is murmur3 of "group:value" with seed 0, modulo 100, plus 1. None when the person has
    no value to stick to: then they are outside. `drawn`: `value` is a draw made for this answer.
    """

    percent: int
    stickiness: str
    value: str | None
    group: str
    place: int | None
    drawn: bool
    met: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that the person's value of `name` must be in (user ids, addresses)."""

    name: str
    wanted: tuple[str, ...]
    found: str | None
    by: str | None
    met: bool


@dataclass(frozen=True, slots=True)
class Strategy:
    """One strategy: its own rule (`rollout`, `listing`, or neither), its segments, its constraints.

    `own` is whether the rule of its kind holds: always for `default`, never for kinds that the
    engine does not know (`known`).
    """

    name: str
    known: bool
    parameters: Mapping[str, str]
    rollout: Rollout | None
    listing: Listing | None
    own: bool
    segments: tuple[Segment, ...]
    constraints: tuple[Constraint, ...]
    met: bool
    unreadable: bool


@dataclass(frozen=True, slots=True)
class Range:
    """The hashes (both ends included) that give one variant; empty when `last` < `first`."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Override:
    """Values of `name` that give a variant whatever the hash; `found` is the person's."""

    name: str
    found: str


@dataclass(frozen=True, slots=True)
class Choice:
    """How a variant was found.

    `strategy` is the number (from 0) of the strategy whose variants are dealt out, None for those
    of the feature itself. `hash` is murmur3 of "group:value" with seed 86028157, modulo `total`,
    plus 1; `drawn` when there was nothing to stick to and it is a draw. Both hash and ranges stay
    as they are under an override, which goes before them.
    """

    name: str | None
    strategy: int | None
    stickiness: str
    value: str | None
    group: str
    hash: int | None
    total: int
    drawn: bool
    ranges: tuple[Range, ...]
    override: Override | None


@dataclass(frozen=True, slots=True)
class Parent:
    """What a feature asks of another one, and what that one answers here.

    `explanation` is None when the parent is missing, or `nested`: a parent with parents of its own
    satisfies nothing. Without a group of its own a parent's percentage is hashed in the name of the
    child that asks, so that its answer here may differ from the one for itself. `variant` is the
    one that the parent deals out, even where it is closed.
    """

    feature: str
    wants_enabled: bool
    wants_variants: tuple[str, ...]
    explanation: Explanation | None
    variant: str | None
    nested: bool
    met: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole why. Every strategy is read to its end, also those after the one that `decided`.

    `drawn`: luck was part of it, so the next answer may be another one. `agrees` is None until the
    explanation has been held against the engine (`beside`), and where luck was part of it.
    """

    key: str
    enabled: bool
    variant: str | None
    reason: Reason
    on: bool
    parents: tuple[Parent, ...] = ()
    strategies: tuple[Strategy, ...] = ()
    decided: int | None = None
    choice: Choice | None = None
    drawn: bool = False
    agrees: bool | None = None

    def beside(self, enabled: bool, variant: str | None) -> Explanation:
        """This, held against what the engine said: that is the answer, this only its reading."""
        if self.drawn:
            return self
        return replace(self, agrees=(enabled, variant) == (self.enabled, self.variant))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)
