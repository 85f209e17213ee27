"""What a change would do, before it is made: the engine's answers on both documents, compared."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flags.catalogue import CATALOGUE, SPACE
from flags.context import context_of
from flags.crowd import CLOSED, OPEN, Crowd, packed
from flags.sources.base import FeatureState
from flags.sources.document import document_of
from webapp.accounts import everybody
from webapp.breath import Breath
from webapp.core import Core

PEOPLE_PER_LOOK = 300
"""Read from the database at once: about a millisecond."""

PEOPLE_PER_GLANCE = 20
"""Decided for between two looks at the clock: well under a millisecond."""

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
        before, after = (Crowd(document_of(s, CATALOGUE), wanted.key) for s in (now, then))
        by_space = CATALOGUE[wanted.key].assigned_by == SPACE and wanted.variants
        spaces = self._spaces() if by_space else None
        count = _Count(self._core.presence.people(), self._inside(wanted.key), spaces)
        number, told = everybody.head_count(self._core.db), time.perf_counter()
        for context, person_id in self._contexts(spaces):
            count.add(person_id, before.answer(context), after.answer(context))
            if time.perf_counter() - told > TOLD_SECONDS:
                yield Progress(count.done, max(number, count.done))
                told = time.perf_counter()
        yield count.effect()

    def holders(self) -> Counter[str]:
        """How many people have each feature, as things stand."""
        document = self._core.source.definitions().document
        crowds = {key: Crowd(document, key) for key in CATALOGUE}
        counted: Counter[str] = Counter()
        for context, _person_id in self._contexts():
            counted.update(key for key in crowds if crowds[key].answer(context) is not CLOSED)
        return counted

    def _spaces(self) -> dict[str, str]:
        """The Spaces in which people are now, by person id."""
        everyone = self._core.presence.everyone()
        return {one.person.id: one.where for one in everyone if one.where is not None}

    def _contexts(self, spaces: Mapping[str, str] | None = None) -> Iterator[tuple[bytes, str]]:
        """Everybody's context, packed, with their id; slices never hold the process up."""
        now, breath = self._core.clock(), Breath()
        for people in everybody.in_slices(self._core.db, PEOPLE_PER_LOOK):
            breath.take()
            for number, person in enumerate(people):
                if number % PEOPLE_PER_GLANCE == 0:
                    breath.take_if_due()
                where = spaces.get(person.id) if spaces else None
                yield packed(context_of(person, now, where)), person.id
            breath.take()

    def _inside(self, key: str) -> set[str]:
        folder = self._core.gating.folders.get(key)
        return {person.id for person, _slug in folder.involved()} if folder else set()


def _without_variant(answer: str | None) -> str | None:
    return CLOSED if answer is CLOSED else OPEN


class _Count:
    """Adds people up. `spaces`: where they are, if variants go by Space."""

    def __init__(
        self, connected: set[str], inside: set[str], spaces: Mapping[str, str] | None
    ) -> None:
        self._connected = connected
        self._inside = inside
        self._spaces = spaces
        self._ids: dict[str, list[str]] = {"gained": [], "lost": [], "moved": []}
        self._variants: Counter[str] = Counter()
        self.done = 0

    def add(self, person_id: str, before: str | None, after: str | None) -> None:
        self.done += 1
        if self._spaces is not None and person_id not in self._spaces:
            before, after = _without_variant(before), _without_variant(after)
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
        after, by_space = self._variants.total(), self._spaces is not None
        return Effect(**groups, after=after, variants={} if by_space else named, by_space=by_space)

    def _group(self, ids: list[str]) -> Group:
        people = set(ids)
        return Group(len(people), len(people & self._connected), len(people & self._inside))
