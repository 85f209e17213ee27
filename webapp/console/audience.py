"""How many people a feature reaches: in total, connected, and inside it now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from flags.catalogue import CATALOGUE
from webapp.console.effect import Effects
from webapp.core import Core
from webapp.definitions.plans import Plans


@dataclass(frozen=True)
class Reach:
    """Whom a feature concerns. `people` have it, `connected` of them are here; `inside` are using
    it now, in Spaces with `around` people."""

    people: int
    connected: int
    inside: int
    around: int


class Audience:
    """Counts people. Deciding for everybody costs, so those counts hold until definitions or
    people change."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._plans = Plans(core.db)
        self._effects = Effects(core)
        self._counted: Mapping[str, int] = {}
        self._counted_at: tuple[int, int] | None = None

    def reach(self) -> dict[str, Reach]:
        """For every feature."""
        people, connected = self._people(), self._connected()
        slugs = [participant.slug for participant, _ in self._core.spaces.present()]
        return {key: self._reach(key, people[key], connected[key], slugs) for key in CATALOGUE}

    def mark(self) -> str:
        """Changes whenever a count may have. Cheap: browsers ask for it all the time."""
        connections = self._core.presence.everyone()
        inside = sum(connection.slug is not None for connection in connections)
        connected = sorted(self._connected().items())
        plans = self._plans.mark()
        numbers = (self._revisions(), inside, *plans, *(number for _, number in connected))
        return "-".join(map(str, numbers))

    def _reach(self, key: str, people: int, connected: int, slugs: list[str]) -> Reach:
        folder = self._core.gating.folders.get(key)
        involved = [(person.id, slug) for person, slug in folder.involved()] if folder else []
        concerned = {slug for _, slug in involved}
        around = sum(slug in concerned for slug in slugs)
        return Reach(people, connected, len({person_id for person_id, _ in involved}), around)

    def _connected(self) -> Counter[str]:
        having: dict[str, set[str]] = {}
        for connection in self._core.presence.everyone():
            having.setdefault(connection.person.id, set()).update(connection.gates)
        return Counter(key for keys in having.values() for key in keys)

    def _people(self) -> Mapping[str, int]:
        revisions = self._revisions()
        if self._counted_at != revisions:
            self._counted, self._counted_at = self._effects.holders(), revisions
        return self._counted

    def _revisions(self) -> tuple[int, int]:
        return self._core.gating.gate.revision, self._core.accounts.people.revision()
