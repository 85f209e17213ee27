"""What gating is told of a feature's folder, and what it tells browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from flags.gate import Decision
from flags.sources.base import Closing
from webapp.accounts.models import Person


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


def below(base: str, payload: dict[str, Any]) -> dict[str, Any]:
    """A payload whose addresses are below the path of a preview."""
    styles = [base + style for style in payload["styles"]]
    return {**payload, "module": base + payload["module"], "styles": styles}


@dataclass(slots=True)
class Asked:
    """One person, as the engine is asked about them at one moment, and what it has said: by the
    definitions of `revision`."""

    context: bytes
    revision: int
    answers: dict[str, Decision] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """What changes for a browser, the same for many of them: features with their variants, keys
    with the way in which they closed."""

    opened: tuple[tuple[str, str | None], ...]
    closed: tuple[tuple[str, Closing], ...]
    language: str
    preview: Person | None = None
    """Whoever is in one: what they are sent is for nobody else."""
