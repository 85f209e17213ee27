"""What a change would do, before it is made: the engine's answers on both documents, compared."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flags.bulk_evaluator import CLOSED, OPEN, Asked, Crowd, Packing
from flags.catalogue import CATALOGUE, SPACE
from flags.sources.interface import FeatureState
from flags.sources.unleash_document import document_of
from webapp.accounts import people_iterator
from webapp.app.services import Core
from webapp.infra.cooperative import Breath

PEOPLE_PER_LOOK = 300
"""Read from the database at once: about a millisecond."""

PEOPLE_PER_GLANCE = 20
"""Decided for between two looks at the clock: well under a millisecond."""

SLICE_SECONDS = 0.0035
"""So that with what is decided for until the next look at the clock it is 4 ms."""

TOLD_SECONDS = 0.15
"""Between two reports on how far it is."""


@dataclass(frozen=True)
class Progress:
    """How far a count is."""

    done: int
    of: int


@dataclass(frozen=True)
class Group:
    """Some people: how many there are, how many of them are connected, and inside the feature."""

    people: int = 0
    connected: int = 0
    inside: int = 0


@dataclass(frozen=True)
class Effect:
    """Who gets a feature by a change, who loses it, and who keeps it with another variant;
    `variants` is how many people will have each, `after` how many will have the feature.
    `by_space`: its variants go by Space, so that nobody has one outside of it; only people who are
    in one now can get another."""

    gained: Group = Group()
    lost: Group = Group()
    moved: Group = Group()
    after: int = 0
    variants: Mapping[str, int] = field(default_factory=dict)
    by_space: bool = False


class Effects:
    """Counts over all people. Raises SourceUnavailable while the definitions cannot be read."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def of(self, wanted: FeatureState) -> Iterator[Progress | Effect]:
        """Progress now and then, and in the end the effect of bringing a feature to `wanted`."""
        now = self._core.source.features()
        then = [wanted if state.key == wanted.key else state for state in now]
        evaluated = self._core.source.evaluated
        before, after = (
            Crowd(document_of(evaluated(states), CATALOGUE), wanted.key) for states in (now, then)
        )
        by_space = bool(CATALOGUE[wanted.key].assigned_by == SPACE and wanted.variants)
        # Outside of a Space nobody has a variant that goes by Space.
        spaces = self._spaces() if by_space else {}
        count = _Count(self._core.presence.people(), self._inside(wanted.key), by_space)
        number, told = people_iterator.head_count(self._core.db), time.perf_counter()
        for asked, person_id in self._asked(spaces):
            varies = not by_space or person_id in spaces
            count.add(person_id, before.answer_of(asked, varies), after.answer_of(asked, varies))
            if time.perf_counter() - told > TOLD_SECONDS:
                yield Progress(count.done, max(number, count.done))
                told = time.perf_counter()
        yield count.effect()

    def holders(self) -> Counter[str]:
        """How many people have each feature, as things stand."""
        document = self._core.source.definitions().document
        crowds = {key: Crowd(document, key) for key in CATALOGUE}
        counted: Counter[str] = Counter()
        for asked, _person_id in self._asked({}):
            counted.update(key for key in crowds if crowds[key].has(asked))
        return counted

    def _spaces(self) -> dict[str, str]:
        """The Spaces in which people are now, by person id."""
        everyone = self._core.presence.everyone()
        return {one.person.id: one.where for one in everyone if one.where is not None}

    def _asked(self, spaces: Mapping[str, str]) -> Iterator[tuple[Asked, str]]:
        """Everybody, with their id; slices never hold the process up."""
        packing, breath = Packing(self._core.clock()), Breath(SLICE_SECONDS)
        for people in people_iterator.in_slices(self._core.db, PEOPLE_PER_LOOK):
            breath.take()
            for number, person in enumerate(people):
                if number % PEOPLE_PER_GLANCE == 0:
                    breath.take_if_due()
                yield packing.of(person, spaces.get(person.id)), person.id
            breath.take()

    def _inside(self, key: str) -> set[str]:
        folder = self._core.gating.folders.get(key)
        return {person.id for person, _slug in folder.involved()} if folder else set()


class _Count:
    """Adds people up. `by_space`: whether variants go by Space."""

    def __init__(self, connected: set[str], inside: set[str], by_space: bool) -> None:
        self._connected = connected
        self._inside = inside
        self._by_space = by_space
        self._ids: dict[str, list[str]] = {"gained": [], "lost": [], "moved": []}
        self._variants: Counter[str] = Counter()
        self.done = 0

    def add(self, person_id: str, before: str | None, after: str | None) -> None:
        self.done += 1
        if after is not CLOSED:
            self._variants[after] += 1
        if before == after:
            return
        if before is CLOSED:
            self._ids["gained"].append(person_id)
        elif after is CLOSED:
            self._ids["lost"].append(person_id)
        else:
            self._ids["moved"].append(person_id)

    def effect(self) -> Effect:
        named = {name: number for name, number in sorted(self._variants.items()) if name != OPEN}
        groups = {name: self._group(ids) for name, ids in self._ids.items()}
        after, by_space = self._variants.total(), self._by_space
        return Effect(**groups, after=after, variants={} if by_space else named, by_space=by_space)

    def _group(self, ids: list[str]) -> Group:
        people = set(ids)
        return Group(len(people), len(people & self._connected), len(people & self._inside))
