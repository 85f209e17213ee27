"""What a page wants to hear, and what the server believes of it: the same, whatever happened to the
line in between, and whatever the browser allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from script.servers.janus import JanusServer
from tests.e2e.company import Company
from tests.e2e.conftest import Come
from tests.e2e.ear import AUDIBLE
from tests.e2e.person import Somebody
from tests.e2e.speech import RATE, loudness
from tests.e2e.test_microphone import FIRST, PLUGS, SECOND, USUAL, pulls
from tests.harness.line_relay import Relay
from tests.harness.server import RunningApp
from tests.harness.waits import until

WANTS_A_TAP = """(() => {
  let tapped = false;
  addEventListener("pointerdown", ({ isTrusted }) => { tapped ||= isTrusted; }, true);
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (tapped || this.muted) return play.call(this);
    return Promise.reject(new DOMException("play() without a tap", "NotAllowedError"));
  };
})()"""
"""The rule of browsers for sound. Chromium does not apply it here: whatever a test looks up in a
page counts as a gesture."""


@pytest.fixture(scope="module")
def line() -> Iterator[Relay]:
    with Relay() as relay:
        yield relay


@pytest.fixture(scope="module")
def app(
    janus: JanusServer, line: Relay, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApp]:
    app = RunningApp(janus, tmp_path_factory.mktemp("app"))
    line.to(app.port)
    with app.allow(line.url) as running:
        yield running


@pytest.fixture
def host(come: Come, numbers: Iterator[int]) -> Somebody:
    number = next(numbers)
    # Nobody can be called like the host of a live Space.
    host = come(f"Hana {number}", followers=1200, speaks="host")
    host.hosts(f"Down the line {number}")
    return host


def comes_by(line: Relay, company: Company, name: str, **how: object) -> Somebody:
    """Somebody whose line the test can break."""
    visitor = replace(company.app.person(name), base_url=line.url)
    return company.come(name, visitor=visitor, **how)  # type: ignore[arg-type]


def listens(app: RunningApp, host: Somebody, who: Somebody) -> bool:
    standing = app.standing(slug_of(host), who.id)
    return standing is not None and standing.listening


def slug_of(host: Somebody) -> str:
    return host.path.rpartition("/")[2]


def loses_the_line(who: Somebody, line: Relay) -> None:
    """Once, and returns when it is back and the Space is joined again."""
    with who.page.expect_event("websocket"):
        line.drop()
    who.page.wait_for_function("() => !document.querySelector('.away:not([hidden])')")


def test_double_click_on_start_is_start_and_stop(
    app: RunningApp, company: Company, line: Relay, host: Somebody
) -> None:
    guest = comes_by(line, company, "Lena")
    guest.opens_space(host.title)
    guest.button("Start listening").dblclick()
    guest.has("Start listening")
    until(lambda: not listens(app, host, guest), "the server to know")
    loses_the_line(guest, line)
    start = guest.ear.now
    guest.ear.next(3)
    assert loudness(guest.ear.since(start)[RATE:]) < AUDIBLE
    guest.has("Start listening")
    assert not listens(app, host, guest)
    host.reads("0 listening")


def test_whoever_was_given_up_for_gone_hears_again_without_a_tap(
    app: RunningApp, company: Company, line: Relay, host: Somebody
) -> None:
    guest = comes_by(line, company, "Lena")
    guest.listens_to(host)
    line.refuse()
    guest.reads("Reconnecting…")
    app.give_up(slug_of(host), guest.id)
    line.mend()
    guest.hears(host)
    guest.has("Stop listening")
    until(lambda: listens(app, host, guest), "the server to know")


def test_speaker_who_was_given_up_for_gone_is_told_and_listens(
    app: RunningApp, company: Company, line: Relay, host: Somebody
) -> None:
    guest = comes_by(line, company, "Tomas", speaks="tester")
    guest.listens_to(host)
    guest.gets_on_stage(host)
    line.refuse()
    guest.reads("Reconnecting…")
    app.give_up(slug_of(host), guest.id)
    line.mend()
    guest.reads("You were away for too long: you are listening now.")
    guest.has("Request to speak", "Stop listening")
    guest.hears(host)


def test_browser_that_refuses_to_play_is_not_counted_as_listening(
    app: RunningApp, company: Company, host: Somebody
) -> None:
    guest = company.come("Lena")
    guest.page.add_init_script(WANTS_A_TAP)
    guest.listens_to(host)
    host.reads("1 listening")
    guest.reloads()
    guest.reads("Tap “Start listening”: your browser plays nothing before that")
    until(lambda: not listens(app, host, guest), "the server to know")
    host.reads("0 listening")
    guest.presses("Start listening")
    guest.hears(host)
    guest.reads("You are listening")


def test_unmuting_without_a_microphone_claims_nothing(
    app: RunningApp, host: Somebody, come: Come
) -> None:
    guest = come("Tomas", speaks="tester")
    guest.page.add_init_script(path=PLUGS)
    guest.listens_to(host)
    guest.gets_on_stage(host)
    guest.presses("Mute")
    for name in (USUAL, FIRST, SECOND):
        pulls(guest, "unplug", name)
    guest.presses("Unmute")
    guest.reads("No microphone found.")
    muted = host.circle(guest).get_by_text("Silent", exact=True)
    expect(muted).to_be_visible()
    until(lambda: any(one.muted for one in app.stage(slug_of(host))), "others to be told")
    assert guest.page.get_by_text("Everybody hears you").count() == 0
    pulls(guest, "plug", USUAL)
    guest.presses("Try again")
    guest.has("Mute")
    host.hears(guest)
    expect(guest.page.get_by_text("Everybody hears you")).to_have_count(1)
