"""The engine asked about very many people, one after the other: who would have a feature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import compress
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple

from flags.context import PersonLike, context_of
from flags.dependency_fingerprint import Footing
from flags.yggdrasil_engine import CLOSED, OPEN, Engine, has_variants, packed

__all__ = ["CLOSED", "OPEN", "Asked", "Crowd", "Packing", "packed"]

KEPT = 10_000
"""So many sorts of people are known at a time: a few megabytes. With one more all are forgotten."""

PROPERTIES = ("cohort", "followers", "country", "platform", "space")


class Asked(NamedTuple):
    """Somebody about whom is asked: their packed context, and the PROPERTIES in it."""

    context: bytes
    sort: tuple[object, ...]


class Crowd:
    """Decides on one document, exactly as a Gate does. Raises `flags.yggdrasil_engine.Refused` at
    once for a document that the engine does not take."""

    def __init__(self, document: dict[str, Any], key: str) -> None:
        engine = Engine(document)
        self.answer: Callable[[bytes], str | None] = partial(engine.answer, key)
        """The variant that the person of a context (packed) has, OPEN where there are none, CLOSED
        when the feature is closed for them."""
        self._has: Callable[[bytes], bool] = partial(engine.has, key)
        self._varied = any(has_variants(f) for f in document["features"] if f["name"] == key)
        looked = Footing(0, document).looks_at(key)
        self._looked = None if looked is None else [p in looked for p in PROPERTIES]
        self._known: dict[tuple[object, ...], bool] = {}

    def answer_of(self, asked: Asked, variant: bool = True) -> str | None:
        """As `answer`; without a `variant`, OPEN or CLOSED, which takes half the time."""
        if variant and self._varied:
            return self.answer(asked.context)
        return OPEN if self.has(asked) else CLOSED

    def has(self, asked: Asked) -> bool:
        """Whether it is open for them, whatever the variant. Where their ids play no part, the
        engine is asked once for all who are alike in what does. All have to be of one Packing."""
        if self._looked is None:
            return self._has(asked.context)
        alike = tuple(compress(asked.sort, self._looked))
        if alike not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[alike] = self._has(asked.context)
        return self._known[alike]


class Packing:
    """Contexts of many people at `now` (aware), packed: what people have in common, all but their
    ids, is written once."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._kept: dict[tuple[object, ...], tuple[bytes, bytes]] = {}

    def of(self, person: PersonLike, space: str | None = None) -> Asked:
        """With `packed(context_of(person, now, space))`."""
        sort = (person.cohort, person.followers, person.country, person.platform, space)
        before, after = self._kept.get(sort) or self._written(sort, person, space)
        return Asked(before + quoted(person.id).encode() + after, sort)

    def _written(
        self, sort: tuple[object, ...], person: PersonLike, space: str | None
    ) -> tuple[bytes, bytes]:
        if len(self._kept) >= KEPT:
            self._kept.clear()
        whole = packed(context_of(person, self._now, space))
        before, field, rest = whole.partition(b'"userId": ')
        self._kept[sort] = before + field, rest[len(quoted(person.id)) :]
        return self._kept[sort]
