"""What the browser is told of a Space. Closed schemas: what is not named here never leaves."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from webapp.accounts.models import Person
from webapp.spaces.models import Participant


class Told(BaseModel):
    """Base of all that is sent: unknown fields are an error of ours."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Told):
    id: str
    name: str

    @classmethod
    def of(cls, person: Person) -> Named:
        return cls(id=person.id, name=person.display_name)


class OnStage(Told):
    id: str
    name: str
    role: str
    muted: bool
    talking: bool

    @classmethod
    def of(cls, participant: Participant, person: Person, talking: bool) -> OnStage:
        return cls(
            id=person.id,
            name=person.display_name,
            role=participant.role,
            muted=participant.muted,
            talking=talking and not participant.muted,
        )


class Standing(Told):
    """A person's own place in the Space."""

    role: str
    muted: bool
    listening: bool

    @classmethod
    def of(cls, participant: Participant) -> Standing:
        return cls(role=participant.role, muted=participant.muted, listening=participant.listening)


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
