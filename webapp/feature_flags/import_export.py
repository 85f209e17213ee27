"""Features as a file: from one source of definitions to another, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from flags.catalogue import CATALOGUE
from flags.sources.interface import BadEdit, FeatureState, Source

FORMAT = "soundcheck features 1"

NAMES = {
    "enabled": "on",
    "rollout": "percentage",
    "cohorts": "cohorts",
    "variants": "variants",
    "constraints": "constraints",
    "closing": "closing",
    "custom": "strategies made by hand",
    "feature_variants": "variants made by hand",
}
"""What a file holds of a feature, in the words of a plan."""


@dataclass(frozen=True)
class Step:
    """One feature that is to become another; `before` is None where there is none yet."""

    before: FeatureState | None
    after: FeatureState

    @property
    def only_closes(self) -> bool:
        """Whether nothing is done but turning the feature off."""
        if self.before is None:
            return False
        off = replace(self.before, enabled=False, closing=self.after.closing)
        return not self.after.enabled and _kept(off) == _kept(self.after)

    def lines(self) -> Iterator[str]:
        """What changes, for people."""
        before = _kept(self.before) if self.before else {}
        for name, value in _kept(self.after).items():
            if name not in before:
                yield f"{NAMES[name]}: {_words(value)}"
            elif before[name] != value:
                yield f"{NAMES[name]}: {_words(before[name])} -> {_words(value)}"
        for name in before.keys() - _kept(self.after).keys():
            yield f"{NAMES[name]}: gone"


def written(source: Source) -> str:
    """Every feature's state, as the text of a file."""
    features = {state.key: _kept(state) for state in source.features()}
    return json.dumps({"format": FORMAT, "features": features}, indent=2, ensure_ascii=False) + "\n"


def read(text: str) -> list[FeatureState]:
    """The states in a file, parents first. Raises BadEdit, saying what is wrong with it."""
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise BadEdit(f"its format is not {FORMAT!r}")
        features: dict[str, Any] = dict(content["features"])
    except (TypeError, KeyError, ValueError) as error:
        if isinstance(error, BadEdit):
            raise
        raise BadEdit("this is not a file that `flags export` has written") from None
    unknown = sorted(features.keys() - CATALOGUE.keys())
    if unknown:
        raise BadEdit(f"there is no feature {', '.join(unknown)}")
    return [_state(key, features[key]) for key in CATALOGUE if key in features]


def plan(source: Source, wanted: list[FeatureState]) -> list[Step]:
    """What has to be done in `source`; empty when everything is so already."""
    there = {state.key: state for state in source.features()}
    steps = [Step(there.get(state.key), state) for state in wanted]
    return [s for s in steps if s.before is None or _kept(s.before) != _kept(s.after)]


def _state(key: str, stored: Any) -> FeatureState:
    try:
        if unknown := sorted(stored.keys() - NAMES.keys()):
            raise BadEdit(f"{key}: nothing is known of {', '.join(unknown)}")
        return FeatureState.from_dict(key, stored, 0)
    except BadEdit:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadEdit(f"{key}: this makes no sense ({error})") from None


def _kept(state: FeatureState) -> dict[str, Any]:
    # Cohorts in no particular order: Unleash has its own.
    content = replace(state, upstream=0, untold=False).as_dict()
    return content | {"cohorts": sorted(content["cohorts"])}


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
