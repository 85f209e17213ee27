"""Janus towards the web app: one connection, all mixes, all seats."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from config.settings import Settings
from media.errors import SoundError
from media.events import SeatEvent
from media.hls_streams import Streams
from media.interfaces import Connection, State
from media.janus.session import JanusConnection, Timing
from media.mix_registry import Mixes
from media.seat_manager import Seats
from webapp.audio.webrtc.janus_session_file import KeptSession

log = logging.getLogger(__name__)


class JanusLike(Connection, Protocol):
    """A connection to Janus, or its in-memory twin, that can be opened and closed."""

    @property
    def janus_session(self) -> int | None: ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def part(self) -> None: ...


@dataclass(frozen=True)
class Engine:
    """The sound of one process. `open` and `close` are awaited on the loop."""

    connection: JanusLike
    mixes: Mixes
    seats: Seats
    streams: Streams
    kept: KeptSession

    @property
    def up(self) -> bool:
        """Whether Janus answers."""
        return self.connection.up

    async def ready(self) -> bool:
        """Whether Janus answers, and both its plugins do: people can take seats."""
        if not self.up:
            return False
        try:
            return not await self.connection.silent_plugins()
        except SoundError:
            return False

    async def open(self) -> frozenset[str]:
        """Connects, and takes up the seats that the process before this one left. Returns the
        names of all mixes in Janus. A Janus that is not there yet is tried again in the background.
        """
        try:
            await self.connection.open()
            await self._take_up()
            return await self.mixes.in_janus()
        except SoundError as error:
            log.warning("Janus is not there yet: %s", type(error).__name__)
            return frozenset()

    async def _take_up(self) -> None:
        try:
            await self.seats.take_up()
        except SoundError as error:
            # Nobody could mute, or end, what is not known: better that all negotiate anew.
            log.warning("seats cannot be taken up: %s", error)
            await self.connection.close()
            await self.connection.open()

    async def close(self) -> None:
        """Leaves every seat, closes every mix, disconnects."""
        self.kept.forget()
        await self.streams.close_all()
        await self.seats.close()
        await self.mixes.close_all()
        await self.connection.close()

    async def part(self) -> None:
        """Disconnects and leaves everything as it is, for the next process to take up. When none
        comes, Janus ends the seats by itself."""
        await self.streams.part()
        await self.connection.part()


def engine_on(
    connection: JanusLike,
    on_event: Callable[[SeatEvent], None],
    kept: KeptSession,
    settings: Settings,
) -> Engine:
    """An engine on any connection: the real one, or its in-memory twin."""
    mixes = Mixes(connection)

    def keep(state: State) -> None:
        if state == "up" and connection.janus_session is not None:
            kept.write(connection.janus_session)

    connection.on_state(keep)
    streams = Streams(mixes, settings.hls_folder / "streams", program=settings.ffmpeg_program)
    return Engine(connection, mixes, Seats(mixes, on_event), streams, kept)


def kept_session(settings: Settings) -> KeptSession:
    """Of the process that serves on this port."""
    return KeptSession(settings.var_folder / f"janus-session-{settings.port}")


def janus_connection(settings: Settings, kept: KeptSession) -> JanusConnection:
    """The connection that the settings describe; not opened yet."""
    return JanusConnection(
        settings.janus_url or "ws://127.0.0.1:8188",
        settings.janus_api_secret.get_secret_value(),
        settings.janus_admin_key.get_secret_value(),
        timing=Timing(request=settings.janus_timeout),
        admin_url=settings.janus_admin_url,
        admin_secret=settings.janus_admin_secret.get_secret_value(),
        resume=kept.read(),
    )
