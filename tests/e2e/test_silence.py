"""Mute, Leave, Stop and End while the line to the server is broken in every way: silence from the
press on, at everybody's ears, and a server that knows in the end."""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from playwright.sync_api import expect

from script.servers.janus import JanusServer
from tests.e2e.browsers import Browsers
from tests.e2e.company import Company
from tests.e2e.ear import AUDIBLE
from tests.e2e.person import Somebody
from tests.e2e.speech import RATE, Samples, Speech
from tests.harness.line_relay import DOWN, UP, Relay
from tests.harness.server import RunningApp
from tests.harness.waits import until

ON_THE_WAY = 2.0
"""Seconds of sound that may have been there before the press: a busy page takes them from its ear's
queue late, and so counts them late."""

LONG, SHORT = 10.5, 5.0
"""Seconds that a fault lasts: longer than the page waits for an answer (8 s); or than it takes to
notice that there is no connection."""

WATCH_FOR_ACCUSATIONS = """() => {
  window.accused = false;
  const look = () => { window.accused ||= /muted you/.test(document.body.textContent); };
  const all = { subtree: true, childList: true, characterData: true };
  new MutationObserver(look).observe(document.body, all);
}"""

TITLE = "Behind the door"

FORGET_CHOICES = "() => localStorage.removeItem('soundcheck.microphone')"

PRESS_TWICE = """([first, second, ms]) => {
  const buttons = () => [...document.querySelectorAll("button")];
  const press = (name) => buttons().find((one) => one.textContent === name).click();
  press(first);
  setTimeout(() => press(second), ms);
}"""

HOLD_RETRIES = """() => {
  const later = window.setTimeout;
  window.held = [];
  window.setTimeout = (act, ms, ...more) => {
    if (!String(act).includes("this.resume()")) return later(act, ms, ...more);
    window.held.push(act);
    return 0;
  };
}"""
"""Requests that failed are repeated when `RETRY` says so, not after some seconds."""

RETRY = "() => held.forEach((act) => act())"

LINES: dict[str, Callable[[Relay], None]] = {
    "frozen": lambda relay: relay.freeze(),
    "refused": lambda relay: relay.refuse(),
    "nothing_to_the_server": lambda relay: relay.freeze(UP),
    "nothing_to_the_browser": lambda relay: relay.freeze(DOWN),
}
FAULTS = [*LINES, "busy_database"]


@dataclass
class Evening:
    """A host, one who speaks, one who will leave the stage, and one who will stop listening, each
    behind a relay of their own; and a listener with a good line."""

    app: RunningApp
    janus: JanusServer
    relays: dict[str, Relay]
    host: Somebody
    speaker: Somebody
    leaver: Somebody
    stopper: Somebody
    listener: Somebody
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    """Of the Spaces that the host opens."""

    @property
    def slug(self) -> str:
        return self.host.path.rpartition("/")[2]

    def muted(self, who: Somebody) -> bool:
        """What the server believes."""
        return any(one.id == who.id and one.muted for one in self.app.stage(self.slug))

    def mute(self, *people: Somebody) -> None:
        for who in people:
            who.presses("Mute")
            until(lambda who=who: self.muted(who), f"the server to have muted {who.name}")

    def listens(self, who: Somebody) -> bool:
        standing = self.app.standing(self.slug, who.id)
        return standing is not None and standing.listening

    @contextmanager
    def under(self, fault: str) -> Iterator[float]:
        """Lines or the database are like this until the block ends. Gives the seconds for which it
        is to last."""
        if fault == "busy_database":
            with closing(sqlite3.connect(self.app.folder / "soundcheck.sqlite3")) as other:
                other.isolation_level = None
                other.execute("BEGIN IMMEDIATE")
                yield SHORT
                other.execute("ROLLBACK")
            return
        for relay in self.relays.values():
            LINES[fault](relay)
        yield SHORT if fault == "refused" else LONG
        self.mend()

    def mend(self) -> None:
        for relay in self.relays.values():
            relay.mend()

    def goes_live(self) -> None:
        """Unless it is: with everybody listening."""
        if self.host.path and self.app.standing(self.slug, self.host.id) is not None:
            return
        self.host.hosts(f"{TITLE} {next(self.numbers)}")
        for who in (self.stopper, self.listener, self.speaker, self.leaver):
            who.listens_to(self.host)

    def everybody_is_heard(self) -> None:
        """As every test finds it, whatever the one before has left."""
        self.mend()
        self.goes_live()
        self._comes_on_stage(self.speaker)
        if self.leaver.button("Mute").count():
            self.leaver.presses("Mute")
        for who in (self.host, self.speaker):
            self._unmutes(who)
        for who in (self.stopper, self.listener):
            if who.button("Start listening").count():
                who.presses("Start listening")
            # Of three voices at once none can be told for sure.
            who.hears(self.host, self.speaker)
        self._comes_on_stage(self.leaver)
        self._unmutes(self.leaver)
        self.listener.sees_talking(self.leaver)
        for who in (self.host, self.speaker):
            who.page.evaluate(WATCH_FOR_ACCUSATIONS)

    def _comes_on_stage(self, who: Somebody) -> None:
        who.page.evaluate(FORGET_CHOICES)
        is_there, may_ask = who.button("Leave the stage"), who.button("Request to speak")
        expect(is_there.or_(may_ask)).to_be_visible()
        if may_ask.count():
            who.gets_on_stage(self.host)

    def _unmutes(self, who: Somebody) -> None:
        expect(who.button("Mute").or_(who.button("Unmute"))).to_be_visible()
        if who.button("Unmute").count():
            who.presses("Unmute")
        until(lambda: not self.muted(who), f"{who.name} to be heard")


@pytest.fixture(scope="module")
def evening(
    browsers: Browsers,
    speeches: dict[str, Speech],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Evening]:
    with ExitStack() as stack:
        names = ("Hana", "Tomas", "Tilda", "Stella")
        relays = {name: stack.enter_context(Relay()) for name in names}
        janus = stack.enter_context(JanusServer())
        app = RunningApp(janus, tmp_path_factory.mktemp("app"))
        app.allow(*[relay.to(app.port).url for relay in relays.values()])
        with app:
            yield from _evening(app, janus, relays, Company(app, browsers, speeches))


def _evening(
    app: RunningApp, janus: JanusServer, relays: dict[str, Relay], company: Company
) -> Iterator[Evening]:
    def come(name: str, **how: object) -> Somebody:
        followers = 1200 if name == "Hana" else 0
        visitor = replace(app.person(name, followers=followers), base_url=relays[name].url)
        return company.come(name, visitor=visitor, **how)  # type: ignore[arg-type]

    host, speaker = come("Hana", speaks="host"), come("Tomas", speaks="tester")
    leaver, stopper = come("Tilda", speaks="second"), come("Stella")
    listener = company.come("Lena", "beta")
    yield Evening(app, janus, relays, host, speaker, leaver, stopper, listener)
    company.leave()
    assert company.complaints == []


@pytest.fixture(autouse=True)
def _everybody_is_heard(evening: Evening) -> None:
    evening.everybody_is_heard()


def silent(heard: Samples) -> bool:
    """Whether nothing could be heard, once what was on the way has arrived."""
    after = heard[int(ON_THE_WAY * RATE) :]
    blocks = after[: len(after) // 960 * 960].reshape(-1, 960)
    return len(blocks) > 0 and bool(np.sqrt(np.mean(np.square(blocks), axis=1)).max() < AUDIBLE)


@pytest.mark.parametrize("fault", FAULTS)
def test_mute_leave_and_stop_hold_from_the_press_on(evening: Evening, fault: str) -> None:
    """The speaker's microphone stays open while it is muted, the host's is closed."""
    host, speaker, leaver = evening.host, evening.speaker, evening.leaver
    stopper, listener = evening.stopper, evening.listener
    with evening.under(fault) as seconds:
        leaver.presses("Leave the stage")
        speaker.presses("Mute", "Yes, tell me")
        host.presses("Mute")
        stopper.presses("Stop listening")
        start, stopped = listener.ear.now, stopper.ear.now
        leaver.has_no("Mute", "Unmute", "Leave the stage")
        listener.ear.next(seconds)
    for who in (host, speaker):
        until(lambda who=who: evening.muted(who), f"the server to have muted {who.name}")
    until(lambda: not evening.listens(stopper), "the server to know who has stopped")
    listener.sees_on_stage(host, speaker)
    leaver.has("Request to speak", "Stop listening")
    listener.ear.next(2)
    assert silent(listener.ear.since(start))
    assert silent(stopper.ear.since(stopped))
    for who in (host, speaker):
        who.has("Unmute")
        assert not who.page.evaluate("accused")
    stopper.has("Start listening")
    host.presses("Unmute")
    leaver.hears(host)


@pytest.fixture
def held_retries(evening: Evening) -> Iterator[None]:
    """Of the one who leaves."""
    evening.leaver.page.evaluate(HOLD_RETRIES)
    yield
    evening.mend()
    evening.leaver.reloads()


@pytest.mark.usefixtures("held_retries")
def test_who_comes_back_on_stage_stays_there(evening: Evening) -> None:
    """The answer to Leave is lost, and Leave would be repeated after they have come back."""
    host, speaker, leaver, listener = (
        evening.host,
        evening.speaker,
        evening.leaver,
        evening.listener,
    )
    line = evening.relays["Tilda"]
    line.freeze(DOWN)
    leaver.presses("Leave the stage")
    listener.sees_on_stage(host, speaker)
    line.drop()
    leaver.page.wait_for_function("() => held.length > 0")
    line.mend()
    leaver.gets_on_stage(host)
    leaver.page.evaluate(RETRY)
    leaver.presses("Mute")
    until(lambda: evening.muted(leaver), "the server to have muted them")
    listener.sees_on_stage(host, speaker, leaver)


def test_of_two_quick_presses_the_last_wins(evening: Evening) -> None:
    speaker, listener = evening.speaker, evening.listener
    evening.mute(evening.host, evening.leaver, speaker)
    evening.relays["Tomas"].slow(0.25)
    speaker.page.evaluate(PRESS_TWICE, ["Unmute", "Mute", 400])
    speaker.page.wait_for_timeout(400)
    speaker.has("Unmute")
    start = listener.ear.now
    listener.ear.next(4)
    assert silent(listener.ear.since(start))
    assert evening.muted(speaker)
    speaker.page.evaluate(PRESS_TWICE, ["Unmute", "Mute", 50])
    speaker.has("Unmute")
    speaker.presses("Unmute")
    listener.hears(speaker)
    speaker.page.evaluate(PRESS_TWICE, ["Mute", "Unmute", 300])
    listener.ear.next(3)
    listener.hears(speaker)
    speaker.has("Mute")
    until(lambda: not evening.muted(speaker), "the last wish to be known")
    assert not speaker.page.evaluate("accused")


def test_mute_survives_a_reload_a_new_process_and_a_new_janus(evening: Evening) -> None:
    speaker, listener, line = evening.speaker, evening.listener, evening.relays["Tomas"]
    evening.mute(evening.host, evening.leaver)
    line.freeze(UP)
    speaker.presses("Mute")
    start = listener.ear.now
    listener.ear.next(ON_THE_WAY)
    evening.app.stop(signal.SIGTERM)
    line.drop()
    evening.app.start()
    assert evening.janus.pid is not None
    os.kill(evening.janus.pid, signal.SIGKILL)
    evening.janus.restart()
    line.mend()
    speaker.reloads()
    speaker.has("Unmute", "Leave the stage")
    until(lambda: evening.muted(speaker), "the server to have muted them")
    listener.page.wait_for_function("() => !document.querySelector('.away:not([hidden])')")
    listener.ear.next(3)
    assert silent(listener.ear.since(start))
    speaker.page.evaluate(WATCH_FOR_ACCUSATIONS)
    speaker.presses("Unmute")
    listener.hears(speaker)


@pytest.mark.parametrize("fault", FAULTS)
def test_end_holds_from_the_press_on(evening: Evening, fault: str) -> None:
    host, listener = evening.host, evening.listener
    evening.mute(evening.speaker, evening.leaver)
    with evening.under(fault) as seconds:
        host.presses("End Space", "End for everybody")
        host.has_no("Mute", "Unmute", "End Space")
        start = listener.ear.now
        listener.ear.next(seconds)
    listener.reads("This Space has ended")
    host.reads("This Space has ended")
    assert silent(listener.ear.since(start))
