"""Asking a gate what somebody would be answered, about every feature at once: not counted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flags.gate import Decision, Gate
from flags.yggdrasil_engine import packed

ATTEMPTS = 5
"""How often everything is asked again because the definitions changed meanwhile."""


def answers(gate: Gate, context: Mapping[str, Any]) -> tuple[int, str, dict[str, Decision]]:
    """The revision of the definitions, the text of their document, and the answer to the person of
    `context` (see `flags.context`) for every feature in it: all three belong together."""
    asked = packed(context)
    for _ in range(ATTEMPTS):
        revision, text = gate.taken
        said = {key: gate.weigh(key, asked) for key in names_in(text)}
        if gate.taken == (revision, text):
            break
    return revision, text, said


def names_in(text: str) -> list[str]:
    """The features of a document, in its order."""
    return [feature["name"] for feature in parsed(text)["features"]]


@lru_cache(maxsize=2)
def parsed(text: str) -> dict[str, Any]:
    """A document. To be read only: it is kept for the next who asks."""
    document: dict[str, Any] = json.loads(text)
    return document
