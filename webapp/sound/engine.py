"""Janus towards the web app: one connection, all mixes, all seats."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from config.settings import Settings
from media.errors import SoundError
from media.events import SeatEvent
from media.janus.connection import JanusConnection, Timing
from media.mix import Mixes
from media.ports import Connection
from media.seats import Seats

log = logging.getLogger(__name__)


class JanusLike(Connection, Protocol):
    """A connection to Janus, or its in-memory twin, that can be opened and closed."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class Engine:
    """The sound of one process. `open` and `close` are awaited on the loop."""

    connection: JanusLike
    mixes: Mixes
    seats: Seats

    @property
    def up(self) -> bool:
        """Whether Janus answers."""
        return self.connection.up

    async def open(self) -> None:
        """Connects. A Janus that is not there yet is tried again in the background."""
        try:
            await self.connection.open()
        except SoundError as error:
            log.warning("Janus is not there yet: %s", type(error).__name__)

    async def close(self) -> None:
        """Leaves every seat, closes every mix, disconnects."""
        await self.seats.close()
        await self.mixes.close_all()
        await self.connection.close()


def engine_on(connection: JanusLike, on_event: Callable[[SeatEvent], None]) -> Engine:
    """An engine on any connection: the real one, or its in-memory twin."""
    mixes = Mixes(connection)
    return Engine(connection, mixes, Seats(mixes, on_event))


def janus_connection(settings: Settings) -> JanusConnection:
    """The connection that the settings describe; not opened yet."""
    return JanusConnection(
        settings.janus_url or "ws://127.0.0.1:8188",
        settings.janus_api_secret.get_secret_value(),
        settings.janus_admin_key.get_secret_value(),
        timing=Timing(request=settings.janus_timeout),
    )
