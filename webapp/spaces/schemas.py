"""What the browser is told of a Space. Closed schemas: what is not named here never leaves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from webapp.accounts.models import Person
from webapp.spaces.models import HOST, Participant, Space


class Told(BaseModel):
    """Base of all that is sent: unknown fields are an error of ours."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Told):
    """`qa`: nobody, but QA who looks at the product through somebody's eyes."""

    id: str
    name: str
    qa: bool

    @classmethod
    def of(cls, person: Person) -> Named:
        return cls(id=person.id, name=person.display_name, qa=person.preview)


class OnStage(Told):
    id: str
    name: str
    role: str
    muted: bool
    talking: bool
    qa: bool
    runs: bool
    """Whether they help the host, or stand in for them."""

    @classmethod
    def of(
        cls, participant: Participant, person: Person, talking: bool, space: Space | None
    ) -> OnStage:
        return cls(
            id=person.id,
            name=person.display_name,
            role=participant.role,
            muted=participant.muted,
            talking=talking and not participant.muted,
            qa=person.preview,
            runs=participant.role != HOST and runs(participant, space),
        )


class Standing(Told):
    """A person's own place in the Space. `runs`: may take people on stage and off it; `leads`: may
    end the Space as well; both are told to those who have hosting, and by it."""

    role: str
    muted: bool
    listening: bool
    n: int | None
    """Sequence number of the mute request that was applied last. A page with a later one under way
    knows that this is older."""
    muted_by: Named | None
    """Who muted them, when it was not they themselves."""
    runs: bool = Field(exclude=True)
    leads: bool = Field(exclude=True)

    @classmethod
    def of(cls, participant: Participant, space: Space, muted_by: Person | None = None) -> Standing:
        return cls(
            role=participant.role,
            muted=participant.muted,
            listening=participant.listening,
            n=participant.mute_number,
            muted_by=Named.of(muted_by) if muted_by else None,
            runs=runs(participant, space),
            leads=leads(participant, space),
        )

    def as_event(self) -> dict[str, Any]:
        """Content of `space.me`; what does not apply is left out."""
        return self.model_dump(exclude_none=True)


def leads(participant: Participant, space: Space | None) -> bool:
    """Whether somebody is the host, or stands in for them."""
    stands_in = space is not None and space.stand_in_id == participant.person_id
    return participant.role == HOST or (stands_in and participant.on_stage)


def runs(participant: Participant, space: Space | None) -> bool:
    """Whether somebody leads, or is a co-host."""
    return leads(participant, space) or (participant.co_host and participant.on_stage)


class Crowd(Told):
    listeners: int
    crowd: list[Named]


class SpaceTold(Told):
    slug: str
    title: str
    host: Named
    listeners: int
    crowd: list[Named]
    stage: list[OnStage]
    ends_at: datetime | None
    away: bool
    """The host is away, and that is why a countdown runs."""


class LobbyEntry(Told):
    slug: str
    title: str
    host: Named
    listeners: int
    stage: list[Named]


class Waiting(Told):
    id: str
    name: str
    asked_at: datetime
    qa: bool
