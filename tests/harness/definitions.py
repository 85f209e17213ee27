"""Edits that no command offers: the state of a feature as another source might have it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flags.sources.interface import Change
from webapp.app.services import Core
from webapp.feature_flags.store import SqlDefinitionStore


def edit(core: Core, key: str, **changes: Any) -> None:
    """Stores a feature's state with `changes` (fields of FeatureState)."""
    store = SqlDefinitionStore(core.db)
    snapshot = store.load()
    before = snapshot.states[key]
    after = replace(before, **changes).as_dict()
    store.save(
        Change(
            0, snapshot.revision + 1, key, "test", "a test", core.clock(), before.as_dict(), after
        )
    )
