"""HLS (RFC 8216) for those whom WebRTC has no room for: one encoder per mix that somebody needs.

The bridge forwards the mix a second time, to a port on which an ffmpeg listens; ffmpeg writes short
segments and a playlist into a folder, which any web server can give away. An encoder that dies, or
writes nothing any more, is started again and goes on in the same playlist. One that a process
before this one left is taken over, as long as the bridge still forwards to it.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections import Counter
from pathlib import Path

from media.errors import SoundError
from media.hls_encoder import PLAYLIST, SILENT_SECONDS, Encoder, end_others
from media.interfaces import State
from media.mix_registry import Mixes
from media.task_group import Tasks

__all__ = ["PLAYLIST", "TASK", "Streams"]

log = logging.getLogger(__name__)

TASK = "stream of "
"""How the names of tasks begin that have no end of their own."""

LOOK_SECONDS = 0.5

AGAIN_SECONDS, AGAIN_AT_MOST = 0.5, 10.0
"""Before another encoder; longer each time when the one before did not get anywhere."""


class Streams:
    """All encoders of this process, by the name of the mix. Each holds its mix open.

    ``folder`` gets one folder per mix. ``linger``: seconds for which an encoder goes on after the
    last who needed it has left.
    """

    def __init__(
        self, mixes: Mixes, folder: Path, *, program: str = "ffmpeg", linger: float = 10.0
    ) -> None:
        self._mixes = mixes
        self._folder = folder
        self._program = program
        self._linger = linger
        self._held: Counter[str] = Counter()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._encoders: dict[str, Encoder] = {}
        self._ending: dict[str, asyncio.Task[None]] = {}
        self._parting = False
        self._tasks = Tasks()
        mixes.heard_at = self._heard_at
        mixes.connection.on_state(self._on_state)

    def folder_of(self, name: str) -> Path:
        """Where the playlist and the segments of a mix are, as long as it is held."""
        return self._folder / name

    def names(self) -> tuple[str, ...]:
        """The mixes that have an encoder, or wait for one."""
        return tuple(sorted(self._running))

    async def hold(self, name: str) -> None:
        """Count one who needs the mix as HLS. Returns at once: the first segments take a while."""
        self._held[name] += 1
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
        if name not in self._running:
            self._running[name] = task = self._tasks.spawn(self._run(name, self._ending.get(name)))
            task.set_name(TASK + name)

    async def release(self, name: str) -> None:
        """The other way round. Nothing happens where nobody holds it."""
        if name not in self._held:
            return
        self._held[name] -= 1
        if self._held[name] <= 0:
            del self._held[name]
            loop = asyncio.get_running_loop()
            self._timers[name] = loop.call_later(self._linger, self._end, name)

    async def close(self, name: str) -> None:
        """End it for everybody: the mix is over."""
        self._held.pop(name, None)
        self._end(name)
        await self._ended(name)

    async def close_all(self) -> None:
        """End every encoder; none is left when this returns."""
        self._held.clear()
        for name in self.names():
            self._end(name)
        await self._tasks.finish()

    async def end_others(self, wanted: frozenset[str]) -> None:
        """End what a process before this one left for anything but these mixes: to be called
        first of all. What it left for these is taken over when they are held."""
        await end_others(self._folder, wanted)

    async def part(self) -> None:
        """Let go of every encoder, and leave it running for the process that follows."""
        self._parting = True
        for name in self.names():
            self._end(name)
        await self._tasks.finish()

    def _end(self, name: str) -> None:
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
        if (task := self._running.pop(name, None)) is not None:
            self._ending[name] = task
            task.add_done_callback(lambda _: self._forget(name, task))
            task.cancel()

    def _forget(self, name: str, task: asyncio.Task[None]) -> None:
        if self._ending.get(name) is task:
            del self._ending[name]

    async def _ended(self, name: str) -> None:
        if (task := self._ending.get(name)) is not None:
            await asyncio.wait([task])

    # ------------------------------------------------------------------ one mix

    async def _run(self, name: str, before: asyncio.Task[None] | None) -> None:
        """`before`: what ran for this mix, and is still being ended."""
        folder = self.folder_of(name)
        self._mixes.hold(name)
        try:
            if before is not None:
                await asyncio.wait([before])
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            wait = AGAIN_SECONDS
            while True:
                begun = time.monotonic()
                try:
                    await self._encode(name, folder)
                except (SoundError, OSError) as error:
                    log.warning("no HLS of %s now: %s", name, error)
                got_somewhere = time.monotonic() - begun > 2 * SILENT_SECONDS
                wait = AGAIN_SECONDS if got_somewhere else min(2 * wait, AGAIN_AT_MOST)
                await asyncio.sleep(wait)
        finally:
            self._mixes.release(name)
            if name not in self._running and not self._parting:  # else somebody needs it again
                shutil.rmtree(folder, ignore_errors=True)

    async def _encode(self, name: str, folder: Path) -> None:
        """Until the encoder is of no use any more. Raises SoundError, OSError."""
        await self._mixes.open(name)
        encoder = await self._left(name, folder) or Encoder.begin(self._program, folder)
        self._encoders[name] = encoder
        stream: int | None = None
        try:
            stream = await self._forwarded(name, encoder.port)
            while encoder.useful:
                await asyncio.sleep(LOOK_SECONDS)
            log.warning("the encoder of %s ended or is stuck: another one takes over", name)
        finally:
            del self._encoders[name]
            if self._parting:
                encoder.leave()
            else:
                await self._give_up(name, encoder, stream)

    async def _left(self, name: str, folder: Path) -> Encoder | None:
        """The encoder that another process left, if it still hears the mix."""
        left = Encoder.left(folder)
        if left is None:
            return None
        if left.useful and left.port in (await self._mixes.bridge.forwarders(name)).values():
            log.info("the encoder of %s goes on", name)
            return left
        await left.end()
        return None

    async def _forwarded(self, name: str, port: int) -> int:
        """First the ear, then the mouth: what comes before ffmpeg listens is lost."""
        for stream, there in (await self._mixes.bridge.forwarders(name)).items():
            if there == port:
                return stream
        return await self._mixes.bridge.forward_also(name, port)

    def _heard_at(self, name: str) -> frozenset[int]:
        """The ports to which a mix is forwarded for us."""
        left = Encoder.left(self.folder_of(name))
        return frozenset() if left is None else frozenset({left.port})

    async def _give_up(self, name: str, encoder: Encoder, stream: int | None) -> None:
        try:
            if stream is not None:
                await self._unforward(name, stream)
        finally:
            await encoder.end()

    async def _unforward(self, name: str, stream: int) -> None:
        try:
            await self._mixes.bridge.stop_forward(name, stream)
        except SoundError as error:
            log.debug("the forwarder of %s went with its room: %s", name, error)

    def _on_state(self, state: State) -> None:
        """What came from a Janus that is gone, or a room made anew, is another sound to ffmpeg."""
        if state == "up":
            for encoder in self._encoders.values():
                encoder.spoilt = True
