"""One ffmpeg that turns a forwarded mix into HLS. It may outlive the process that began it.

What it is known by (process id, when that started, the UDP port that it hears) is noted beside its
segments: the next process takes it over by that, and a supervisor ends it. Nobody needs to, where
its sound has ended: it ends by itself when nothing comes any more.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

PLAYLIST = "live.m3u8"
NOTE = "encoder.json"

SEGMENT_SECONDS = 1
"""A player stays about three segments behind: shorter ones are nearer, and cost more requests."""

LISTED, KEPT_BEHIND = 6, 4
"""Segments in the playlist, and those kept behind it for who read it a moment ago."""

BIT_RATE = "64k"

SILENT_SECONDS = 4.0
"""Without a new segment for so long, an encoder is stuck. Silence is encoded like speech."""

MAX_SEGMENTS_AHEAD = 10
"""An encoder that writes so many segments more than seconds pass is stuck as well. It fills a gap
in the time stamps that it was sent with silence, and a time stamp may be hours ahead. More than
what waits in its socket when the machine was busy: five seconds of sound."""

ALONE_SECONDS = 5
"""Without a packet for so long, ffmpeg ends (within twice that if there never was any): its room
is gone, or its Janus. Longer than `SILENT_SECONDS`, for whoever looks after it is sooner."""

LOOK_SECONDS = 0.01

MAX_FILE_BYTES = 16 * 2**20
"""No file of an encoder gets longer, its log least of all; a segment takes some 10 kB."""

DESCRIPTION = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=mix
c=IN IP4 127.0.0.1
t=0 0
m=audio {port} RTP/AVP 100
a=rtpmap:100 opus/48000/2
a=source-filter: incl IN IP4 127.0.0.1 127.0.0.1
"""
"""What ffmpeg is told of the forwarded mix (RFC 8866, RFC 7587, RFC 4570). Where it listens is not
taken from here: that is `-localaddr`."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A process, told from any other that gets its number later: ``started`` is in clock ticks
    since the machine's own start (proc(5))."""

    pid: int
    started: int
    port: int

    @property
    def runs(self) -> bool:
        told = _state_of(self.pid)
        return told is not None and told[0] not in "ZX" and told[1] == self.started

    def kill(self) -> None:
        """This process and no other one: its number cannot be given away while it is held. One of
        another user is none of ours."""
        with suppress(ProcessLookupError, PermissionError):
            held = os.pidfd_open(self.pid)
            try:
                if self.runs:
                    signal.pidfd_send_signal(held, signal.SIGKILL)
            finally:
                os.close(held)


class Encoder:
    """``spoilt``: what it has heard is over, and it is of no use for what follows."""

    def __init__(self, folder: Path, noted: Noted, child: subprocess.Popen[bytes] | None) -> None:
        self.spoilt = False
        self._folder = folder
        self._noted = noted
        self._child = child
        self._since = time.time()
        self._first: tuple[int, float] | None = None  # number of a segment, and when it was seen

    @classmethod
    def begin(cls, program: str, folder: Path) -> Encoder:
        """A new one, which hears a port of its own. Raises OSError."""
        port = free_port_pair()
        description = folder / "mix.sdp"
        description.write_text(DESCRIPTION.format(port=port))
        with (folder / "ffmpeg.log").open("wb") as output:
            child = subprocess.Popen(  # noqa: S603 - no shell, and nothing that anybody sends
                command(program, description, folder),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # what is said to our group is not for it
                restore_signals=False,  # SIGXFSZ stays ignored: a write fails, the sound goes on
            )
        told = _state_of(child.pid)
        noted = Noted(child.pid, told[1] if told else 0, port)
        encoder = cls(folder, noted, child)
        try:
            _write(folder / NOTE, noted)
        except OSError:
            noted.kill()
            child.wait()
            raise
        return encoder

    @classmethod
    def left(cls, folder: Path) -> Encoder | None:
        """The one that a process before this one left running in a folder."""
        noted = noted_in(folder)
        return cls(folder, noted, None) if noted is not None and noted.runs else None

    @property
    def port(self) -> int:
        return self._noted.port

    @property
    def useful(self) -> bool:
        """It runs, and has written something in the last seconds, as fast as they pass."""
        if self.spoilt or not self._runs or self._runs_ahead():
            return False
        try:
            wrote = (self._folder / PLAYLIST).stat().st_mtime
        except OSError:
            wrote = self._since
        return time.time() - max(wrote, self._since) < SILENT_SECONDS

    def leave(self) -> None:
        """To whoever follows this process."""
        if self._child is not None:
            self._child.returncode = 0  # else Python complains of a child that is left running

    async def end(self) -> None:
        """At once: it has nothing to finish. It is gone when this returns."""
        self._noted.kill()
        while self._runs:
            await asyncio.sleep(LOOK_SECONDS)
        (self._folder / NOTE).unlink(missing_ok=True)

    def _runs_ahead(self) -> bool:
        newest, now = newest_segment(self._folder), time.monotonic()
        if newest is None:
            return False
        if self._first is None:
            self._first = newest, now
        first, since = self._first
        return newest - first > now - since + MAX_SEGMENTS_AHEAD

    @property
    def _runs(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        return self._noted.runs


def noted_in(folder: Path) -> Noted | None:
    """What is noted of the encoder that writes, or wrote, into a folder."""
    try:
        told = json.loads((folder / NOTE).read_text())
        return Noted(int(told["pid"]), int(told["started"]), int(told["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def newest_segment(folder: Path) -> int | None:
    """The number of the last segment that a playlist names; None when there is none."""
    try:
        named = re.findall(r"^(\d+)\.m4s$", (folder / PLAYLIST).read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(named[-1]) if named else None


def end_all(streams: Path) -> None:
    """Ends every encoder that is noted below a folder: for a supervisor, when nobody follows."""
    for folder in _folders(streams):
        noted = noted_in(folder)
        if noted is not None:
            noted.kill()
            (folder / NOTE).unlink(missing_ok=True)


async def end_others(streams: Path, wanted: frozenset[str]) -> None:
    """Ends what is left below a folder, with all that it wrote, but for these folders."""
    for folder in _folders(streams):
        if folder.name in wanted:
            continue
        left = Encoder.left(folder)
        if left is not None:
            await left.end()
        shutil.rmtree(folder, ignore_errors=True)


def command(program: str, description: Path, folder: Path) -> list[str]:
    """Opus over RTP in, AAC in fragmented MP4 out. Players take it without a change of container.

    ``append_list`` goes on in the playlist of the encoder before, with a discontinuity. Each has a
    beginning (``init``) of its own, for ffmpeg leaves it half written until the first segment.
    """
    reading = (
        "-protocol_whitelist file,udp,rtp -localaddr 127.0.0.1 "  # else it listens everywhere
        f"-listen_timeout {ALONE_SECONDS} -fflags nobuffer -analyzeduration 0 -probesize 32"
    )
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
        *("prlimit", f"--fsize={MAX_FILE_BYTES}:{MAX_FILE_BYTES}", "--"),
        program,
        *("-nostdin", "-hide_banner", "-loglevel", "error"),
        *reading.split(),
        *("-i", str(description)),
        *coding.split(),
        *writing.split(),
        *("-hls_segment_filename", str(folder / "%d.m4s")),
        str(folder / PLAYLIST),
    ]


def missing(program: str) -> str:
    """Why there can be no encoder here, in a line, with what to do; empty when the program is
    there."""
    if shutil.which(program) is not None:
        return ""
    return f"There is no program {program!r} here. Install it: apt-get install ffmpeg"


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


def _folders(streams: Path) -> Iterator[Path]:
    try:
        yield from [path for path in streams.iterdir() if path.is_dir()]
    except OSError:
        return


def _write(file: Path, noted: Noted) -> None:
    """All of it or nothing."""
    fresh = file.with_suffix(".fresh")
    fresh.write_text(json.dumps(asdict(noted)))
    fresh.replace(file)


def _state_of(pid: int) -> tuple[str, int] | None:
    """A process' state and when it started; None when there is none (proc(5), `stat`)."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except (OSError, ValueError):
        return None
    after_name = told.rpartition(")")[2].split()
    return after_name[0], int(after_name[19])
