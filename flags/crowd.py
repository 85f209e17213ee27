"""The engine asked about very many people, one after the other: who would have a feature."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flags.engine import CLOSED, OPEN, Engine, packed

__all__ = ["CLOSED", "OPEN", "Crowd", "packed"]


class Crowd:
    """Decides on one document, exactly as a Gate does. Raises `flags.engine.Refused` at once for a
    document that the engine does not take."""

    def __init__(self, document: dict[str, Any], key: str) -> None:
        self.answer: Callable[[bytes], str | None] = partial(Engine(document).answer, key)
        """The variant that the person of a context (packed) has, OPEN where there are none, CLOSED
        when the feature is closed for them."""
