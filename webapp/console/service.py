"""What the console shows of features, and what it does to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flags.catalogue import CATALOGUE, GatedFeature
from flags.sources.base import (
    BadEdit,
    Change,
    Closing,
    FeatureState,
    SourceUnavailable,
    UnknownFeature,
)
from webapp.console.audience import Audience, Reach
from webapp.core import Core
from webapp.errors import AppError


@dataclass(frozen=True)
class Row:
    """One feature as the console shows it. `held_by`: the closed feature that keeps it closed;
    `children`: what closes with it."""

    feature: GatedFeature
    state: FeatureState
    reach: Reach
    last: Change | None
    held_by: str | None
    children: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.feature.key


class Console:
    """Features and their history.

    Raises `not_found` for an unknown feature, `bad_input` for values that make no sense,
    `try_again` while the definitions cannot be reached; edits also Conflict, when somebody else
    changed the feature after `expected`. Edits return None when there was nothing to change.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.audience = Audience(core)

    def rows(self) -> list[Row]:
        """Every feature, parents first."""
        with _told():
            states = {state.key: state for state in self._core.source.features()}
            reach = self.audience.reach()
            return [self._row(state, states, reach) for state in states.values()]

    def row(self, key: str) -> Row:
        """One feature."""
        for row in self.rows():
            if row.key == key:
                return row
        raise AppError("not_found")

    def history(self, key: str | None = None, limit: int = 200) -> list[Change]:
        """The latest changes first."""
        with _told():
            return self._core.source.history(key, limit)

    def changes_since(self, key: str, revision: int) -> list[Change]:
        """What was done to a feature after `revision`, the latest first."""
        return [change for change in self.history(key) if change.revision > revision]

    def turn_on(self, key: str, by: str, expected: int) -> Change | None:
        return self._edit(lambda: self._core.source.turn_on(key, by, expected))

    def turn_off(self, key: str, closing: Closing, by: str) -> Change | None:
        """At once, whatever others changed."""
        return self._edit(lambda: self._core.source.turn_off(key, closing, by))

    def set_rollout(
        self, key: str, percent: int, by: str, expected: int, closing: Closing
    ) -> Change | None:
        edit = self._core.source.set_rollout
        return self._edit(lambda: edit(key, percent, by, expected, closing))

    def set_cohort(
        self, key: str, cohort: str, on: bool, by: str, expected: int, closing: Closing
    ) -> Change | None:
        if on and cohort not in self._core.cohort_names():
            raise AppError("bad_input", fields=["cohort"])
        edit = self._core.source.set_cohort
        return self._edit(lambda: edit(key, cohort, on, by, expected, closing))

    def _edit(self, edit: Callable[[], Change | None]) -> Change | None:
        with _told():
            change = edit()
        # Nobody waits for the next look at the definitions.
        self._core.gating.refresh()
        return change

    def _row(
        self, state: FeatureState, states: dict[str, FeatureState], reach: dict[str, Reach]
    ) -> Row:
        last = self._core.source.history(state.key, 1)
        return Row(
            feature=CATALOGUE[state.key],
            state=state,
            reach=reach[state.key],
            last=last[0] if last else None,
            held_by=_closed_above(state.key, states),
            children=tuple(_descendants(state.key)),
        )


def _closed_above(key: str, states: dict[str, FeatureState]) -> str | None:
    parent = CATALOGUE[key].parent
    while parent is not None:
        if parent not in states or not states[parent].enabled:
            return parent
        parent = CATALOGUE[parent].parent
    return None


def _descendants(key: str) -> Iterator[str]:
    for feature in CATALOGUE.values():
        if feature.parent == key:
            yield feature.key
            yield from _descendants(feature.key)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except UnknownFeature as error:
        raise AppError("not_found") from error
    except BadEdit as error:
        raise AppError("bad_input") from error
    except SourceUnavailable as error:
        raise AppError("try_again") from error
