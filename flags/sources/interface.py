"""The protocol of every source of definitions, and the words that it speaks.

Errors: EditRefused > UnknownFeature (also a KeyError), BadEdit (also a ValueError), Conflict;
SourceUnavailable stands alone, because it may come from reading too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Closing(StrEnum):
    """What happens to the people inside when a gate closes: out at once, or when they are done."""

    CUT = "cut"
    DRAIN = "drain"


@dataclass(frozen=True)
class Unreadable:
    """A feature with a rule that the engine cannot evaluate.

    `rule` is that rule, in Unleash's own words. The feature is evaluated by its rules of the
    revision `evaluated`; None when it never had any that could be: then it is closed.
    """

    rule: str
    evaluated: int | None


@dataclass(frozen=True)
class Definitions:
    """Everything the SDK needs: a document in the format of Unleash's /api/client/features.

    `unreadable`: by key, the features that the document has older rules of.
    """

    revision: int
    document: dict[str, Any]
    unreadable: Mapping[str, Unreadable] = field(default_factory=dict)


@dataclass(frozen=True)
class FeatureState:
    """One feature as its editors see it.

    `rollout` is in percent of each cohort in `cohorts`; `variants` are weights of 1000 by name;
    `closing` is the choice made in the last edit that closed anything; `revision` is that of the
    feature's own last change, which an editor hands back as `expected`; `strategies` are in
    Unleash's format. `custom` are strategies that somebody made by hand elsewhere and that cohorts
    and a percentage cannot express: they hold until an edit of either replaces them, and with them
    `feature_variants`, which older servers have at the feature itself. `upstream` is the last event
    of another server that went into this state; `untold`: it was stopped here, and that
    server is not known to have it off yet.
    """

    key: str
    enabled: bool
    rollout: int
    cohorts: tuple[str, ...]
    variants: Mapping[str, int]
    constraints: tuple[dict[str, Any], ...] = ()
    closing: Closing = Closing.DRAIN
    revision: int = 0
    strategies: tuple[dict[str, Any], ...] = ()
    custom: tuple[dict[str, Any], ...] = ()
    feature_variants: tuple[dict[str, Any], ...] = ()
    upstream: int = field(default=0, compare=False)
    untold: bool = field(default=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """What is stored, and kept in the history: all but key, revision and strategies."""
        return {
            "enabled": self.enabled,
            "rollout": self.rollout,
            "cohorts": list(self.cohorts),
            "variants": dict(self.variants),
            "constraints": [dict(constraint) for constraint in self.constraints],
            "closing": self.closing.value,
            **({"custom": [dict(strategy) for strategy in self.custom]} if self.custom else {}),
            **(
                {"feature_variants": [dict(variant) for variant in self.feature_variants]}
                if self.feature_variants
                else {}
            ),
            **({"upstream": self.upstream} if self.upstream else {}),
            **({"untold": True} if self.untold else {}),
        }

    @classmethod
    def from_dict(cls, key: str, stored: Mapping[str, Any], revision: int) -> FeatureState:
        """The reverse of `as_dict`."""
        return cls(
            key=key,
            enabled=stored["enabled"],
            rollout=stored["rollout"],
            cohorts=tuple(stored["cohorts"]),
            variants=dict(stored["variants"]),
            constraints=tuple(stored["constraints"]),
            closing=Closing(stored["closing"]),
            revision=revision,
            custom=tuple(stored.get("custom", ())),
            feature_variants=tuple(stored.get("feature_variants", ())),
            upstream=stored.get("upstream", 0),
            untold=stored.get("untold", False),
        )


class Actor(str):
    """The name of who edits, as it is now, and in `id` the ids of the people behind it, separated
    by a space: names can be changed, ids cannot. A plain string is an actor without an id: the
    command line, a seed, another server."""

    __slots__ = ("id",)

    id: str

    def __new__(cls, name: str, person_id: str = "") -> Actor:
        actor = super().__new__(cls, name)
        actor.id = person_id
        return actor


def actor_id(by: str) -> str:
    """The ids of the people behind a name; empty when there is nobody."""
    return by.id if isinstance(by, Actor) else ""


@dataclass(frozen=True)
class Change:
    """One row of the history.

    `before` is empty for a seed; `closing` is set when the change closed something; `by_id` are the
    ids of the people behind `by`, see `Actor`.
    """

    id: int
    revision: int
    feature: str
    action: str
    by: str
    at: datetime
    before: dict[str, Any]
    after: dict[str, Any]
    closing: Closing | None = None
    by_id: str = ""


class EditRefused(Exception):
    """An edit that was not made."""


class UnknownFeature(EditRefused, KeyError):
    """There is no gated feature of this key."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return f"there is no feature {self.key!r}"


class BadEdit(EditRefused, ValueError):
    """The values of an edit make no sense: a percentage outside 0-100, a cohort without a name."""


class Conflict(EditRefused):
    """Somebody else changed the feature since the editor looked. `change` is the latest one."""

    def __init__(self, revision: int, change: Change) -> None:
        super().__init__(f"{change.feature} was changed by {change.by} in between")
        self.revision = revision
        self.change = change


class SourceUnavailable(Exception):
    """The definitions cannot be read or written now."""


class Source(Protocol):
    """Definitions, and their editing. Every method may raise SourceUnavailable.

    Edits return the change made, or None when everything was so already: an edit may be repeated
    safely. `expected` is the feature's revision that the editor saw; Conflict when it is stale and
    the edit would still change something. `by` names who edits: an `Actor` for a person. Edits may
    also raise UnknownFeature and BadEdit.
    """

    def revision(self) -> int:
        """Grows with every change. Cheap: it is polled several times a second."""

    def definitions(self) -> Definitions: ...

    def feature(self, key: str) -> FeatureState:
        """UnknownFeature when there is none."""

    def features(self) -> list[FeatureState]:
        """All of them, parents first."""

    def turn_on(self, key: str, by: str, expected: int | None = None) -> Change | None: ...

    def turn_off(
        self, key: str, closing: Closing, by: str, expected: int | None = None
    ) -> Change | None:
        """Also hardens a drain that is going on into a cut."""

    def stop(self, key: str, closing: Closing, by: str) -> Change | None:
        """The same at once, whatever came since and whoever else does not answer: another server
        that has the definitions is told of it as soon as it does."""

    def set_rollout(
        self,
        key: str,
        percent: int,
        by: str,
        expected: int | None = None,
        closing: Closing = Closing.DRAIN,
    ) -> Change | None: ...

    def set_cohort(
        self,
        key: str,
        cohort: str,
        on: bool,
        by: str,
        expected: int | None = None,
        closing: Closing = Closing.DRAIN,
    ) -> Change | None: ...

    def set_variants(
        self, key: str, weights: Mapping[str, int], by: str, expected: int | None = None
    ) -> Change | None:
        """`weights`: of 1000 in all, one for each variant that the feature has."""

    def put(
        self, state: FeatureState, by: str, expected: int | None = None, action: str = "import"
    ) -> Change | None:
        """Brings a feature into `state` altogether, and makes it first where it was never stored.

        The state's `revision`, `strategies`, `upstream` and `untold` are the source's own and not
        looked at.
        """

    def history(self, key: str | None = None, limit: int = 200) -> list[Change]:
        """The latest changes first."""
