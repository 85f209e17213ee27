"""One Space's mix: a bridge room, a listener mountpoint, and the forwarder between them.

An open room costs CPU even when nobody is in it (Janus mixes every 20 ms), so a mix is opened when
the first seat needs it and closed ``linger`` seconds after the last was left.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from media import opus_fec
from media.errors import SoundError
from media.interfaces import Connection, State
from media.janus.audiobridge import Bridge, RoomSettings
from media.janus.streaming import Mountpoints
from media.task_group import Tasks

log = logging.getLogger(__name__)

RETRY = 1.0  # seconds between two attempts to close what could not be closed


@dataclass(frozen=True, slots=True)
class Mix:
    """An open mix. Room and mountpoint both have its name; ``port`` is the mountpoint's (UDP)."""

    name: str
    port: int


async def nobody(_: str) -> None:
    """Nobody has to go before a mix is closed."""


def nowhere(_: str) -> frozenset[int]:
    """Nothing but the mountpoint hears a mix."""
    return frozenset()


class Mixes:
    """All mixes of this process, by name (the Space's slug).

    ``before_close`` is awaited with the name before a mix is closed: whoever is in it must be out
    when it returns, for Janus 1.1.2 can crash when a room ends under somebody who negotiates.
    ``heard_at`` tells the ports, beside the mountpoint's, to which a mix is rightly forwarded.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        linger: float = 5.0,
        room: RoomSettings | None = None,
        listener_threads: int = 2,
    ) -> None:
        self.connection = connection
        self.bridge = Bridge(connection, room)
        self.mountpoints = Mountpoints(connection, listener_threads)
        self._linger = linger
        self._mixes: dict[str, Mix] = {}
        self._held: Counter[str] = Counter()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._doomed: set[str] = set()  # to be destroyed in Janus
        # Whether this process made it: another one may have people in it else.
        self._own: dict[str, bool] = {}
        self._to_heal: set[str] = set()  # open when Janus was lost
        self._life = 0  # how many times Janus was lost
        self._expected = opus_fec.Expectation(loss=0.0)
        self._tasks = Tasks()
        self.before_close: Callable[[str], Awaitable[None]] = nobody
        self.heard_at: Callable[[str], frozenset[int]] = nowhere
        connection.on_state(self._on_state)

    def get(self, name: str) -> Mix | None:
        return self._mixes.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._mixes))

    async def open(self, name: str) -> Mix:
        """The mix of that name, made when it is not there. Raises SoundError.

        Who opens at the same time gets the same mix; it is made even if one of them gives up.
        """
        if (mix := self._mixes.get(name)) is not None:
            return mix
        return await asyncio.shield(self._tasks.spawn(self._open(name)))

    def lost(self, share: float) -> None:
        """A listener, of whatever mix, missed this share (0..1) of it lately. Rooms expect what all
        listeners of this process reported until they were made: Janus cannot change it later."""
        now = asyncio.get_running_loop().time()
        self._expected = opus_fec.after(self._expected, share, now, opus_fec.WEIGHT_OF_ONE)

    async def close(self, name: str) -> None:
        """Close the mix; seats in it are lost. Nothing happens when it is not open."""
        await asyncio.shield(self._begin_close(name))

    async def close_all(self) -> None:
        """Close every mix and finish what is under way."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        await self._tasks.finish()
        for name in self.names():
            await self.close(name)
        for timer in self._timers.values():
            timer.cancel()

    async def in_janus(self) -> frozenset[str]:
        """The names of all that Janus has, ours or not, whole or half. Raises SoundError."""
        return frozenset(await self.bridge.rooms()) | frozenset(await self.mountpoints.names())

    async def take_up(self, names: Iterable[str], ended: Iterable[str] = ()) -> None:
        """Mixes that a process before this one left: made whole, and not closed before they are
        ``ended``, for another process may have people in them. Raises SoundError."""
        for name in sorted(ended):
            self._doomed.add(name)
            self._own[name] = True
            await self.close(name)
        for name in sorted(names):
            await self._heal(name)

    def forget(self, mix: Mix) -> None:
        """Janus turned out not to have this mix any more: the next ``open`` makes it anew."""
        if self._mixes.get(mix.name) is mix:
            del self._mixes[mix.name]

    # ------------------------------------------------------------------ who needs it

    def hold(self, name: str) -> None:
        """Count one who needs the mix. It is not closed by itself before ``release``."""
        self._held[name] += 1
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()

    def release(self, name: str) -> None:
        self._held[name] -= 1
        if self._held[name] <= 0:
            del self._held[name]
            self._close_later(name)

    def _close_later(self, name: str, at_least: float = 0.0) -> None:
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._timers[name] = loop.call_later(
            max(self._linger, at_least), self._close_if_unused, name
        )

    def _close_if_unused(self, name: str) -> None:
        self._timers.pop(name, None)
        if name not in self._held and self._own.get(name, True):
            self._begin_close(name)

    def _begin_close(self, name: str) -> asyncio.Task[None]:
        # Taken off the list at once: whoever opens it from now on gets a new one, after this end.
        if self._mixes.pop(name, None) is not None:
            self._doomed.add(name)
        return self._tasks.spawn(self._close(name))

    # ------------------------------------------------------------------ Janus

    async def _open(self, name: str) -> Mix:
        async with self._lock(name):
            while (mix := self._mixes.get(name)) is None:
                life = self._life
                try:
                    made = await self._make(name)
                except SoundError:
                    if self._own.get(name, True):
                        await self._destroy(name)
                    if life == self._life:
                        raise
                    continue  # half in the Janus before, half in this one
                if life == self._life:
                    self._mixes[name] = made
            self._doomed.discard(name)
            return mix

    async def _make(self, name: str) -> Mix:
        unknown = name not in self._own
        self._own.setdefault(name, True)  # also when the answer is lost
        if not await self.bridge.create(name, self._expected.percent) and unknown:
            self._own[name] = False
        port = await self.mountpoints.create(name)
        await self.bridge.forward(name, port, self.heard_at(name))
        return Mix(name, port)

    async def _close(self, name: str) -> None:
        async with self._lock(name):
            if self._mixes.pop(name, None) is not None or name in self._doomed:
                await self.before_close(name)
                await self._destroy(name)

    async def _destroy(self, name: str) -> None:
        """Both parts. What cannot be reached now is tried again, else it would mix for ever."""
        self._doomed.discard(name)
        self._own.pop(name, None)
        for part in (self.bridge, self.mountpoints):
            try:
                await part.destroy(name)
            except SoundError as error:
                log.info("The mix %s cannot be closed now: %s", name, error)
                self._doomed.add(name)
        if name in self._doomed:
            self._close_later(name, at_least=RETRY)

    def _lock(self, name: str) -> asyncio.Lock:
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        return lock

    # ------------------------------------------------------------------ healing

    def _on_state(self, state: State) -> None:
        if state == "down":
            self._life += 1
            self._to_heal.update(self._mixes)
            self._mixes.clear()
            return
        names, self._to_heal = self._to_heal, set()
        for name in sorted(names):
            self._tasks.spawn(self._heal(name))

    async def _heal(self, name: str) -> None:
        """Take up what an unlucky janus_session left in Janus, or make it anew. People come back
        to it within a moment; when nobody does and it is ours, it is closed as if the last had just
        left."""
        await self.open(name)
        if name not in self._held:
            self._close_later(name)
