"""Several people, two tabs each, everything at once: events in random order with random content,
while gates open and close, people move, sockets come and go, and Janus dies now and then."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from flags.catalogue import CATALOGUE
from flags.sources.interface import Closing
from tests.harness.house import OFFER, House, Tab
from tests.system.storm import (
    JUNK,
    SPEAKERS,
    check_ack,
    check_all,
    check_told,
    contents,
    state,
)

pytestmark = pytest.mark.server

WHO = st.integers(0, 5)
TAB = st.integers(0, 1)
KEYS = st.sampled_from(list(CATALOGUE))


class Storm(RuleBasedStateMachine):
    """One example: a house of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.house = House(Path(self.folder.name), speakers_per_space=SPEAKERS)
        self.people = [
            self.house.guest("Hana", followers=1200),
            self.house.guest("Tomas"),
            self.house.guest("Tess"),
            self.house.guest("Theo"),
            self.house.guest("Lou", "beta"),
            self.house.guest("Oscar", "public"),
        ]
        self.tabs: dict[tuple[int, int], Tab] = {}
        self.slugs: list[str] = []
        self.events = [*self.house.core.sockets.actions, "never.written", "connect", "disconnect"]
        self.gates: dict[Tab, set[str]] = {}

    @initialize()
    def begin(self) -> None:
        """A live Space with everybody in it who can be, else nothing interesting happens."""
        host, slug = self.house.space(self.people[0])
        self.slugs.append(slug)
        self.tabs[0, 0] = host
        for number in (1, 2, 3, 4):
            self.tabs[number, 0] = self.house.joined(self.people[number], slug)

    # ------------------------------------------------------------------ what people do

    @rule(who=WHO, tab=TAB, data=st.data())
    def anything(self, who: int, tab: int, data: st.DataObject) -> None:
        """Any event with any content."""
        event = data.draw(st.sampled_from(self.events))
        content = data.draw(contents(self.slugs, self.people) | JUNK)
        self.send(self.tab(who, tab), event, content)

    @rule(who=WHO, tab=TAB)
    def join(self, who: int, tab: int) -> None:
        self.send(self.tab(who, tab), "space.join", {"slug": self.slugs[-1]})

    @rule(who=WHO, tab=TAB, start=st.booleans())
    def listen(self, who: int, tab: int, start: bool) -> None:
        there = self.tab(who, tab)
        ack = self.send(there, "listening.warm", {})
        if ack["ok"]:
            self.send(there, "listening.answer", {"seat": ack["data"]["seat"], "sdp": OFFER})
        self.send(there, "listening.start" if start else "listening.stop", {})

    @rule(who=st.integers(1, 3), tab=TAB)
    def ask_for_the_stage(self, who: int, tab: int) -> None:
        self.come_on_stage(who, tab)

    @rule(whos=st.permutations([1, 2, 3]))
    def fill_the_stage(self, whos: list[int]) -> None:
        for who in whos:
            self.come_on_stage(who, 0)

    @rule(who=st.integers(0, 3), event=st.sampled_from(["mute", "remove", "accept", "decline"]))
    def act_as_host(self, who: int, event: str) -> None:
        for host in (0, who):
            content = {"person": self.people[who].id}
            self.send(self.tab(host, 0), f"hosting.{event}", content)

    @rule(who=WHO, tab=TAB)
    def publish(self, who: int, tab: int) -> None:
        self.send(self.tab(who, tab), "stage.offer", {"sdp": OFFER})

    @rule(who=st.integers(0, 1))
    def open_a_space(self, who: int) -> None:
        self.send(self.tab(who, 0), "hosting.end", {})
        ack = self.send(self.tab(who, 0), "hosting.open", {"title": "Another"})
        if ack["ok"]:
            self.slugs.append(ack["data"]["slug"])
            for number in (who, 1, 2, 3):
                self.send(self.tab(number, 0), "space.join", {"slug": self.slugs[-1]})

    @rule(who=WHO, tab=TAB)
    def close_a_tab(self, who: int, tab: int) -> None:
        if (who, tab) in self.tabs:
            self.tabs.pop((who, tab)).close()

    # ------------------------------------------------------------------ what others do

    @rule(key=KEYS, closing=st.sampled_from(Closing))
    def close_gate(self, key: str, closing: Closing) -> None:
        self.house.close_gate(key, closing)

    @rule()
    def open_all_gates(self) -> None:
        for key in CATALOGUE:
            self.house.core.source.set_rollout(key, 100, "a test")
            self.house.open_gate(key)
        for guest in self.people[:4]:
            self.house.move(guest, "alpha")

    @rule(key=KEYS, closing=st.sampled_from(Closing))
    def blink(self, key: str, closing: Closing) -> None:
        """Closed and opened at once."""
        self.house.close_gate(key, closing)
        self.house.open_gate(key)

    @rule(key=KEYS, percent=st.sampled_from([0, 100, 100]), closing=st.sampled_from(Closing))
    def roll_out(self, key: str, percent: int, closing: Closing) -> None:
        self.house.core.source.set_rollout(key, percent, "a test", closing=closing)
        self.house.tick()

    @rule(who=WHO, cohort=st.sampled_from(["staff", "alpha", "beta", "public"]))
    def move(self, who: int, cohort: str) -> None:
        self.house.move(self.people[who], cohort)

    @rule(seconds=st.sampled_from([1, 8, 16, 31, 121]))
    def time_passes(self, seconds: int) -> None:
        self.house.go_on(seconds=seconds)

    @rule()
    def janus_dies(self) -> None:
        self.house.janus_does("crash")
        self.house.tick()

    @rule()
    def janus_is_there(self) -> None:
        self.house.janus_does("revive")
        self.house.tick()

    @rule(who=st.integers(0, 3))
    def a_microphone_is_lost(self, who: int) -> None:
        held = self.house.seats().get(f"{self.slugs[-1]}.{self.people[who].id}.talk")
        if held is not None:
            self.house.janus_does("hang_up", held.participant)

    # ------------------------------------------------------------------ what holds

    @invariant()
    def holds(self) -> None:
        check_all(self.house)
        for tab in self.tabs.values():
            had, has = self.gates.get(tab, set()), self.has(tab)
            check_told(tab, had, has)
            self.gates[tab] = has

    def teardown(self) -> None:
        """All go, all Spaces end: then there is nothing left anywhere."""
        self.house.janus_does("revive")
        for tab in self.tabs.values():
            tab.close()
        self.house.go_on(seconds=20)
        self.house.go_on(seconds=20)
        for slug in self.slugs:
            self.house.core.spaces.end(slug)
        self.house.settle()
        assert (self.house.seats(), self.house.audit().handles) == ({}, 0)
        assert self.house.core.presence.everyone() == []
        self.house.close()
        assert (self.house.janus.rooms, self.house.janus.mountpoints) == ({}, {})
        self.folder.cleanup()

    # ------------------------------------------------------------------ how

    def come_on_stage(self, who: int, tab: int) -> None:
        host, there = self.tab(0, 0), self.tab(who, tab)
        for everybody in (host, there):
            self.send(everybody, "space.join", {"slug": self.slugs[-1]})
        self.send(there, "speaking.request", {})
        self.send(host, "hosting.accept", {"person": self.people[who].id})
        self.send(there, "stage.offer", {"sdp": OFFER})

    def tab(self, who: int, number: int) -> Tab:
        where = (who, number)
        if where not in self.tabs:
            page = self.slugs[-1] if self.slugs else None
            self.tabs[where] = self.house.tab(self.people[who], page)
        return self.tabs[where]

    def send(self, tab: Tab, event: str, content: Any) -> dict[str, Any]:
        before = state(self.house)
        ack = tab.call(event, content)
        check_ack(ack)
        if not ack["ok"]:
            assert state(self.house) == before, f"{event} was refused, and changed something"
        return ack

    def has(self, tab: Tab) -> set[str]:
        connection = self.house.core.presence.by_sid(tab.sid) if tab.connected else None
        return set(connection.gates) if connection else set()


TestStorm = Storm.TestCase
TestStorm.settings = settings(
    max_examples=20,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
