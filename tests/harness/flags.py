"""Factories around gates: people, sources, and a source that can be taken away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flags.context import context_of
from flags.gate import Decision, Gate
from flags.sources.embedded import EmbeddedSource, RevisionMoved, Snapshot
from flags.sources.interface import Change, Definitions, SourceUnavailable
from flags.sources.memory import MemoryStore

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    """A person as gates see one."""

    id: str = "somebody"
    cohort: str = "alpha"
    followers: int = 0
    country: str | None = None
    platform: str | None = None


class Clock:
    """Noon, until told otherwise."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **ago: float) -> None:
        """`go_on(minutes=5)`."""
        self.now += timedelta(**ago)


def seeded_source(clock: Callable[[], datetime] = Clock()) -> EmbeddedSource:  # noqa: B008
    """A fresh installation's definitions, in memory."""
    source = EmbeddedSource(MemoryStore(), clock)
    source.seed()
    return source


def decided(gate: Gate, key: str, person: Somebody, space: str | None = None) -> Decision:
    """The gate's answer at noon."""
    return gate.decide(key, context_of(person, NOON, space))


class FlakyStore(MemoryStore):
    """A store that can be `lost`."""

    lost = False

    def revision(self) -> int:
        self._fail_if_lost()
        return super().revision()

    def load(self) -> Snapshot:
        self._fail_if_lost()
        return super().load()

    def save(self, change: Change) -> Change:
        self._fail_if_lost()
        return super().save(change)

    def changes(self, feature: str | None, limit: int) -> list[Change]:
        self._fail_if_lost()
        return super().changes(feature, limit)

    def _fail_if_lost(self) -> None:
        if self.lost:
            raise SourceUnavailable("lost on purpose")


class FlakySource(EmbeddedSource):
    """A seeded source that can be lost, or made to send `garbage` instead of its document."""

    def __init__(self) -> None:
        self.store = FlakyStore()
        super().__init__(self.store, Clock())
        self.seed()
        self.garbage: Any = None

    def definitions(self) -> Definitions:
        definitions = super().definitions()
        if self.garbage is None:
            return definitions
        return Definitions(definitions.revision, self.garbage)


class RacingStore(MemoryStore):
    """Before each of the next saves, another editor's edit goes in."""

    def __init__(self) -> None:
        super().__init__()
        self.others: list[Callable[[], object]] = []

    def save(self, change: Change) -> Change:
        if self.others:
            self.others.pop(0)()
        return super().save(change)


class RestlessStore(MemoryStore):
    """Never takes a write: others are always quicker."""

    def save(self, change: Change) -> Change:
        raise RevisionMoved
