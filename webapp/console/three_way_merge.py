"""Two people's changes of one feature, brought together. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flags.sources.interface import Closing, FeatureState
from flags.sources.state_transitions import closes

FIELDS: dict[str, tuple[str, ...]] = {
    "switch": ("enabled",),
    "percent": ("rollout",),
    "variants": ("variants",),
    "rules": ("custom", "feature_variants", "constraints"),
}
"""What can collide, by the name that editors know it by. Cohorts cannot: each goes in or out."""


@dataclass(frozen=True)
class Merge:
    """`state` has both; where they `collide`, it has mine."""

    state: FeatureState
    collisions: tuple[str, ...]


def merged(base: FeatureState, mine: FeatureState, theirs: FeatureState, closing: Closing) -> Merge:
    """My changes since `base`, made to `theirs`. `closing` is for whoever loses the feature."""
    changes: dict[str, Any] = {"cohorts": _cohorts(base, mine, theirs)}
    collisions = []
    for name, fields in FIELDS.items():
        of = _values(fields)
        if of(mine) == of(base):
            continue
        if of(theirs) not in (of(base), of(mine)):
            collisions.append(name)
        changes |= dict(zip(fields, of(mine), strict=True))
    state = replace(theirs, **changes)
    return Merge(closing_by(theirs, state, closing), tuple(collisions))


def closing_by(before: FeatureState, after: FeatureState, closing: Closing) -> FeatureState:
    """`after`, with `closing` if anybody may lose the feature by it, else with what it was."""
    unchosen = replace(after, closing=before.closing)
    return replace(after, closing=closing) if closes(before, unchosen) else unchosen


def _values(fields: tuple[str, ...]) -> Callable[[FeatureState], tuple[Any, ...]]:
    return lambda state: tuple(getattr(state, field) for field in fields)


def _cohorts(base: FeatureState, mine: FeatureState, theirs: FeatureState) -> tuple[str, ...]:
    taken_out = set(base.cohorts) - set(mine.cohorts)
    let_in = [name for name in mine.cohorts if name not in base.cohorts]
    kept = [name for name in theirs.cohorts if name not in taken_out]
    return (*kept, *(name for name in let_in if name not in kept))
