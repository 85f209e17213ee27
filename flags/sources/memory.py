"""The in-memory twin of the stored definitions, under the same contract."""

from __future__ import annotations

import threading
from dataclasses import replace

from flags.sources.embedded import RevisionMoved, Snapshot
from flags.sources.interface import Change, FeatureState


class MemoryStore:
    """A DefinitionStore that forgets everything at the end of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, FeatureState] = {}
        self._changes: list[Change] = []

    def revision(self) -> int:
        return len(self._changes)

    def load(self) -> Snapshot:
        with self._lock:
            return Snapshot(len(self._changes), dict(self._states))

    def save(self, change: Change) -> Change:
        with self._lock:
            if change.revision != len(self._changes) + 1:
                raise RevisionMoved
            saved = replace(change, id=len(self._changes) + 1)
            self._states[change.feature] = FeatureState.from_dict(
                change.feature, change.after, change.revision
            )
            self._changes.append(saved)
            return saved

    def annotate(self, state: FeatureState) -> bool:
        with self._lock:
            there = self._states.get(state.key)
            if there is None or there.revision != state.revision:
                return False
            self._states[state.key] = FeatureState.from_dict(
                state.key, state.as_dict(), state.revision
            )
            return True

    def changes(self, feature: str | None, limit: int) -> list[Change]:
        latest_first = reversed(self._changes)
        return [change for change in latest_first if feature in (None, change.feature)][:limit]
