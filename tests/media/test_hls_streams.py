"""HLS of a mix, with a real Janus and a real ffmpeg: what is said is in the segments, and an
encoder that is killed, stuck or cut off from its Janus is replaced."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from media.events import SoundDown, SoundUp
from media.hls_streams import PLAYLIST, Streams
from script.servers.janus import JanusServer
from tests.media.peers import PATIENCE, RATE, has_tone
from tests.media.rig import Rig, connection_to, eventually

pytestmark = pytest.mark.server

HERTZ = 440.0


@pytest.fixture
async def streams(real: Rig, tmp_path: Path) -> AsyncIterator[Streams]:
    made = Streams(real.mixes, tmp_path / "hls", linger=0.05)
    yield made
    await made.close_all()
    assert encoders(tmp_path) == []


def encoders(folder: Path) -> list[int]:
    """The ffmpegs that write below a folder."""
    return [child.pid for child in psutil.Process().children() if writes_below(child, folder)]


def writes_below(process: psutil.Process, folder: Path) -> bool:
    try:
        return any(str(folder) in part for part in process.cmdline())
    except psutil.NoSuchProcess:  # also one that has ended and was not collected yet
        return False


def segments(folder: Path) -> list[str]:
    """The files that the playlist names, oldest first."""
    try:
        listed = (folder / PLAYLIST).read_text()
    except FileNotFoundError:
        return []
    return [line for line in listed.splitlines() if line.endswith(".m4s")]


def heard(folder: Path) -> np.ndarray:
    """The newest segment, decoded; nothing before there is one."""
    named = segments(folder)
    if not named:
        return np.zeros(0)
    beginning = re.findall(r'EXT-X-MAP:URI="([^"]+)"', (folder / PLAYLIST).read_text())[-1]
    whole = (folder / beginning).read_bytes() + (folder / named[-1]).read_bytes()
    joined = folder.parent / "newest.mp4"
    joined.write_bytes(whole)
    with av.open(str(joined)) as container:
        parts = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(parts)


async def speaks(folder: Path) -> None:
    """Wait until the tone is in the newest segment."""

    async def look() -> bool:
        samples = heard(folder)
        return len(samples) > RATE // 4 and has_tone(samples[: RATE // 4].astype(float), HERTZ)

    await eventually(look, True)


async def test_what_is_said_is_in_the_segments(real: Rig, streams: Streams, mix: str) -> None:
    await real.sound(mix, "speaker", HERTZ)
    await streams.hold(mix)
    await speaks(streams.folder_of(mix))
    listed = (streams.folder_of(mix) / PLAYLIST).read_text()
    assert max(float(seconds) for seconds in re.findall(r"#EXTINF:([\d.]+)", listed)) < 1.1
    assert "#EXT-X-ENDLIST" not in listed


async def test_nothing_is_left_when_the_last_has_gone(
    real: Rig, streams: Streams, mix: str, tmp_path: Path
) -> None:
    await real.sound(mix, "speaker", HERTZ)
    await streams.hold(mix)
    await streams.hold(mix)
    await speaks(streams.folder_of(mix))
    await streams.release(mix)
    assert len(encoders(tmp_path)) == 1  # somebody is left
    await streams.release(mix)

    async def forwarders() -> int:
        return len(await real.mixes.bridge.forwarders(mix))

    await eventually(forwarders, 1)  # the mountpoint's
    await streams.close(mix)
    assert encoders(tmp_path) == []
    assert not streams.folder_of(mix).exists()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_another_encoder_takes_over(
    real: Rig, streams: Streams, mix: str, tmp_path: Path, how: signal.Signals
) -> None:
    await real.sound(mix, "speaker", HERTZ)
    await streams.hold(mix)
    await speaks(streams.folder_of(mix))
    before, last = encoders(tmp_path), segments(streams.folder_of(mix))[-1]
    os.kill(before[0], how)

    async def goes_on() -> bool:
        named = segments(streams.folder_of(mix))
        return encoders(tmp_path) != before and int(named[-1][:-4]) > int(last[:-4]) + 1

    await eventually(goes_on, True)
    assert "#EXT-X-DISCONTINUITY" in (streams.folder_of(mix) / PLAYLIST).read_text()
    await speaks(streams.folder_of(mix))


async def test_it_goes_on_after_janus_was_lost(own_janus: JanusServer, tmp_path: Path) -> None:
    connection = connection_to(own_janus)
    async with asyncio.timeout(3 * PATIENCE), Rig(connection) as rig:
        await connection.open()
        streams = Streams(rig.mixes, tmp_path / "hls")
        await streams.hold("mix")
        folder = streams.folder_of("mix")

        async def segment() -> int:
            return len(segments(folder)) and 1

        await eventually(segment, 1)
        before = encoders(tmp_path)
        own_janus.restart()
        await rig.until(lambda: SoundDown() in rig.events and rig.events[-1] == SoundUp())
        await rig.sound("mix", "speaker", HERTZ)
        await speaks(folder)
        assert encoders(tmp_path) != before
        await streams.close_all()
    await connection.close()
    assert encoders(tmp_path) == []
