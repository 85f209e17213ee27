"""How many people a feature reaches: in total, connected, and inside it now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from flags.catalogue import CATALOGUE
from webapp.accounts import people_iterator
from webapp.app.services import Core
from webapp.console.impact_estimate import Effects
from webapp.feature_flags.audit_log import Acts
from webapp.feature_flags.change_request_store import Plans
from webapp.infra.cooperative import Breath, in_slices

T = TypeVar("T")

COUNTED_AT_ONCE = 1000
"""People: a page waits for so many, some twenty milliseconds."""


@dataclass(frozen=True)
class Reach:
    """Whom a feature concerns. `people` have it (None: not counted yet), `connected` of them are
    here; `inside` are using it now, in Spaces with `around` people."""

    people: int | None
    connected: int
    inside: int
    around: int


class Audience:
    """Counts people. Deciding for everybody costs, so those counts hold until definitions or
    people change; a crowd is then counted in the background, and no page waits for it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._plans = Plans(core.db)
        self._acts = Acts(core.db, core.clock)
        self._effects = Effects(core)
        self._counted: Mapping[str, int] | None = None
        self._counted_at: tuple[int, int] | None = None
        self._counting = False

    def reach(self) -> dict[str, Reach]:
        """For every feature."""
        people, connected = self._people(), self._connected()
        sizes = self._core.everywhere.sizes()
        return {
            key: Reach(people[key] if people else None, connected[key], *self._inside(key, sizes))
            for key in CATALOGUE
        }

    def mark(self) -> str:
        """Changes whenever a count may have. Cheap: browsers ask for it all the time."""
        connections = self._core.presence.everyone()
        inside = sum(connection.slug is not None for connection in connections)
        connected = sorted(self._connected().items())
        plans = self._plans.mark()
        numbers = (
            self._revisions(),
            self._counted_at,
            inside,
            *plans,
            self._acts.latest(),
            *(number for _, number in connected),
        )
        return "-".join(map(str, numbers))

    def _inside(self, key: str, sizes: Counter[str]) -> tuple[int, int]:
        """How many people are using a feature, and how many are in the Spaces where they do."""
        folder = self._core.gating.folders.get(key)
        inside, slugs = set(), set()
        for person, slug in _at_ease(folder.involved() if folder else ()):
            slugs.add(slug)
            if not person.preview:
                inside.add(person.id)
        return len(inside), sum(sizes[slug] for slug in slugs)

    def _connected(self) -> Counter[str]:
        """How many people have each feature, on whichever of their devices."""
        having = Counter[str]()
        for connections in _at_ease(self._core.presence.by_person()):
            if not connections[0].person.preview:
                having.update({key for connection in connections for key in connection.gates})
        return having

    def _people(self) -> Mapping[str, int] | None:
        """The latest count; None before there is any."""
        if self._counted_at != self._revisions() and not self._counting:
            if people_iterator.head_count(self._core.db) <= COUNTED_AT_ONCE:
                self._count()
            else:
                self._counting = True
                self._core.runtime.spawn(self._count)
        return self._counted

    def _count(self) -> None:
        try:
            revisions = self._revisions()
            self._counted = self._effects.holders()
            self._counted_at = revisions
        finally:
            self._counting = False

    def _revisions(self) -> tuple[int, int]:
        return self._core.gating.gate.revision, self._core.accounts.people.revision()


def _at_ease(some: Iterable[T]) -> Iterator[T]:
    """For a page or a pulse, which somebody waits for: gives way, but does not stand by."""
    return in_slices(some, Breath(stands_by=False))
