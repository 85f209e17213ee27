"""The engine asked about very many people, one after the other: who would have a feature.

The same engine as behind a Gate, on a document of its own. The SDK's client around it counts every
answer for its metrics, which is not wanted here and takes most of the time.
"""

from __future__ import annotations

import ctypes
import json
from typing import Any

from yggdrasil_engine.engine import UnleashEngine

from flags.gate import checked

NO_CUSTOM_STRATEGIES = b"{}"

CLOSED = None
OPEN = ""
"""The answer for a feature that is open and has no variants."""


def packed(context: dict[str, Any]) -> bytes:
    """A context (see `flags.context`) as the engine takes it: made once for several questions."""
    return json.dumps(context).encode()


class Crowd:
    """Decides on one document, exactly as a Gate does. Raises `flags.gate.Refused` at once for a
    document that the engine does not take."""

    def __init__(self, document: dict[str, Any], key: str) -> None:
        self._engine = UnleashEngine()
        self._engine.take_state(checked(document))
        self._key = key.encode()
        features = {feature["name"]: feature for feature in document["features"]}
        self._ask = self._engine.lib.check_enabled
        if _has_variants(features.get(key, {})):
            self._ask = self._engine.lib.check_variant
        self._understood: dict[bytes, str | None] = {}

    def answer(self, context: bytes) -> str | None:
        """The variant that the person of `context` (packed) has, OPEN where there are none, CLOSED
        when the feature is closed for them."""
        # The engine's own functions: its Python wrappers also look for impressions each time.
        pointer = self._ask(self._engine.state, self._key, context, NO_CUSTOM_STRATEGIES)
        said = ctypes.string_at(pointer)
        self._engine.lib.free_response(pointer)
        # It has only a few things to say: each is read once.
        if said not in self._understood:
            self._understood[said] = _answer_in(json.loads(said))
        return self._understood[said]


def _answer_in(response: dict[str, Any]) -> str | None:
    value = response.get("value")
    if isinstance(value, dict):
        open_ = value.get("feature_enabled", value.get("featureEnabled", False))
        return (value["name"] if value["enabled"] else OPEN) if open_ else CLOSED
    return OPEN if value is True else CLOSED


def _has_variants(feature: dict[str, Any]) -> bool:
    strategies = feature.get("strategies") or ()
    return bool(feature.get("variants") or any(strategy.get("variants") for strategy in strategies))
