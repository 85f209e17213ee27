"""Parts die and come back while people talk: what they hear, and that they stay in control."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from script.servers.janus import JanusServer
from tests.e2e.browsers import Browsers
from tests.e2e.company import Company
from tests.e2e.ear import AUDIBLE
from tests.e2e.person import Somebody
from tests.e2e.speech import Speech, longest_silence
from tests.harness.server import RunningApp

LONGEST_HOLE = 0.8
"""Seconds. The speech's own longest pause is 0.33 s."""

AWAY = "Reconnecting…"
SAME_PEER = "() => soundcheck.peers().includes(window.kept)"
KEEP_PEER = """() => {
  window.kept = soundcheck.peers().find((peer) => peer.connectionState === "connected");
}"""

COUNT_RESTARTS = """() => {
  window.restarts = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (/(listening|stage)\\.restart/.test(String(data))) window.restarts += 1;
    return send.call(this, data);
  };
}"""
ASKED_FOR_A_RESTART = "() => window.restarts > 0"


@pytest.fixture
def own_app(tmp_path: Path) -> Iterator[RunningApp]:
    """A product of which the test may kill every part."""
    with JanusServer() as janus, RunningApp(janus, tmp_path) as app:
        yield app


@pytest.fixture
def evening(
    own_app: RunningApp, browsers: Browsers, speeches: dict[str, Speech]
) -> Iterator[tuple[Somebody, Somebody, Somebody]]:
    """A host, a speaker and a listener."""
    company = Company(own_app, browsers, speeches)
    host = company.come("Hana", followers=1200, speaks="host")
    host.hosts("On thin ice")
    speaker = host.invites(company.come, "Tomas", speaks="tester")
    listener = host.invites(company.come, "Lena", "beta")
    speaker.gets_on_stage(host)
    listener.hears(host, speaker)
    for person in (host, speaker, listener):
        person.page.evaluate(KEEP_PEER)
    yield host, speaker, listener
    company.leave()
    assert company.complaints == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_another_web_process(
    own_app: RunningApp, evening: tuple[Somebody, Somebody, Somebody], how: signal.Signals
) -> None:
    """Killed, or exchanged for a newer one: the sound goes on, on the same connections."""
    host, speaker, listener = evening
    start = listener.ear.now
    own_app.stop(how)
    own_app.start()
    for person in evening:
        person.page.wait_for_function("() => !document.querySelector('.away:not([hidden])')")
    speaker.presses("Mute")
    speaker.has("Unmute")
    listener.does_not_hear(speaker)
    listener.hears(host)
    assert longest_silence(listener.ear.since(start), AUDIBLE) < LONGEST_HOLE
    assert all(person.page.evaluate(SAME_PEER) for person in evening)
    speaker.presses("Leave the stage")
    listener.sees_on_stage(host)
    speaker.has("Request to speak")
    speaker.hears(host)
    listener.presses("Stop listening")
    listener.ear.goes_silent()


def test_a_path_that_leads_nowhere_for_a_while(
    own_app: RunningApp, evening: tuple[Somebody, Somebody, Somebody]
) -> None:
    """What a browser sees whose network is gone: nothing comes. Same seats, same connections."""
    host, speaker, listener = evening
    pid = own_app.janus.pid
    assert pid is not None
    for person in evening:
        person.page.evaluate(COUNT_RESTARTS)
    os.kill(pid, signal.SIGSTOP)
    try:
        for person in evening:
            person.page.wait_for_function(ASKED_FOR_A_RESTART)
    finally:
        os.kill(pid, signal.SIGCONT)
    start = listener.ear.now
    listener.hears(host, speaker)
    speaker.hears(host)
    host.hears(speaker)
    assert all(person.page.evaluate(SAME_PEER) for person in evening)
    listener.has("Stop listening")
    speaker.presses("Mute")
    listener.does_not_hear(speaker)
    assert listener.ear.now > start


def test_janus_killed_and_started_again(
    own_app: RunningApp, evening: tuple[Somebody, Somebody, Somebody]
) -> None:
    """Everybody is back without a tap, as they were."""
    host, speaker, listener = evening
    speaker.presses("Mute")
    listener.does_not_hear(speaker)
    assert own_app.janus.pid is not None
    os.kill(own_app.janus.pid, signal.SIGKILL)
    own_app.janus.restart()

    start = listener.ear.now
    listener.hears(host)
    speaker.hears(host)
    speaker.has("Unmute", "Leave the stage")
    listener.has("Stop listening")
    listener.sees_on_stage(host, speaker)
    listener.ear.next(1)
    listener.does_not_hear(speaker)
    speaker.presses("Unmute")
    listener.hears(host, speaker)
    host.hears(speaker)
    assert listener.ear.now > start
    expect(listener.page.get_by_text(AWAY)).to_have_count(0)
