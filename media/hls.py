"""HLS (RFC 8216) for those whom WebRTC has no room for: one encoder per mix that somebody needs.

The bridge forwards the mix a second time, to a port on which an ffmpeg listens; ffmpeg writes short
segments and a playlist into a folder, which any web server can give away. An encoder that dies, or
writes nothing any more, is started again and goes on in the same playlist.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import socket
import subprocess
import time
from collections import Counter
from pathlib import Path

from media.errors import SoundError
from media.mix import Mixes
from media.ports import State
from media.tasks import Tasks

log = logging.getLogger(__name__)

PLAYLIST = "live.m3u8"
SEGMENT_SECONDS = 1
"""A player stays about three segments behind: shorter ones are nearer, and cost more requests."""

LISTED, KEPT_BEHIND = 6, 4
"""Segments in the playlist, and those kept behind it for who read it a moment ago."""

BIT_RATE = "64k"

TASK = "stream of "
"""How the names of tasks begin that have no end of their own."""

LOOK_SECONDS = 0.5
SILENT_SECONDS = 4.0
"""Without a new segment for so long, an encoder is stuck. Silence is encoded like speech."""

AGAIN_SECONDS, AGAIN_AT_MOST = 0.5, 10.0
"""Before another encoder; longer each time when the one before did not get anywhere."""

DESCRIPTION = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=mix
c=IN IP4 127.0.0.1
t=0 0
m=audio {port} RTP/AVP 100
a=rtpmap:100 opus/48000/2
"""
"""What ffmpeg is told of the forwarded mix (RFC 8866, RFC 7587)."""


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
        self._tasks = Tasks()
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
            self._running[name] = task = self._tasks.spawn(self._run(name))
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
        await self._finish(self._end(name))

    async def close_all(self) -> None:
        """End every encoder; none is left when this returns."""
        self._held.clear()
        for name in self.names():
            await self._finish(self._end(name))
        await self._tasks.finish()

    def _end(self, name: str) -> asyncio.Task[None] | None:
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
        task = self._running.pop(name, None)
        if task is not None:
            task.cancel()
        return task

    async def _finish(self, task: asyncio.Task[None] | None) -> None:
        if task is not None:
            await asyncio.wait([task])

    # ------------------------------------------------------------------ one mix

    async def _run(self, name: str) -> None:
        folder = self.folder_of(name)
        self._mixes.hold(name)
        try:
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
            if name not in self._running:  # else somebody needs it again
                shutil.rmtree(folder, ignore_errors=True)

    async def _encode(self, name: str, folder: Path) -> None:
        """Until the encoder is of no use any more. Raises SoundError, OSError."""
        await self._mixes.open(name)
        port = free_port_pair()
        # First the ear, then the mouth: what comes before ffmpeg listens is lost.
        encoder = self._encoders[name] = Encoder(self._program, folder, port)
        try:
            stream = await self._mixes.bridge.forward_also(name, port)
            try:
                while encoder.useful:
                    await asyncio.sleep(LOOK_SECONDS)
                log.warning("the encoder of %s ended or is stuck: another one takes over", name)
            finally:
                await self._unforward(name, stream)
        finally:
            del self._encoders[name]
            encoder.end()

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


class Encoder:
    """One ffmpeg. It dies with this process (``setpriv --pdeathsig``), however that ends."""

    def __init__(self, program: str, folder: Path, port: int) -> None:
        """Raises OSError."""
        self.spoilt = False
        self._playlist = folder / PLAYLIST
        self._since = time.time()
        description = folder / "mix.sdp"
        description.write_text(DESCRIPTION.format(port=port))
        with (folder / "ffmpeg.log").open("wb") as output:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig=KILL", "--", *command(program, description, folder)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def useful(self) -> bool:
        """It runs, and has written something in the last seconds."""
        if self.spoilt or self._process.poll() is not None:
            return False
        try:
            wrote = self._playlist.stat().st_mtime
        except OSError:
            wrote = self._since
        return time.time() - max(wrote, self._since) < SILENT_SECONDS

    def end(self) -> None:
        """At once: it has nothing to finish."""
        self._process.kill()
        self._process.wait()


def command(program: str, description: Path, folder: Path) -> list[str]:
    """Opus over RTP in, AAC in fragmented MP4 out. Players take it without a change of container.

    ``append_list`` goes on in the playlist of the encoder before, with a discontinuity. Each has a
    beginning (``init``) of its own, for ffmpeg leaves it half written until the first segment.
    """
    reading = "-protocol_whitelist file,udp,rtp -fflags nobuffer -analyzeduration 0 -probesize 32"
    # A hole (lost packets) becomes silence, so that the clock of the sound goes on.
    coding = f"-af aresample=async=1 -ac 1 -c:a aac -b:a {BIT_RATE}"
    flags = "append_list+delete_segments+independent_segments+omit_endlist+temp_file"
    writing = (
        f"-f hls -hls_time {SEGMENT_SECONDS} -hls_list_size {LISTED} "
        f"-hls_delete_threshold {KEPT_BEHIND} -hls_flags {flags} "
        f"-hls_start_number_source epoch -hls_segment_type fmp4 "
        f"-hls_fmp4_init_filename init{time.time_ns()}.mp4"
    )
    return [
        program,
        *("-nostdin", "-hide_banner", "-loglevel", "error"),
        *reading.split(),
        *("-i", str(description)),
        *coding.split(),
        *writing.split(),
        *("-hls_segment_filename", str(folder / "%d.m4s")),
        str(folder / PLAYLIST),
    ]


def free_port_pair() -> int:
    """An even UDP port on loopback that nobody has now, nor the next, which is for RTCP."""
    while True:
        with (
            socket.socket(type=socket.SOCK_DGRAM) as probe,
            socket.socket(type=socket.SOCK_DGRAM) as beside,
        ):
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            if port % 2:
                continue
            try:
                beside.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
