"""What listeners are told of their Space while it goes on."""

from __future__ import annotations

import math
from typing import Any

from webapp.app.services import Core
from webapp.spaces import events as happened
from webapp.spaces.schemas import Crowd, SpaceTold
from webapp.spaces.service import TOLD_REASONS

COUNT_SECONDS = 1.0
"""Counts are told at most so often: in a full Space people come and go all the time."""

LOBBY_SECONDS = 1.0


class News:
    """Turns what happens in Spaces into events for those who may listen."""

    def __init__(self, core: Core, key: str) -> None:
        self._core = core
        self._key = key
        self._due: set[str] = set()
        self._lobby_due = False

    def subscribe(self) -> None:
        listen = self._core.events.subscribe
        listen(happened.StageChanged, lambda e: self._stage(e.slug))
        listen(happened.TalkingChanged, self._talking)
        listen(happened.CrowdChanged, lambda e: self._count_soon(e.slug))
        listen(happened.StandingChanged, lambda e: self.standing(e.slug, e.person_id))
        listen(happened.Ending, lambda e: self._ending(e.slug))
        listen(happened.Ended, self._ended)
        listen(happened.LobbyChanged, lambda _e: self._lobby_soon())

    def standing(self, slug: str, person_id: str) -> None:
        """Tells somebody their own place."""
        standing = self._core.spaces.standing(slug, person_id)
        if standing is not None:
            self._core.tell.one("space.me", standing.as_event(), slug, person_id)

    def lobby(self) -> dict[str, Any]:
        return {"spaces": [entry.model_dump() for entry in self._core.spaces.lobby()]}

    def seconds_left(self, space: SpaceTold) -> int | None:
        """Until a countdown ends the Space; None while none runs."""
        if space.ends_at is None:
            return None
        return max(0, math.ceil((space.ends_at - self._core.clock()).total_seconds()))

    def _space(self, slug: str, event: str, data: dict[str, Any]) -> None:
        self._core.tell.space(slug, self._key, event, data)

    def _stage(self, slug: str) -> None:
        stage = [on_stage.model_dump() for on_stage in self._core.spaces.stage(slug)]
        self._space(slug, "space.stage", {"stage": stage})

    def _talking(self, event: happened.TalkingChanged) -> None:
        data = {"id": event.person_id, "talking": event.talking}
        self._space(event.slug, "space.talking", data)

    def _ending(self, slug: str) -> None:
        space = self._core.spaces.told(slug)
        if space is not None:
            ends_at = space.ends_at.isoformat() if space.ends_at else None
            seconds = self.seconds_left(space)
            told = {"ends_at": ends_at, "seconds": seconds, "away": space.away}
            self._space(slug, "space.ending", told)

    def _ended(self, event: happened.Ended) -> None:
        # That hosting was closed is nobody else's business.
        because = event.because if event.because in TOLD_REASONS else None
        self._space(event.slug, "space.ended", {"because": because})

    def _count_soon(self, slug: str) -> None:
        if slug not in self._due:
            self._due.add(slug)
            self._core.runtime.later(COUNT_SECONDS, lambda: self._count(slug))

    def _count(self, slug: str) -> None:
        self._due.discard(slug)
        listeners, people = self._core.spaces.crowd(slug)
        self._space(slug, "space.count", Crowd(listeners=listeners, crowd=people).model_dump())
        self._lobby_soon()

    def _lobby_soon(self) -> None:
        if not self._lobby_due:
            self._lobby_due = True
            self._core.runtime.later(LOBBY_SECONDS, self._tell_lobby)

    def _tell_lobby(self) -> None:
        self._lobby_due = False
        lobby = self.lobby()
        for connection in self._core.presence.everyone():
            if connection.slug is None and self._key in connection.gates:
                self._core.tell.emit("lobby.spaces", lobby, connection.sid)
