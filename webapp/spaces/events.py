"""What happens in Spaces. Published after the commit; the features tell the browsers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LobbyChanged:
    """A Space began or ended, or its stage changed."""


@dataclass(frozen=True, slots=True)
class StageChanged:
    """Who is on stage, or who of them is muted."""

    slug: str


@dataclass(frozen=True, slots=True)
class CrowdChanged:
    """Who is listening."""

    slug: str


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """Who waits to be taken on stage."""

    slug: str


@dataclass(frozen=True, slots=True)
class StandingChanged:
    """A person's own role, mute state or request; `outcome` says why where they did not do it
    themselves: accepted, declined, removed, closed."""

    slug: str
    person_id: str
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class LeftStage:
    """A person is no longer on stage: their seat on the bridge must go."""

    slug: str
    person_id: str


@dataclass(frozen=True, slots=True)
class MutedChanged:
    """A person on stage is to be silent or heard, by their own choice or the host's."""

    slug: str
    person_id: str
    muted: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """A countdown began, or was called off (the Space's `ends_at` tells)."""

    slug: str


@dataclass(frozen=True, slots=True)
class Ended:
    """`because` is what ended it (see `models.Space.ending_because`)."""

    slug: str
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody came, or came back, and it is known by now through which connection."""

    slug: str
    person_id: str


@dataclass(frozen=True, slots=True)
class Left:
    slug: str
    person_id: str


@dataclass(frozen=True, slots=True)
class SoundLost:
    """The sound of a person broke off, which was connected and which they had not given up."""

    slug: str
    person_id: str


@dataclass(frozen=True, slots=True)
class TalkingChanged:
    """Somebody on stage began or ceased to be heard."""

    slug: str
    person_id: str
    talking: bool
