"""The SDK's engine without its client around it: for many questions about one person, or one
question about many people.

The client prepares each context anew, looks for impressions and keeps counts for its own metrics:
four fifths of the time of an answer. The engine's answer is the same
(`tests/flags/test_bulk_evaluator.py`, `tests/fidelity`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from ctypes import string_at
from typing import Any

from yggdrasil_engine.engine import UnleashEngine

APP, ENVIRONMENT = "soundcheck", "default"
"""What the SDK's client says of itself in every context."""

NO_CUSTOM_STRATEGIES = b"{}"

encode = json.JSONEncoder(check_circular=False).encode
"""What is packed holds nothing that could contain itself."""

CLOSED = None
OPEN = ""
"""The answer for a feature that is open and has no variants."""

CANARY = json.dumps(
    {"version": 2, "features": [{"name": "canary", "enabled": False, "strategies": []}]}
)
"""An engine keeps what it has when it refuses a document, and says nothing: this tells."""


class Refused(Exception):
    """A document that the engine does not take whole."""


def packed(context: Mapping[str, Any]) -> bytes:
    """A context (see `flags.context`) as the engine takes it: made once for several questions."""
    return encode({"appName": APP, "environment": ENVIRONMENT, **context}).encode()


class Engine:
    """Answers on one document, whose `text` it is. Raises Refused at once for one that the engine
    does not take: the SDK itself would swallow that."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._engine, self.text = _taken(document)
        lib, varied = self._engine.lib, {f["name"] for f in document["features"] if has_variants(f)}
        self._state, self._free = self._engine.state, lib.free_response
        self._whether = {
            feature["name"]: (lib.check_enabled, feature["name"].encode())
            for feature in document["features"]
        }
        self._which = self._whether | {name: (lib.check_variant, name.encode()) for name in varied}
        self._understood: dict[bytes, str | None] = {}

    def answer(self, key: str, context: bytes) -> str | None:
        """The variant that the person of `context` (packed) has, OPEN where there are none, CLOSED
        when the feature is closed for them or the document does not know it."""
        return self._said(self._which, key, context)

    def has(self, key: str, context: bytes) -> bool:
        """Whether the feature is open for them, whatever its variant: half the time of `answer`."""
        return self._said(self._whether, key, context) is not CLOSED

    def _said(self, asked: Mapping[str, tuple[Any, bytes]], key: str, context: bytes) -> str | None:
        if (question := asked.get(key)) is None:
            return CLOSED
        # The engine's own functions: its Python wrappers also look for impressions each time.
        pointer = question[0](self._state, question[1], context, NO_CUSTOM_STRATEGIES)
        said = string_at(pointer)
        self._free(pointer)
        # It has only a few things to say: each is read once.
        try:
            return self._understood[said]
        except KeyError:
            return self._understood.setdefault(said, _answer_in(json.loads(said)))


def has_variants(feature: Mapping[str, Any]) -> bool:
    """Whether a feature of a document deals out variants, at itself or in a strategy."""
    strategies = feature.get("strategies") or ()
    return bool(feature.get("variants") or any(strategy.get("variants") for strategy in strategies))


def _taken(document: Mapping[str, Any]) -> tuple[UnleashEngine, str]:
    try:
        text = json.dumps(document)
        wanted = {feature["name"] for feature in document["features"]}
        engine = UnleashEngine()
        engine.take_state(CANARY)
        engine.take_state(text)
        taken = {feature.name for feature in engine.list_known_toggles()}
    except Exception as error:  # the engine raises whatever the malformed part causes
        raise Refused(repr(error)) from error
    if taken != wanted:
        raise Refused("the engine does not take it")
    return engine, text


def _answer_in(response: Mapping[str, Any]) -> str | None:
    value = response.get("value")
    if isinstance(value, dict):
        open_ = value.get("feature_enabled", value.get("featureEnabled", False))
        return (value["name"] if value["enabled"] else OPEN) if open_ else CLOSED
    return OPEN if value is True else CLOSED
