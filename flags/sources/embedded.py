"""Definitions kept in a store of ours, edited here, evaluated by the SDK without any server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from flags.catalogue import CATALOGUE, GatedFeature
from flags.sources.interface import (
    BadEdit,
    Change,
    Closing,
    Conflict,
    Definitions,
    FeatureState,
    SourceUnavailable,
    UnknownFeature,
    actor_id,
)
from flags.sources.readability import LastReadable, unreadable_rule
from flags.sources.state_transitions import (
    Edit,
    check_name,
    closed,
    closes,
    exactly,
    opened,
    rolled_out,
    with_cohort,
    with_variants,
)
from flags.sources.unleash_document import document_of, segments_of, strategies_of

ATTEMPTS = 5
"""How often an edit is tried again when others keep writing in between."""


@dataclass(frozen=True)
class Snapshot:
    """Everything stored, at one revision."""

    revision: int
    states: Mapping[str, FeatureState]


class RevisionMoved(Exception):
    """The store has gone on since the snapshot that a write was based on."""


class DefinitionStore(Protocol):
    """Keeps states and history. Every method may raise SourceUnavailable.

    `tests/flags/sources/contract_store.py` says what an implementation must do.
    """

    def revision(self) -> int:
        """0 when nothing was ever stored, then one more with each change. Cheap."""

    def load(self) -> Snapshot:
        """All states at one revision; a feature's own revision is that of its last change."""

    def save(self, change: Change) -> Change:
        """Stores `change.after` as its feature's state and adds the change to the history.

        Both or neither. `change.revision` must be the store's revision plus one, else
        RevisionMoved and nothing is stored. Returns the change with the id that it was given.
        """

    def annotate(self, state: FeatureState) -> bool:
        """Stores what is known of a feature beside what editors choose, without a revision or an
        entry in the history. False when the feature is not at `state.revision` any more."""

    def changes(self, feature: str | None, limit: int) -> list[Change]:
        """The latest first."""


def utc_now() -> datetime:
    """Now, aware."""
    return datetime.now(UTC)


class EmbeddedSource:
    """A Source (see `flags.sources.interface`) over a DefinitionStore."""

    def __init__(
        self,
        store: DefinitionStore,
        clock: Callable[[], datetime] = utc_now,
        catalogue: Mapping[str, GatedFeature] = CATALOGUE,
    ) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._last_readable = LastReadable(catalogue, store.changes)

    def seed(self, by: str = "seed") -> int:
        """Stores how each feature starts, for those never stored. Returns how many; repeatable."""
        seeded = [self._seed(seed_state(feature), by) for feature in self._catalogue.values()]
        return sum(change is not None for change in seeded)

    def revision(self) -> int:
        return self._store.revision()

    def definitions(self) -> Definitions:
        snapshot = self._store.load()
        readable = self._last_readable.of(self._known(snapshot))
        document = document_of(readable.states, self._catalogue)
        return Definitions(snapshot.revision, document, readable.unreadable)

    def read_now(self) -> None:
        """Follows what the definitions' own server has, for a command. Nothing to do: they are
        here."""

    def evaluated(self, states: Iterable[FeatureState]) -> list[FeatureState]:
        """States of ours as they would be evaluated: a rule that the engine cannot evaluate is
        replaced by the feature's last readable ones."""
        return self._last_readable.of(states).states

    def feature(self, key: str) -> FeatureState:
        for state in self.features():
            if state.key == key:
                return state
        raise UnknownFeature(key)

    def features(self) -> list[FeatureState]:
        states = self._known(self._store.load())
        segments = segments_of(states)
        return [
            replace(state, strategies=tuple(strategies_of(state, segments))) for state in states
        ]

    def turn_on(self, key: str, by: str, expected: int | None = None) -> Change | None:
        return self._edit(key, "on", by, expected, opened)

    def turn_off(
        self, key: str, closing: Closing, by: str, expected: int | None = None
    ) -> Change | None:
        return self._edit(key, "off", by, expected, lambda state: closed(state, closing))

    def stop(self, key: str, closing: Closing, by: str) -> Change | None:
        return self.turn_off(key, closing, by)

    def set_rollout(
        self,
        key: str,
        percent: int,
        by: str,
        expected: int | None = None,
        closing: Closing = Closing.DRAIN,
    ) -> Change | None:
        return self._edit(
            key, "rollout", by, expected, lambda state: rolled_out(state, percent, closing)
        )

    def set_cohort(
        self,
        key: str,
        cohort: str,
        on: bool,
        by: str,
        expected: int | None = None,
        closing: Closing = Closing.DRAIN,
    ) -> Change | None:
        return self._edit(
            key, "cohort", by, expected, lambda state: with_cohort(state, cohort, on, closing)
        )

    def set_variants(
        self, key: str, weights: Mapping[str, int], by: str, expected: int | None = None
    ) -> Change | None:
        return self._edit(
            key, "variants", by, expected, lambda state: with_variants(state, weights)
        )

    def put(
        self, state: FeatureState, by: str, expected: int | None = None, action: str = "import"
    ) -> Change | None:
        if state.key not in self._catalogue:
            raise UnknownFeature(state.key)
        check_name(by, "who edits")
        start = exactly(seed_state(self._catalogue[state.key]), state)
        self._check_readable(start)
        made = self._seed(start, by, action)
        edit = self._edit
        return made or edit(state.key, action, by, expected, lambda there: exactly(there, state))

    def history(self, key: str | None = None, limit: int = 200) -> list[Change]:
        return self._store.changes(key, limit)

    def _check_readable(self, state: FeatureState) -> None:
        """BadEdit for a rule that the engine could not evaluate, unless the feature has it already:
        everything else about it can still be changed."""
        gated = self._catalogue[state.key]
        rule, there = unreadable_rule(state, gated), self._store.load().states.get(state.key)
        if rule is not None and (there is None or unreadable_rule(there, gated) != rule):
            raise BadEdit(f"{state.key}: this rule cannot be evaluated: {rule}")

    def _known(self, snapshot: Snapshot) -> list[FeatureState]:
        return [snapshot.states[key] for key in self._catalogue if key in snapshot.states]

    def _seed(self, state: FeatureState, by: str, action: str = "seed") -> Change | None:
        """Stores how a feature starts, unless it was ever stored."""
        for _ in range(ATTEMPTS):
            snapshot = self._store.load()
            if state.key in snapshot.states:
                return None
            change = self._change(snapshot, state.key, action, by, {}, state.as_dict(), None)
            if saved := self._saved(change):
                return saved
        raise SourceUnavailable(f"{state.key} could not be seeded: others kept writing")

    def _edit(
        self, key: str, action: str, by: str, expected: int | None, edit: Edit
    ) -> Change | None:
        check_name(by, "who edits")
        for _ in range(ATTEMPTS):
            snapshot = self._store.load()
            before = snapshot.states.get(key)
            if before is None or key not in self._catalogue:
                raise UnknownFeature(key)
            after = edit(before)
            if after == before:
                return None
            if expected is not None and expected != before.revision:
                raise self._conflict(before)
            closing = after.closing if closes(before, after) else None
            change = self._change(
                snapshot, key, action, by, before.as_dict(), after.as_dict(), closing
            )
            if saved := self._saved(change):
                return saved
        raise SourceUnavailable(f"{key} could not be changed: others kept writing")

    def _change(
        self,
        snapshot: Snapshot,
        key: str,
        action: str,
        by: str,
        before: dict[str, Any],
        after: dict[str, Any],
        closing: Closing | None,
    ) -> Change:
        return Change(
            0,
            snapshot.revision + 1,
            key,
            action,
            str(by),
            self._clock(),
            before,
            after,
            closing,
            actor_id(by),
        )

    def _saved(self, change: Change) -> Change | None:
        try:
            return self._store.save(change)
        except RevisionMoved:
            return None

    def _conflict(self, state: FeatureState) -> Conflict:
        return Conflict(state.revision, self._store.changes(state.key, 1)[0])


def seed_state(feature: GatedFeature) -> FeatureState:
    """How the catalogue says that a feature starts."""
    return FeatureState(
        key=feature.key,
        enabled=feature.seed.enabled,
        rollout=feature.seed.rollout,
        cohorts=feature.seed.cohorts,
        variants={variant.name: variant.weight for variant in feature.variants},
        constraints=feature.seed.constraints,
    )
