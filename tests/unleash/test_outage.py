"""Unleash away, slow, talking nonsense, refusing us: decisions stand, nobody loses a live Space,
and whoever looks after the process can see it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flags.catalogue import CATALOGUE, REACTIONS, WEB_SPEAKING
from flags.sources.interface import Closing, SourceUnavailable
from flags.sources.unleash.admin_api import UnleashApi
from script.servers.unleash import UnleashServer
from tests.harness.house import House
from tests.harness.waits import until
from tests.unleash.controllable_wire import Mode, Wire
from tests.unleash.unleash_user import PATIENCE, Colleague

TIMEOUT = 1.0
"""What a request to Unleash may take here, in seconds. A busy machine needs longer to start."""

Open = Callable[..., House]


@pytest.fixture
def wire(unleash: UnleashServer) -> Iterator[Wire]:
    with Wire(unleash.url) as wire:
        yield wire


@pytest.fixture
def open_house(unleash: UnleashServer, wire: Wire, prefix: str, tmp_path: Path) -> Iterator[Open]:
    """Opens the app on one folder, behind the wire, as often as wanted."""
    opened: list[House] = []

    def open_it(**settings: Any) -> House:
        given = {
            "unleash_url": wire.url,
            "unleash_backend_token": unleash.backend_token,
            "unleash_admin_token": unleash.admin_token,
            "unleash_prefix": prefix,
            "unleash_timeout": 20,
            **settings,
        }
        opened.append(House(tmp_path, **given))
        return opened[-1]

    yield open_it
    for house in opened:
        house.close()


@pytest.fixture
def seeded(open_house: Open) -> House:
    """A house that has heard from Unleash, in which everything is as the catalogue says."""
    house = open_house()
    follow(house, lambda: ready(house)[0] == 200, "readiness")
    return house


def follow(house: House, condition: Callable[[], object], what: str) -> None:
    """The process does what it does by itself, until it is so."""

    def ticked() -> object:
        house.tick()
        return condition()

    until(ticked, what, PATIENCE)


def ready(house: House) -> tuple[int, dict[str, Any]]:
    answer = house.browser().get("/readyz")
    definitions: dict[str, Any] = answer.get_json()["definitions"]
    return answer.status_code, definitions


def answers(house: House) -> bool:
    told: bool = ready(house)[1]["unleash"]["answers"]
    return told


def console(house: House) -> dict[str, Any]:
    """What each page of the console says of the definitions."""
    paula = house.browser(house.guest("Paula", "staff", roles=["product_manager"]))
    status: dict[str, Any] = paula.get("/console/pulse").get_json()["status"]
    return status


def lost(house: House) -> None:
    follow(house, lambda: not answers(house), "the loss to be noticed")


class Live:
    """A Space with its host and a speaker, and a way to say that nothing has happened to them."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.host, self.slug = house.space()
        self.guest = house.guest("Tomas")
        self.tab = house.on_stage(self.host, self.guest, self.slug)
        self._before = self._gates()
        self.tab.received()

    def goes_on(self) -> bool:
        stands = self._gates() == self._before and bool(self._before[1])
        on_stage = self._house.on_bridge(self.slug) == {self.guest.id}
        return stands and on_stage and not self.tab.received("features.changed")

    def _gates(self) -> list[dict[str, str | None]]:
        people = (self.host.guest.person, self.guest.person)
        return [self._house.core.gating.gates(person) for person in people]


class TestAtStart:
    def test_with_nothing_known_everything_is_closed_and_readiness_says_so(
        self, wire: Wire, open_house: Open
    ) -> None:
        wire.set(Mode.CUT)
        house = open_house()
        house.tick()
        status, definitions = ready(house)
        assert (status, definitions["healthy"], definitions["revision"]) == (503, False, 0)
        assert definitions["unleash"] == {"answers": False, "heard_seconds_ago": None}
        hana = house.guest("Hana", followers=1200)
        assert house.core.gating.gates(hana.person) == {}
        assert house.browser().get("/healthz").status_code == 200
        wire.set(Mode.THROUGH)
        follow(house, lambda: ready(house)[0] == 200, "readiness")
        assert set(house.core.gating.gates(hana.person)) == set(CATALOGUE)

    def test_what_was_last_known_is_decided_on(
        self, wire: Wire, open_house: Open, seeded: House
    ) -> None:
        tomas = seeded.guest("Tomas")
        seeded.core.source.set_rollout(WEB_SPEAKING, 0, "product")
        seeded.tick()
        before = seeded.core.gating.gates(tomas.person)
        assert set(before) == {"web-listening", "reactions"}
        wire.set(Mode.CUT)
        house = open_house()
        assert house.core.gating.gates(tomas.person) == before
        house.tick()
        status, definitions = ready(house)
        assert (status, definitions["healthy"]) == (200, True)
        assert definitions["revision"] == seeded.core.source.revision()
        assert definitions["unleash"]["answers"] is False


class TestLater:
    def test_away_and_back_with_changes(
        self, wire: Wire, seeded: House, ana: Colleague, caplog: pytest.LogCaptureFixture
    ) -> None:
        live = Live(seeded)
        caplog.clear()
        wire.set(Mode.CUT)
        lost(seeded)
        with pytest.raises(SourceUnavailable):
            seeded.core.source.set_rollout(REACTIONS, 30, "product")
        seeded.go_on(minutes=5)
        assert live.goes_on()
        status, definitions = ready(seeded)
        assert (status, definitions["unleash"]["answers"]) == (200, False)
        assert definitions["unleash"]["heard_seconds_ago"] >= 300
        told = console(seeded)
        assert told["loud"]
        assert "Unleash does not answer; last heard 5 min ago." in told["text"]
        warnings = [r for r in caplog.records if "cannot be followed" in r.message]
        assert len(warnings) == 1, "said, and not again with each look"
        ana.switch(WEB_SPEAKING, False)
        wire.set(Mode.THROUGH)
        follow(seeded, lambda: not seeded.core.source.feature(WEB_SPEAKING).enabled, "the change")
        assert answers(seeded)
        told = console(seeded)
        assert not told["loud"]
        assert "Unleash answered 0 s ago." in told["text"]
        assert seeded.on_bridge(live.slug) == {live.guest.id}, "they drain: Tomas may finish"
        assert not seeded.core.gating.is_open(live.guest.person, WEB_SPEAKING)

    @pytest.mark.parametrize("mode", [Mode.CUT, Mode.SILENT])
    def test_what_must_stop_stops_at_once_and_unleash_is_told_later(
        self, wire: Wire, seeded: House, ana: Colleague, mode: Mode, api: UnleashApi
    ) -> None:
        live, source = Live(seeded), seeded.core.source
        wire.set(mode)
        began = time.monotonic()
        assert source.stop(WEB_SPEAKING, Closing.CUT, "Paula") is not None
        seeded.core.gating.refresh()
        seeded.settle()
        assert time.monotonic() - began < 1, "Unleash was not waited for"
        assert seeded.on_bridge(live.slug) == set()
        assert source.feature(WEB_SPEAKING).untold
        paula = seeded.browser(seeded.guest("Paula", "staff", roles=["product_manager"]))
        assert "Off; Unleash is told as soon as it answers" in paula.get("/console").text
        ana.switch(REACTIONS, False)
        ana.switch(WEB_SPEAKING, False)
        ana.switch(WEB_SPEAKING, True)
        wire.set(Mode.THROUGH)

        def told() -> bool:
            state = source.feature(WEB_SPEAKING)
            assert not state.enabled, "never, whatever Unleash said meanwhile"
            return not state.untold and not source.feature(REACTIONS).enabled

        follow(seeded, told, "Unleash to be told")
        there = api.feature(WEB_SPEAKING)
        assert there is not None
        assert not any(one["enabled"] for one in there["environments"])
        latest = source.history(WEB_SPEAKING, 1)[0]
        assert (latest.by, latest.action) == ("Paula", "off")
        source.turn_on(WEB_SPEAKING, "Paula")
        seeded.tick()
        assert seeded.core.gating.is_open(live.guest.person, WEB_SPEAKING)

    def test_counts_that_cannot_be_delivered_are_lost_without_harm(
        self, wire: Wire, seeded: House, caplog: pytest.LogCaptureFixture
    ) -> None:
        upstream, tomas = seeded.core.upstream, seeded.guest("Tomas")
        assert upstream is not None
        caplog.clear()
        wire.set(Mode.CUT)
        for _ in range(3):
            assert seeded.core.gating.is_open(tomas.person, REACTIONS)
            upstream.reporting.send()
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert "counts could not be sent" in caplog.text

    @pytest.mark.parametrize("mode", [Mode.SILENT, Mode.TRICKLING])
    def test_slow_is_away(self, wire: Wire, open_house: Open, seeded: House, mode: Mode) -> None:
        house = open_house(unleash_timeout=TIMEOUT)
        live = Live(house)
        wire.set(mode)
        began = time.monotonic()
        lost(house)
        assert time.monotonic() - began < 10
        assert live.goes_on()

    @pytest.mark.parametrize(
        "body",
        [
            b"<html>Please sign in</html>",
            b"[]",
            b"null",
            b'{"version": 2, "features": []}',
            b'{"version": 2, "features": [], "meta": {"revisionId": 99999}}',
            b'{"version": 2, "features": [{"name": "web-speaking"}], "meta": {"revisionId": 9}}',
            b'{"version": 2, "features": "none", "meta": {"revisionId": 99999}}',
        ],
    )
    def test_garbage_is_away(self, wire: Wire, seeded: House, body: bytes) -> None:
        live = Live(seeded)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        wire.set(Mode.GARBAGE, head % len(body) + body)
        lost(seeded)
        assert live.goes_on()

    @pytest.mark.parametrize(
        "answer",
        [
            b"\x16\x03\x01 what is this",
            b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 302 Found\r\nLocation: http://example.invalid/\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        ],
    )
    def test_broken_http_is_away(self, wire: Wire, seeded: House, answer: bytes) -> None:
        live = Live(seeded)
        wire.set(Mode.GARBAGE, answer)
        lost(seeded)
        assert live.goes_on()

    @pytest.mark.parametrize("token", ["unleash_backend_token", "unleash_admin_token"])
    def test_a_wrong_token_changes_nothing(
        self, open_house: Open, seeded: House, token: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        wrong = "default:development.0123456789wrong" if "backend" in token else "*:*.0123wrong"
        caplog.clear()
        caplog.set_level(logging.DEBUG)
        house = open_house(**{token: wrong})
        live = Live(house)
        lost(house)
        assert live.goes_on()
        assert "Unleash refused (401)" in caplog.text
        assert "wrong" not in caplog.text, "no token is ever logged"


def test_the_server_itself_goes_and_comes_back_with_a_change(
    unleash: UnleashServer, seeded: House, ana: Colleague
) -> None:
    live = Live(seeded)
    ana.switch(REACTIONS, False)
    unleash.stop_server()
    try:
        lost(seeded)
        stood = seeded.core.source.feature(REACTIONS).enabled
        assert seeded.on_bridge(live.slug) == {live.guest.id}
    finally:
        unleash.start_server()
    follow(seeded, lambda: not seeded.core.source.feature(REACTIONS).enabled, "the change")
    assert stood, "it was not known while the server was away"
    assert seeded.core.source.history(REACTIONS, 1)[0].by == ana.name
    assert seeded.on_bridge(live.slug) == {live.guest.id}
