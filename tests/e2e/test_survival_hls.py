"""The web process goes while somebody listens through HLS: they hear no hole, and no encoder is
left when it is over. A web server stands in front, as where there are many such listeners."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect

from script.servers.janus import JanusServer
from script.servers.nginx import NginxServer
from tests.e2e.browsers import Browsers
from tests.e2e.company import Company
from tests.e2e.ear import AUDIBLE
from tests.e2e.person import Somebody
from tests.e2e.speech import Speech, longest_silence
from tests.e2e.test_hls import LATE, address, connections
from tests.harness.server import RunningApp
from tests.harness.shared_folder import let_others_in
from tests.harness.waits import until

LONGEST_HOLE = 1.5
"""Seconds. Another encoder, or another address, would take several."""

BACK = "() => !document.querySelector('.away:not([hidden])')"


@pytest.fixture
def streams(tmp_path: Path) -> Path:
    """Where encoders write. The web server in front is another user, who must be let in."""
    folder = tmp_path / "hls"
    folder.mkdir()
    let_others_in(tmp_path)
    return folder


@pytest.fixture
def own_app(tmp_path: Path, streams: Path) -> Iterator[RunningApp]:
    """A product with room for one on WebRTC, of which the test may kill every part."""
    var = tmp_path / "var"
    var.mkdir()
    with JanusServer() as janus:
        app = RunningApp(janus, var, webrtc_listeners=1, hls_folder=streams)
        with NginxServer(streams, web=f"127.0.0.1:{app.port}") as nginx, app.behind(nginx.url):
            yield app
        assert encoders(streams) == []


@pytest.fixture
def evening(
    own_app: RunningApp, browsers: Browsers, speeches: dict[str, Speech]
) -> Iterator[tuple[Somebody, Somebody]]:
    """A host, and a listener for whom there was no room on WebRTC."""
    company = Company(own_app, browsers, speeches)
    host = company.come("Hana", followers=1200, speaks="host")
    host.hosts("A full house")
    host.invites(company.come, "Lena", "beta")
    late = company.come("Lara", "beta")
    late.opens_space(host.title)
    late.presses("Start listening")
    late.reads(LATE)
    late.hears(host)
    yield host, late
    company.leave()
    assert company.complaints == []


def encoders(streams: Path) -> list[int]:
    """The ffmpegs that write below a folder, whoever has begun them."""
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        told = process.info
        if told["name"] == "ffmpeg" and str(streams) in " ".join(told["cmdline"] or ()):
            found.append(process.pid)
    return found


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_another_web_process(
    own_app: RunningApp, streams: Path, evening: tuple[Somebody, Somebody], how: signal.Signals
) -> None:
    """Killed, or exchanged for a newer one: the same encoder, the same address."""
    host, late = evening
    before, mine = encoders(streams), address(late)
    assert len(before) == 1
    start = late.ear.now
    own_app.stop(how)
    assert encoders(streams) == before
    own_app.start()
    late.page.wait_for_function(BACK)
    late.ear.next(3)
    assert longest_silence(late.ear.since(start), AUDIBLE) < LONGEST_HOLE
    late.hears(host)
    assert (encoders(streams), address(late), connections(late)) == (before, mine, 0)
    late.presses("Stop listening")
    late.ear.goes_silent()
    assert late.page.request.get(mine).status == 404
    until(lambda: encoders(streams) == [], "the encoder to end with its last listener")


def test_an_encoder_ends_with_its_space_in_the_next_process(
    own_app: RunningApp, streams: Path, evening: tuple[Somebody, Somebody]
) -> None:
    host, late = evening
    own_app.stop(signal.SIGKILL)
    own_app.start()
    host.page.wait_for_function(BACK)
    host.presses("End Space", "End for everybody")
    expect(late.heading("This Space has ended")).to_be_visible()
    until(lambda: encoders(streams) == [], "the encoder to end with its Space")


def test_an_encoder_that_nobody_takes_over_ends_by_itself(
    own_app: RunningApp, streams: Path, evening: tuple[Somebody, Somebody]
) -> None:
    """The web process is killed, and Janus with it: nobody is left to end anything."""
    assert len(encoders(streams)) == 1
    own_app.stop(signal.SIGKILL)
    own_app.janus.stop()
    until(lambda: encoders(streams) == [], "the encoder to notice that nothing comes any more")
