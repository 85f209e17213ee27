"""What the console shows of features, and what it does to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from flags.catalogue import CATALOGUE, GatedFeature
from flags.sources.interface import (
    BadEdit,
    Change,
    Closing,
    FeatureState,
    SourceUnavailable,
    UnknownFeature,
    Unreadable,
)
from flags.sources.unleash_document import draws_lots
from webapp.app.services import Core
from webapp.console.reach import Audience, Reach
from webapp.feature_flags.change_history import History
from webapp.http.errors import AppError


@dataclass(frozen=True)
class Row:
    """One feature as the console shows it. `held_by`: the closed feature that keeps it closed;
    `children`: what closes with it, with how many people are inside each; `unreadable`: a rule of
    its that cannot be evaluated."""

    feature: GatedFeature
    state: FeatureState
    reach: Reach
    last: Change | None
    held_by: str | None
    children: Mapping[str, int]
    unreadable: Unreadable | None = None

    @property
    def key(self) -> str:
        return self.feature.key

    @property
    def draws_lots(self) -> bool:
        """Whether its rules ask for another answer at each look; they stick to the person here."""
        return draws_lots(self.state)


class Console:
    """Features and their history.

    Raises `not_found` for an unknown feature, `bad_input` for values that make no sense,
    `try_again` while the definitions cannot be reached. Other edits: see `changes`.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.audience = Audience(core)
        self._latest = History(core.db)

    def rows(self) -> list[Row]:
        """Every feature, parents first."""
        with told():
            states = {state.key: state for state in self._core.source.features()}
            reach = self.audience.reach()
            latest = self._latest.latest()
            return [self._row(state, states, reach, latest) for state in states.values()]

    def row(self, key: str) -> Row:
        """One feature."""
        for row in self.rows():
            if row.key == key:
                return row
        raise AppError("not_found")

    def history(self, key: str | None = None, limit: int = 200) -> list[Change]:
        """The latest changes first."""
        with told():
            return self._core.source.history(key, limit)

    def turn_off(self, key: str, closing: Closing, by: str) -> Change | None:
        """At once, whatever others changed, and whether or not Unleash answers."""
        with told():
            change = self._core.source.stop(key, closing, by)
        # Nobody waits for the next look at the definitions.
        self._core.gating.refresh()
        if self._core.upstream is not None:
            self._core.upstream.hurry()
        return change

    def _row(
        self,
        state: FeatureState,
        states: dict[str, FeatureState],
        reach: dict[str, Reach],
        latest: dict[str, Change],
    ) -> Row:
        return Row(
            feature=CATALOGUE[state.key],
            state=state,
            reach=reach[state.key],
            last=latest.get(state.key),
            held_by=_closed_above(state.key, states),
            children={key: reach[key].inside for key in _descendants(state.key)},
            unreadable=self._core.gating.gate.unreadable.get(state.key),
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
def told() -> Iterator[None]:
    """What a source raises, as this domain's errors."""
    try:
        yield
    except UnknownFeature as error:
        raise AppError("not_found") from error
    except BadEdit as error:
        raise AppError("bad_input") from error
    except SourceUnavailable as error:
        raise AppError("try_again") from error
