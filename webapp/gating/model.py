"""What gating is told of a feature's folder, and what it tells browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from flags.dependency_fingerprint import Footing
from flags.forced_flags import Forced
from flags.gate import Decision
from flags.sources.interface import Closing
from webapp.accounts.models import Person
from webapp.realtime.presence import Connection


def _nobody(_person_id: str, _slug: str) -> bool:
    return False


def _nothing(_person_id: str, _slug: str) -> None:
    return None


def _no_one() -> Iterable[tuple[Person, str]]:
    return ()


def space_room(slug: str, key: str) -> str:
    """The socket room of those in a Space whose gate for a feature is open."""
    return f"space:{slug}:{key}"


def lobby_room(key: str) -> str:
    """The socket room of everybody connected whose gate for a feature is open."""
    return f"open:{key}"


@lru_cache(maxsize=1024)
def rooms_of(slug: str | None, keys: tuple[str, ...]) -> frozenset[str]:
    """The rooms of a connection in a Space, or in none: one set for thousands of people."""
    there = () if slug is None else (space_room(slug, key) for key in keys)
    return frozenset((*map(lobby_room, keys), *there))


@dataclass(frozen=True)
class Folder:
    """A feature's folder, as its `feature.py` describes it.

    `inside` tells whether a person is using the feature in a Space (and so may finish when it
    drains); `leaving` whether a cut that takes its time is still under way for them; `involved`
    names everybody whom its closing may concern, connected or not; `close` takes the feature away
    from one of them, `reopen` tells that they keep it after all. Both are called again and again
    and must do nothing the second time.
    """

    key: str
    name: str
    module: str
    styles: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    inside: Callable[[str, str], bool] = _nobody
    leaving: Callable[[str, str], bool] = _nobody
    involved: Callable[[], Iterable[tuple[Person, str]]] = _no_one
    close: Callable[[str, str], None] = _nothing
    reopen: Callable[[str, str], None] = _nothing


@dataclass(frozen=True)
class Wire:
    """How gating reaches browsers: `send(event, data, sids)`, and rooms to enter and leave."""

    send: Callable[[str, Any, list[str]], None]
    enter: Callable[[str, str], None]
    leave: Callable[[str, str], None]

    def move(self, connection: Connection, wanted: frozenset[str]) -> None:
        """Puts a connection into these rooms, and out of all others."""
        for room in connection.rooms - wanted:
            self.leave(connection.sid, room)
        for room in wanted - connection.rooms:
            self.enter(connection.sid, room)
        connection.rooms = wanted


def below(base: str, payload: dict[str, Any]) -> dict[str, Any]:
    """A payload whose addresses are below the path of a preview."""
    styles = [base + style for style in payload["styles"]]
    return {**payload, "module": base + payload["module"], "styles": styles}


@dataclass(slots=True)
class Asked:
    """One person, as the engine is asked about them at one moment, and what it has said: by the
    definitions of `footing`. `forced`: what a preview forces; None for whoever is in none."""

    context: bytes
    footing: Footing
    forced: Mapping[str, Forced] | None = None
    answers: dict[str, Decision] = field(default_factory=dict)

    def still_said(self, now: Asked, keys: tuple[str, ...]) -> Iterator[tuple[str, Decision]]:
        """Those of the answers that hold `now` as well: of the same person, where nothing that they
        stand on has changed. None in a preview."""
        if self.forced is not None or now.forced is not None or self._lasting != now._lasting:
            return
        for key in _unmoved(now.footing, self.footing, keys):
            said = self.answers.get(key)
            # Else it was given by definitions that came in between.
            if said is not None and said.revision == self.footing.revision:
                yield key, said

    @property
    def _lasting(self) -> bytes:
        """All but the time."""
        return self.context[: self.context.rindex(b'"currentTime"')]


@lru_cache(maxsize=1)
def _unmoved(now: Footing, before: Footing, keys: tuple[str, ...]) -> frozenset[str]:
    return now.same(before, keys)


@dataclass(frozen=True)
class Difference:
    """What changes for a browser, the same for many of them: features with their variants, keys
    with the way in which they closed."""

    opened: tuple[tuple[str, str | None], ...]
    closed: tuple[tuple[str, Closing], ...]
    language: str
    preview: Person | None = None
    """Whoever is in one: what they are sent is for nobody else."""
