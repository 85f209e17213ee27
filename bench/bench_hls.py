"""How late those are who hear through HLS, and what 5,000 of them cost an nginx on this machine.

Run it with `python -m bench.bench_hls [LISTENERS]`.

Delay: two real pages hear the same speech, one through WebRTC, one through HLS; their recordings
are laid over each other on the machine's one clock. What WebRTC itself takes (`mouth_to_ear`, less
than 0.1 s) comes on top.

Cost: every listener has a link and a connection of their own, and asks once a second for the
playlist and for the segment that is new in it (`parts/players.py`), spread over the second as
browsers are. nginx and the one ffmpeg are measured by their CPU.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import sync_playwright

from bench.common import at_most, figure, load, percentile
from bench.parts.players import Players
from media.hls_streams import PLAYLIST, Streams
from media.janus.session import JanusConnection
from media.mix_registry import Mixes
from media.seat_manager import Seats
from script.servers.janus import JanusServer
from script.servers.nginx import NginxServer
from tests.e2e.browsers import Browsers
from tests.e2e.company import Company
from tests.e2e.person import Somebody
from tests.e2e.speech import (
    RATE,
    SLOWER,
    WRITTEN,
    Samples,
    joined_speech,
    recorded_speech,
    written_speech,
)
from tests.harness.server import RunningApp
from tests.media.peers import Peer, Tone
from webapp.accounts.tokens import Tokens
from webapp.audio.hls.stream_links import Links

LISTENERS = 5000
SECONDS = 20.0
LATEST_SECONDS = 6.0
RECORDED_SECONDS, REPEATED = 6, 5
LATE = "You are listening, slightly delayed"
"""What somebody reads who hears through HLS."""


def heard(person: Somebody, seconds: float) -> tuple[float, Samples]:
    """The last seconds of what somebody hears, and when they ended (seconds, one clock for all)."""
    told = person.page.evaluate("() => [Date.now() / 1000, ear.length()]")
    length = int(seconds * RATE)
    return told[0], person.ear.since(told[1] - length)[:length]


def lag(early: tuple[float, Samples], late: tuple[float, Samples]) -> float:
    """Seconds by which the second recording has the same speech later than the first."""
    long, short = early[1][::SLOWER], late[1][::SLOWER]
    size = len(long) + len(short)
    spectrum = np.fft.rfft(long, size) * np.conj(np.fft.rfft(short, size))
    at = int(np.argmax(np.fft.irfft(spectrum, size)[: len(long) - len(short) + 1]))
    begun_early = early[0] - len(early[1]) / RATE + at * SLOWER / RATE
    return (late[0] - len(late[1]) / RATE) - begun_early


def measure_delay() -> bool:
    with (
        JanusServer() as janus,
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        RunningApp(janus, Path(folder), webrtc_listeners=1) as app,
    ):
        room = Path(folder)
        written = [written_speech(name, room) for name in WRITTEN]
        speech = joined_speech([recorded_speech(room), *written], room)
        browsers = Browsers(playwright)
        company = Company(app, browsers, {speech.name: speech})
        host = company.come("Hana", followers=1200, speaks=speech.name)
        host.hosts("A full house")
        first = host.invites(company.come, "Lena")
        second = host.invites(company.come, "Lara")
        second.reads(LATE)
        second.ear.next(10)
        delays = []
        for _ in range(REPEATED):
            second.ear.next(RECORDED_SECONDS)
            late = heard(second, RECORDED_SECONDS)
            delays.append(lag(heard(first, RECORDED_SECONDS + 9), late))
        company.leave()
        browsers.close()
    print("each:", " ".join(f"{delay:.2f}" for delay in delays), "s")
    figure(f"later than WebRTC, median of {REPEATED}", percentile(delays, 50), "s")
    return at_most("later than WebRTC, the longest", max(delays), LATEST_SECONDS, "s")


async def measure_cost(listeners: int) -> None:
    with JanusServer() as janus, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx is another user
        connection = JanusConnection(janus.url, janus.api_secret, janus.admin_key)
        await connection.open()
        seats = Seats(Mixes(connection), lambda _event: None)
        speaker = Peer(Tone(440))
        answer = await seats.speak("mix", "speaker", await speaker.offer(), muted=False)
        await speaker.accept(answer)
        streams = Streams(seats.mixes, folder / "streams")
        await streams.hold("mix")
        while not (streams.folder_of("mix") / PLAYLIST).exists():
            await asyncio.sleep(0.1)
        links = Links(folder / "links", Tokens(b"key"))
        stream = streams.folder_of("mix")
        tokens = [links.add("mix", "f00d", stream, stays=True) for _ in range(listeners)]
        with NginxServer(folder, web="127.0.0.1:9") as nginx:
            await ask(nginx, [f"/hls/mix/{token}/" for token in tokens])
        await streams.close_all()
        await seats.close()
        await seats.mixes.close_all()
        await connection.close()
        await speaker.close()


async def ask(nginx: NginxServer, addresses: list[str]) -> None:
    players = Players(nginx.port, addresses)
    await players.begin()
    encoder = next(p for p in psutil.Process().children() if p.name() == "ffmpeg")
    workers = psutil.Process(nginx.pid).children()
    before, cpu, encoding = players.counts(), used(workers), used([encoder])
    await asyncio.sleep(SECONDS)
    requests, size, failed = (b - a for a, b in zip(before, players.counts(), strict=True))
    share = (used(workers) - cpu) / SECONDS
    players.end()
    count = len(addresses)
    figure(f"{count} listeners through nginx", requests / SECONDS, "requests/s")
    figure("not answered with 200", failed / max(1, requests) * 100, "%")
    figure("answered within, 95 %", 1000 * percentile(players.waits, 95), "ms")
    figure("nginx", 100 * share, "% of a core")
    figure("nginx, each listener", 100 * share / count, "% of a core")
    figure("listeners per core of nginx", count / share, "")
    figure("each listener, answers with their heads", size * 8 / SECONDS / count / 1000, "kbit/s")
    figure("ffmpeg, for all of them", 100 * (used([encoder]) - encoding) / SECONDS, "% of a core")


def used(processes: list[psutil.Process]) -> float:
    """Seconds of CPU so far."""
    times = [process.cpu_times() for process in processes]
    return sum(one.user + one.system for one in times)


def main() -> int:
    load()
    measure_delay()
    if sys.argv[1:] == ["delay"]:
        return 0
    asyncio.run(measure_cost(int(sys.argv[1]) if len(sys.argv) > 1 else LISTENERS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
