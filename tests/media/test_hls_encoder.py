"""An encoder that outlives the process which began it: taken over where it still hears the mix, and
ended where nobody wants it. What has come by its number since is left alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
import pytest

from media.hls_encoder import NOTE, PLAYLIST, Encoder, Noted, end_all, noted_in
from media.hls_streams import Streams
from media.janus.session import JanusConnection
from script.servers.janus import JanusServer
from tests.harness.waits import until
from tests.media.rig import Rig, connection_to, eventually

pytestmark = pytest.mark.server

Process = tuple[Rig, Streams]


class Line:
    """One process after the other, on one Janus and one folder."""

    def __init__(self, janus: JanusServer, folder: Path, ends: AsyncExitStack) -> None:
        self._janus = janus
        self._folder = folder
        self._ends = ends
        self._before: tuple[JanusConnection, Streams] | None = None

    async def next(self, *wanted: str) -> Process:
        """The process before ends, if there is one; the next one goes on with what is wanted."""
        number = await self._part()
        connection = connection_to(self._janus, resume=number)
        rig = Rig(connection, 60)
        streams = Streams(rig.mixes, self._folder, linger=0)
        self._before = connection, streams
        await streams.end_others(frozenset(wanted))
        await connection.open()
        await rig.seats.take_up()
        self._ends.push_async_exit(rig)
        self._ends.push_async_callback(streams.close_all)  # before the mixes that they hear
        for name in wanted:
            await streams.hold(name)
        return rig, streams

    async def _part(self) -> int | None:
        if self._before is None:
            return None
        connection, streams = self._before
        number = connection.janus_session
        await streams.part()
        await connection.part()
        return number

    async def end(self) -> None:
        if self._before is not None:
            await self._before[0].close()


@pytest.fixture
async def line(janus: JanusServer, tmp_path: Path) -> AsyncIterator[Line]:
    async with AsyncExitStack() as ends:
        line = Line(janus, tmp_path / "streams", ends)
        ends.push_async_callback(line.end)
        yield line
    end_all(tmp_path / "streams")


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Any process."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


async def written(folder: Path) -> Noted:
    """What is noted of an encoder, once it has written something."""

    async def there() -> bool:
        return noted_in(folder) is not None and (folder / PLAYLIST).exists()

    await eventually(there, True)
    noted = noted_in(folder)
    assert noted is not None
    return noted


async def numbers(rig: Rig, mix: str) -> dict[int, int]:
    return await rig.mixes.bridge.forwarders(mix)


async def test_it_goes_on_and_is_in_the_next_ones_hands(line: Line, mix: str) -> None:
    rig, streams = await line.next(mix)
    encoder = await written(streams.folder_of(mix))
    before = await numbers(rig, mix)
    rig, streams = await line.next(mix)
    assert encoder.runs

    async def wrote() -> float:
        return (streams.folder_of(mix) / PLAYLIST).stat().st_mtime

    last = await wrote()

    async def goes_on() -> bool:
        return await wrote() > last

    await eventually(goes_on, True)
    assert await numbers(rig, mix) == before
    assert noted_in(streams.folder_of(mix)) == encoder
    await streams.close(mix)
    assert not encoder.runs
    assert not streams.folder_of(mix).exists()
    assert list((await numbers(rig, mix)).values()) == [(await rig.mixes.open(mix)).port]


async def test_what_nobody_wants_is_ended_first(line: Line, mix: str) -> None:
    _, streams = await line.next(mix)
    encoder = await written(streams.folder_of(mix))
    rig, streams = await line.next()
    assert not encoder.runs
    assert not streams.folder_of(mix).exists()
    there = await rig.mixes.open(mix)
    assert list((await numbers(rig, mix)).values()) == [there.port]


async def test_one_that_hears_nothing_any_more_is_replaced(line: Line, mix: str) -> None:
    rig, streams = await line.next(mix)
    encoder = await written(streams.folder_of(mix))
    for stream, port in (await numbers(rig, mix)).items():
        if port == encoder.port:
            await rig.mixes.bridge.stop_forward(mix, stream)
    rig, streams = await line.next(mix)

    async def another() -> bool:
        noted = noted_in(streams.folder_of(mix))
        return noted is not None and noted != encoder and not encoder.runs

    await eventually(another, True)


def note(folder: Path, noted: Noted) -> None:
    folder.mkdir(parents=True)
    told = {"pid": noted.pid, "started": noted.started, "port": noted.port}
    (folder / NOTE).write_text(json.dumps(told))


def started(process: subprocess.Popen[bytes]) -> int:
    return int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19])


def test_whoever_has_its_number_now_is_left_alone(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    note(tmp_path / "space1", Noted(stranger.pid, started(stranger) - 1, 5000))
    end_all(tmp_path)
    assert stranger.poll() is None
    assert psutil.Process(stranger.pid).status() != psutil.STATUS_ZOMBIE
    assert not (tmp_path / "space1" / NOTE).exists()


def test_a_supervisor_ends_what_is_noted(tmp_path: Path, stranger: subprocess.Popen[bytes]) -> None:
    note(tmp_path / "space1", Noted(stranger.pid, started(stranger), 5000))
    end_all(tmp_path)
    until(lambda: stranger.poll() is not None, "the encoder to end")
    end_all(tmp_path / "nowhere")


def name_segment(folder: Path, number: int) -> None:
    (folder / PLAYLIST).write_text(f"#EXTM3U\n#EXTINF:1.0,\n{number}.m4s\n")


def test_encoder_ahead_of_the_clock_is_stuck(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    encoder = Encoder(tmp_path, Noted(stranger.pid, started(stranger), 5000), stranger)
    assert encoder.useful, "it has written nothing yet"
    name_segment(tmp_path, 1_800_000_000)
    assert encoder.useful
    name_segment(tmp_path, 1_800_000_005)
    assert encoder.useful, "some were written late"
    name_segment(tmp_path, 1_800_000_100)
    assert not encoder.useful


def test_encoder_goes_on_where_another_ran_ahead(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    name_segment(tmp_path, 2_100_000_000)
    encoder = Encoder(tmp_path, Noted(stranger.pid, started(stranger), 5000), stranger)
    assert encoder.useful
    name_segment(tmp_path, 2_100_000_001)
    assert encoder.useful


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '{"pid": "x", "started": 1, "port": 2}'])
def test_a_note_that_is_none_is_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / NOTE).write_text(text)
    assert noted_in(tmp_path) is None
