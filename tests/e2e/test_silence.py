"""Mute, Leave, Stop and End while the line to the server is broken in every way: silence from the
press on, at everybody's ears, and a server that knows in the end."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import pytest

from config.janus import JanusServer
from tests.common.relay import DOWN, UP, Relay
from tests.common.server import RunningApp
from tests.common.waiting import until
from tests.e2e.browsers import Browsers
from tests.e2e.company import Company
from tests.e2e.ear import AUDIBLE
from tests.e2e.person import Somebody
from tests.e2e.speech import RATE, Samples, Speech

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

PRESS_TWICE = """([first, second, ms]) => {
  const buttons = () => [...document.querySelectorAll("button")];
  const press = (name) => buttons().find((one) => one.textContent === name).click();
  press(first);
  setTimeout(() => press(second), ms);
}"""

FAULTS: dict[str, tuple[Callable[[Relay], None], float]] = {
    "frozen": (lambda relay: relay.freeze(), LONG),
    "refused": (lambda relay: relay.refuse(), SHORT),
    "nothing_to_the_server": (lambda relay: relay.freeze(UP), LONG),
    "nothing_to_the_browser": (lambda relay: relay.freeze(DOWN), LONG),
}


@dataclass
class Evening:
    """A host and a speaker, and one who will stop listening, each behind a relay of their own; and
    a listener with a good line."""

    app: RunningApp
    janus: JanusServer
    relays: dict[str, Relay]
    host: Somebody
    speaker: Somebody
    stopper: Somebody
    listener: Somebody

    @property
    def slug(self) -> str:
        return self.host.path.rpartition("/")[2]

    def muted(self, who: Somebody) -> bool:
        """What the server believes."""
        return any(one.id == who.id and one.muted for one in self.app.stage(self.slug))

    def listens(self, who: Somebody) -> bool:
        standing = self.app.standing(self.slug, who.id)
        return standing is not None and standing.listening

    def breaks(self, fault: Callable[[Relay], None]) -> None:
        for relay in self.relays.values():
            fault(relay)

    def mend(self) -> None:
        for relay in self.relays.values():
            relay.mend()

    def everybody_is_heard(self) -> None:
        """As every test finds it, and leaves it."""
        for who in (self.host, self.speaker):
            if who.button("Unmute").count():
                who.presses("Unmute")
        for who in (self.stopper, self.listener):
            if who.button("Start listening").count():
                who.presses("Start listening")
            who.hears(self.host, self.speaker)
        for who in (self.host, self.speaker):
            until(lambda who=who: not self.muted(who), f"{who.name} to be heard")
            who.page.evaluate("() => { window.accused = false; }")


@pytest.fixture(scope="module")
def evening(
    browsers: Browsers,
    speeches: dict[str, Speech],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Evening]:
    with Relay() as first, Relay() as second, Relay() as third, JanusServer() as janus:
        relays = {"Hana": first, "Tomas": second, "Stella": third}
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
    host.hosts("Behind the door")
    listener = company.come("Lena", "beta")
    for who in (stopper := come("Stella"), listener, speaker):
        who.listens_to(host)
    speaker.gets_on_stage(host)
    for who in (host, speaker):
        who.page.evaluate(WATCH_FOR_ACCUSATIONS)
    yield Evening(app, janus, relays, host, speaker, stopper, listener)
    company.leave()
    assert company.complaints == []


@pytest.fixture(autouse=True)
def _everybody_is_heard(evening: Evening) -> Iterator[None]:
    evening.everybody_is_heard()
    yield
    evening.mend()


def silent(heard: Samples) -> bool:
    """Whether nothing could be heard, once what was on the way has arrived."""
    after = heard[int(ON_THE_WAY * RATE) :]
    blocks = after[: len(after) // 960 * 960].reshape(-1, 960)
    return len(blocks) > 0 and bool(np.sqrt(np.mean(np.square(blocks), axis=1)).max() < AUDIBLE)


@pytest.mark.parametrize("name", FAULTS)
def test_mute_and_stop_hold_from_the_press_on(evening: Evening, name: str) -> None:
    fault, seconds = FAULTS[name]
    host, speaker, stopper, listener = (
        evening.host,
        evening.speaker,
        evening.stopper,
        evening.listener,
    )
    evening.breaks(fault)
    speaker.presses("Mute")
    host.presses("Mute")
    stopper.presses("Stop listening")
    start, stopped = listener.ear.now, stopper.ear.now
    listener.ear.next(seconds)
    evening.mend()
    for who in (host, speaker):
        until(lambda who=who: evening.muted(who), f"the server to have muted {who.name}")
    until(lambda: not evening.listens(stopper), "the server to know who has stopped")
    listener.ear.next(2)
    assert silent(listener.ear.since(start))
    assert silent(stopper.ear.since(stopped))
    for who in (host, speaker):
        who.has("Unmute")
        assert not who.page.evaluate("accused")
    stopper.has("Start listening")


def test_mute_holds_while_the_database_is_busy(evening: Evening) -> None:
    host, speaker, listener = evening.host, evening.speaker, evening.listener
    with closing(sqlite3.connect(evening.app.folder / "soundcheck.sqlite3")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        speaker.presses("Mute")
        host.presses("Mute")
        start = listener.ear.now
        listener.ear.next(SHORT)
        other.execute("ROLLBACK")
    for who in (host, speaker):
        until(lambda who=who: evening.muted(who), f"the server to have muted {who.name}")
    assert silent(listener.ear.since(start))


def test_of_two_quick_presses_the_last_wins(evening: Evening) -> None:
    host, speaker, listener = evening.host, evening.speaker, evening.listener
    host.presses("Mute")
    speaker.presses("Mute")
    until(lambda: evening.muted(speaker) and evening.muted(host), "both to be muted")
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
    host, speaker, listener, line = (
        evening.host,
        evening.speaker,
        evening.listener,
        evening.relays["Tomas"],
    )
    host.presses("Mute")
    until(lambda: evening.muted(host), "the host to be muted")
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


@pytest.mark.parametrize("name", ["frozen", "refused"])
def test_leave_holds_from_the_press_on(evening: Evening, name: str) -> None:
    fault, seconds = FAULTS[name]
    host, speaker, listener = evening.host, evening.speaker, evening.listener
    host.presses("Mute")
    until(lambda: evening.muted(host), "the host to be muted")
    fault(evening.relays["Tomas"])
    speaker.presses("Leave the stage")
    speaker.has_no("Mute", "Unmute")
    start = listener.ear.now
    listener.ear.next(seconds)
    evening.mend()
    listener.sees_on_stage(host)
    speaker.has("Request to speak", "Stop listening")
    listener.ear.next(1)
    assert silent(listener.ear.since(start))
    host.presses("Unmute")
    speaker.hears(host)
    speaker.gets_on_stage(host)


def test_end_holds_from_the_press_on(evening: Evening) -> None:
    """The last test: the Space is over."""
    host, speaker, listener = evening.host, evening.speaker, evening.listener
    speaker.presses("Mute")
    until(lambda: evening.muted(speaker), "the speaker to be muted")
    evening.relays["Hana"].freeze()
    host.presses("End Space", "End for everybody")
    host.has_no("Mute", "Unmute", "End Space")
    start = listener.ear.now
    listener.ear.next(LONG)
    assert silent(listener.ear.since(start))
    evening.mend()
    listener.reads("This Space has ended")
    host.reads("This Space has ended")
