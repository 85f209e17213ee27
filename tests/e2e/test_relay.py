"""Where no UDP gets through: a browser that may use none, and a TURN server over TCP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from script.servers.janus import JanusServer
from tests.e2e.browsers import Browsers
from tests.e2e.conftest import Come
from tests.e2e.person import Somebody
from tests.harness.coturn import Turn, coturn
from tests.harness.server import RunningApp

NO_UDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp"

ROUTE = """async () => {
    const [peer] = soundcheck.peers();
    const report = await peer.getStats();
    const all = [...report.values()];
    const pair = all.find(({ type, nominated, state }) =>
        type === "candidate-pair" && nominated && state === "succeeded");
    const local = report.get(pair.localCandidateId);
    return [local.candidateType, local.relayProtocol];
}"""


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Turn]:
    with coturn(tmp_path_factory.mktemp("coturn")) as turn:
        yield turn


@pytest.fixture(scope="module")
def app(
    janus: JanusServer, turn: Turn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApp]:
    folder: Path = tmp_path_factory.mktemp("app")
    given = {"turn_urls": turn.url, "turn_secret": turn.secret}
    with RunningApp(janus, folder, **given) as running:
        yield running


@pytest.fixture(scope="module")
def browsers(playwright: Playwright) -> Iterator[Browsers]:
    browsers = Browsers(playwright, NO_UDP)
    yield browsers
    browsers.close()


def route_of(person: Somebody) -> list[str]:
    route: list[str] = person.page.evaluate(ROUTE)
    return route


def test_a_speaker_and_a_listener_without_udp(come: Come) -> None:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts("Behind the firewall")
    listener = host.invites(come, "Lena", "beta")
    for person in (host, listener):
        assert route_of(person) == ["relay", "tcp"]


def test_the_sound_check_without_udp(come: Come) -> None:
    """It takes the way that speaking takes, and says which."""
    somebody = come("Tara", followers=1200, speaks="host")
    somebody.goes_to("/check")
    somebody.presses("Begin the check")
    somebody.reads("We hear a voice")
    somebody.presses("Record four seconds")
    somebody.has("Play it again")
    somebody.reads("Your network lets no UDP through")
    somebody.reads("of the sound is lost")
