"""Which features have rules that the engine cannot evaluate, and the last rules that it could.

The engine parses every rule of a feature; one that its grammar does not take (a date without a
time zone, a number such as `.5`) closes the whole feature for everybody, in silence. Unleash
accepts such rules. So a feature with one keeps its last readable rules, and the console, the log
and `/readyz` tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flags.catalogue import GatedFeature
from flags.explain import Constraint, Strategy, explain
from flags.sources.interface import Change, FeatureState, Unreadable
from flags.sources.unleash_document import document_of

CHANGES_SEARCHED = 500
"""How many changes of a feature are looked through for its last readable rules."""


def unreadable_rule(state: FeatureState, gated: GatedFeature) -> str | None:
    """The first rule of a feature that the engine cannot evaluate, in Unleash's own words
    ("currentTime DATE_AFTER 2026-12-01"); None when it can evaluate all of them."""
    try:
        document = document_of([state], {gated.key: replace(gated, parent=None)})
        (feature,) = document["features"]
        feature["strategies"] = [_inlined(each, document) for each in feature["strategies"]]
        strategies = explain(document, state.key, {}).strategies
        unreadable = (_rule_of(strategy) for strategy in strategies if strategy.unreadable)
        return next(unreadable, None) or _weightless(feature)
    except (AttributeError, KeyError, TypeError, ValueError):  # not even the form of a rule
        return "a rule without the parts of one"


def _inlined(strategy: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """A strategy with the constraints of its segments. Those that are not here are another
    document's: numbers of segments count in one document only."""
    segments = {segment["id"]: segment["constraints"] for segment in document["segments"]}
    there = [rule for number in strategy.get("segments") or () for rule in segments.get(number, ())]
    return {
        **strategy,
        "segments": [],
        "constraints": [*(strategy.get("constraints") or ()), *there],
    }


@dataclass(frozen=True)
class Readable:
    """States as they are evaluated, and the features whose stored rules were replaced for it."""

    states: list[FeatureState]
    unreadable: Mapping[str, Unreadable]


class LastReadable:
    """Replaces unreadable rules by the feature's last readable ones.

    `changes(key, limit)` are a feature's changes, the latest first. Each state is examined once.
    """

    def __init__(
        self,
        catalogue: Mapping[str, GatedFeature],
        changes: Callable[[str, int], list[Change]],
    ) -> None:
        self._catalogue = catalogue
        self._changes = changes
        self._rules: dict[str, tuple[FeatureState, str | None]] = {}
        self._replacements: dict[str, tuple[int, FeatureState | None]] = {}

    def of(self, states: Iterable[FeatureState]) -> Readable:
        """Raises SourceUnavailable when the history cannot be read."""
        evaluated, unreadable = [], {}
        for state in states:
            if (rule := self._rule(state)) is None:
                evaluated.append(state)
                continue
            last = self._replacement(state)
            unreadable[state.key] = Unreadable(rule, last.revision if last else None)
            evaluated.append(_with_rules_of(last, state) if last else state)
        return Readable(evaluated, unreadable)

    def _rule(self, state: FeatureState) -> str | None:
        known = self._rules.get(state.key)
        if known is None or known[0] != state:
            rule = unreadable_rule(state, self._catalogue[state.key])
            known = self._rules[state.key] = (state, rule)
        return known[1]

    def _replacement(self, state: FeatureState) -> FeatureState | None:
        known = self._replacements.get(state.key)
        if known is None or known[0] != state.revision:
            known = self._replacements[state.key] = (state.revision, self._last_readable(state.key))
        return known[1]

    def _last_readable(self, key: str) -> FeatureState | None:
        gated = self._catalogue[key]
        for change in self._changes(key, CHANGES_SEARCHED):
            if not change.after:
                continue
            state = FeatureState.from_dict(key, change.after, change.revision)
            if unreadable_rule(state, gated) is None:
                return state
        return None


def _with_rules_of(last: FeatureState, state: FeatureState) -> FeatureState:
    """`state`, with the rules of `last`. Turned off counts, whatever the rules; turned on does not
    open what was closed, by rules that nobody meant for it."""
    return replace(
        state,
        enabled=state.enabled and last.enabled,
        rollout=last.rollout,
        cohorts=last.cohorts,
        variants=last.variants,
        constraints=last.constraints,
        custom=last.custom,
        feature_variants=last.feature_variants,
    )


def _rule_of(strategy: Strategy) -> str:
    for each in strategy.constraints:
        if each.unreadable:
            return _constraint_text(each)
    values = ", ".join(f"{name}={value}" for name, value in sorted(strategy.parameters.items()))
    return f"{strategy.name} {values}".strip()


def _constraint_text(constraint: Constraint) -> str:
    wanted = ", ".join(constraint.wanted)
    return f"{constraint.name} {constraint.operator} {wanted}".strip()


def _weightless(feature: Mapping[str, Any]) -> str | None:
    """Variants whose weights add up to nothing make the engine fail."""
    if any(dealt and not sum(one["weight"] for one in dealt) for dealt in _variants_of(feature)):
        return "variants without any weight"
    return None


def _variants_of(feature: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    yield feature.get("variants") or []
    for strategy in feature.get("strategies") or ():
        yield strategy.get("variants") or []
