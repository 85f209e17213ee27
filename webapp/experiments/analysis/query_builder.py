"""From a feature and a period to the question that figures are computed for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from flags.catalogue import CATALOGUE, SPACE
from flags.sources.interface import FeatureState, Source
from webapp.experiments.analysis.query import Question
from webapp.experiments.arms import CLOSED, OPEN
from webapp.experiments.exposure_recorder import KEPT, millis

SINCE_CHANGE = "change"
PERIODS: Mapping[str, timedelta | None] = {
    SINCE_CHANGE: None,
    "7": timedelta(days=7),
    "28": timedelta(days=28),
    "90": timedelta(days=90),
    "all": KEPT,
}
"""By name: how far back. Since the last change of who gets what is the only one in which the split
was the same all the time, and so the first."""

SPLIT = ("enabled", "rollout", "cohorts", "variants", "constraints", "custom", "feature_variants")
"""What of a feature's state decides how many people get what."""


class Framing:
    """Asks the right question about a feature. Raises SourceUnavailable, UnknownFeature."""

    def __init__(self, source: Source, clock: Callable[[], datetime]) -> None:
        self._source = source
        self._clock = clock

    def goes_by_space(self, key: str) -> bool:
        """Whether the feature `key` is compared by Space."""
        return by_space(self._source.feature(key))

    def question(self, key: str, period: str, staying: bool = False) -> Question:
        """About the feature `key`, in one of PERIODS. `staying` as in Question, ignored where
        people are compared: whoever saw both is left out there in any case."""
        line = self._line(key)
        by = "space" if by_space(line[0]) else "person"
        shares = shares_of(line, by)
        return Question(
            feature=key,
            by=by,
            since=self._since(line, period),
            until=millis(self._clock()) + 1,
            control=next(iter(shares), CLOSED),
            shares=shares,
            staying=staying and by == "space",
        )

    def _line(self, key: str) -> list[FeatureState]:
        """A feature, its parent, and so on."""
        line = [self._source.feature(key)]
        while (parent := CATALOGUE[line[-1].key].parent) is not None:
            line.append(self._source.feature(parent))
        return line

    def _since(self, line: list[FeatureState], period: str) -> int:
        back = PERIODS[period]
        if back is not None:
            return millis(self._clock() - back)
        changes = [change for state in line for change in self._source.history(state.key)]
        splits = (change.at for change in changes if _splits_anew(change.before, change.after))
        return millis(max(splits, default=self._clock() - KEPT))


def by_space(state: FeatureState) -> bool:
    """Whether a feature is compared by Space: only where it has variants to compare."""
    return CATALOGUE[state.key].assigned_by == SPACE and bool(state.variants)


def shares_of(line: list[FeatureState], by: str) -> dict[str, float]:
    """The split that was asked for, by answer, what others are compared with first. Empty where
    it cannot be known: rules made by hand.

    `line`: the feature, its parent, and so on. Those whom a percentage leaves out are the control
    where there are any; else it is the first variant.
    """
    state = line[0]
    if any(each.custom or each.feature_variants for each in line):
        return {}
    weights = _weights(state)
    if by == "space":
        return weights
    inside = min(each.rollout for each in line) / 100
    if CATALOGUE[state.key].met_in == SPACE and len(line) > 1:
        # Only those get as far as a Space whom the parent has let in.
        inside /= max(min(each.rollout for each in line[1:]) / 100, 0.01)
    if not 0 < inside < 1:
        return weights
    return {CLOSED: 1 - inside, **{name: share * inside for name, share in weights.items()}}


def _weights(state: FeatureState) -> dict[str, float]:
    if not state.variants:
        return {OPEN: 1.0}
    # In the catalogue's order: what there was first is what others are compared with.
    order = [variant.name for variant in CATALOGUE[state.key].variants]
    names = sorted(state.variants, key=lambda n: order.index(n) if n in order else len(order))
    return {f":{name}": state.variants[name] / 1000 for name in names if state.variants[name]}


def _splits_anew(before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    return any(before.get(name) != after.get(name) for name in SPLIT)
