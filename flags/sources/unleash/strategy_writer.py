"""Writing the states of features to Unleash, in an order that never opens too much."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from flags.catalogue import GatedFeature
from flags.sources.interface import BadEdit, FeatureState, SourceUnavailable
from flags.sources.unleash.admin_api import Json, UnleashApi, UnleashRefused, checked
from flags.sources.unleash.http_client import understood
from flags.sources.unleash.state_mapping import (
    as_client_feature,
    is_segment_of,
    paired,
    same_strategy,
    segment_name,
    wanted_strategies,
)
from flags.sources.unleash_document import in_cohort

SETTING_UP = "Soundcheck is setting this feature up."
"""The description of a feature that is not finished: whoever finds it goes on."""


SETTING_UP_LASTS = timedelta(seconds=30)


class Writer:
    """Edits one Unleash server. Every method raises SourceUnavailable, perhaps half-way."""

    def __init__(self, api: UnleashApi, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._clock = clock
        self._begun: set[str] = set()

    @understood("a feature")
    def read(self, key: str) -> Json | None:
        """A feature as SDKs will be given it; None when Unleash has none.

        The client API lags behind by up to a second: edits are based on this.
        """
        feature = self._api.feature(key)
        if feature is None:
            return None
        found = as_client_feature(feature, self._api.environment, self._api.segments())
        if found is None:
            raise SourceUnavailable(f"Unleash has no environment {self._api.environment}")
        return checked(found)

    @understood("a feature")
    def make(self, gated: GatedFeature, state: FeatureState) -> bool:
        """Makes a feature in `state`, or finishes one that was begun.

        False when it is there already, be it in Unleash's archive.
        """
        if not self._begin(gated.key):
            return False
        if gated.parent is not None:
            self._api.depend(gated.key, gated.parent)
        self._write_strategies(state)
        self._api.switch(gated.key, state.enabled)
        self._api.describe(gated.key, gated.purpose)
        return True

    def _begin(self, key: str) -> bool:
        """Who has created a feature sets it up; another process only when that one has died."""
        there = self._api.feature(key)
        if there is None:
            try:
                self._api.create_feature(key, SETTING_UP)
            except UnleashRefused as refused:
                if refused.status == 409:
                    return False
                raise
            self._begun.add(key)
        elif there["description"] != SETTING_UP:
            return False
        elif key not in self._begun and self._is_young(there):
            raise SourceUnavailable(f"another process is setting {key} up")
        return True

    def _is_young(self, feature: Json) -> bool:
        created = datetime.fromisoformat(feature["createdAt"])
        return abs(self._clock() - created) < SETTING_UP_LASTS

    @understood("a feature")
    def write(self, before: FeatureState, after: FeatureState) -> bool:
        """Brings a feature from one state into another. False when Unleash need not know.

        Closing first and opening last; strategies are added before others are taken away, because
        Unleash turns a feature without any off. So nobody ever has it who should not have it in
        one of the two states.
        """
        if before.enabled and not after.enabled:
            self._api.switch(after.key, False)
        written = before.enabled and not after.enabled
        written |= self._write_strategies(after)
        if after.enabled and not before.enabled:
            self._api.switch(after.key, True)
            written = True
        return written

    def _write_strategies(self, state: FeatureState) -> bool:
        if state.feature_variants:
            raise BadEdit("Unleash takes variants in strategies only")
        there = self._strategies(state.key)
        wanted = wanted_strategies(state, self._segments(state))
        become = paired(wanted, there)
        written = False
        for strategy, now in zip(wanted, become, strict=True):
            if now is None:
                self._api.add_strategy(state.key, strategy)
            elif not same_strategy(now, strategy):
                self._api.put_strategy(state.key, now["id"], strategy)
            written |= now is None or not same_strategy(now, strategy)
        kept = {now["id"] for now in become if now is not None}
        for strategy in there:
            if strategy["id"] not in kept:
                self._api.delete_strategy(state.key, strategy["id"])
                written = True
        return written

    def _strategies(self, key: str) -> list[Json]:
        feature = self._api.feature(key)
        if feature is None:
            raise SourceUnavailable(f"Unleash has no feature {key}")
        for environment in feature["environments"]:
            if environment["name"] == self._api.environment:
                # Without a number it could not be changed: better known before the first edit.
                return [{**there, "id": there["id"]} for there in environment["strategies"]]
        raise SourceUnavailable(f"Unleash has no environment {self._api.environment}")

    def _segments(self, state: FeatureState) -> dict[str, int]:
        """The number of each cohort's segment, made where none says just that."""
        if state.custom or not state.cohorts:
            return {}
        there = self._api.segments()
        return {cohort: self._segment(cohort, there) for cohort in state.cohorts}

    def _segment(self, cohort: str, there: list[Json]) -> int:
        for segment in there:
            if is_segment_of(cohort, segment):
                return int(segment["id"])
        names = {segment["name"] for segment in there}
        name, copy = segment_name(cohort), 1
        while name in names:
            copy += 1
            name = f"{segment_name(cohort)} ({copy})"
        return self._api.create_segment(name, [in_cohort(cohort)])
