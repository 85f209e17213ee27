"""Unleash is killed while people talk: they hear on, have what they had, and what cannot be saved
says so."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from flags.catalogue import REACTIONS
from script.servers.janus import JanusServer
from script.servers.unleash import UnleashServer
from tests.e2e.browsers import Browsers
from tests.e2e.company import Company
from tests.e2e.ear import AUDIBLE
from tests.e2e.person import Somebody
from tests.e2e.speech import Speech, longest_silence
from tests.e2e.test_survival import SAME_PEER, evening
from tests.harness.server import RunningApp
from tests.harness.waits import until

__all__ = ["evening"]

LONGEST_HOLE = 1.5
"""Seconds: a machine that starts a browser meanwhile makes holes of its own."""

FEATURES = ("listening", "speaking", "reactions")
REFUSED = "That did not work just now. Try again in a moment."
AWAY = "Unleash does not answer"


@pytest.fixture
def unleash(tmp_path: Path) -> Iterator[UnleashServer]:
    """A server of the test's own, to be killed."""
    with UnleashServer(tmp_path / "unleash") as server:
        yield server


@pytest.fixture
def own_app(janus: JanusServer, unleash: UnleashServer, tmp_path: Path) -> Iterator[RunningApp]:
    """A product whose definitions are in that Unleash."""
    var = tmp_path / "var"
    var.mkdir()
    settings = {
        "unleash_url": unleash.url,
        "unleash_backend_token": unleash.backend_token,
        "unleash_admin_token": unleash.admin_token,
        "unleash_timeout": 5,
    }
    with RunningApp(janus, var, **settings) as app:
        until(lambda: definitions(app)["healthy"], "the first definitions")
        yield app


def definitions(app: RunningApp) -> dict[str, Any]:
    """What /readyz says of them."""
    with urllib.request.urlopen(f"{app.base_url}/readyz", timeout=30) as answer:  # noqa: S310
        told: dict[str, Any] = json.load(answer)["definitions"]
    return told


def shown(people: Iterable[Somebody]) -> list[list[str]]:
    """The features of which each of them sees anything."""
    return [[each for each in FEATURES if person.traces_now(each)] for person in people]


def test_the_sound_goes_on_and_everybody_has_what_they_had(
    own_app: RunningApp,
    unleash: UnleashServer,
    evening: tuple[Somebody, Somebody, Somebody],
    browsers: Browsers,
    speeches: dict[str, Speech],
) -> None:
    host, speaker, listener = evening
    before = shown(evening)
    assert "reactions" in before[0]
    revision = definitions(own_app)["revision"]
    start = listener.ear.now
    assert unleash.pid is not None
    os.kill(unleash.pid, signal.SIGKILL)
    until(lambda: not definitions(own_app)["unleash"]["answers"], "the loss to be noticed")

    # What needs no Unleash goes on.
    speaker.presses("Mute")
    speaker.has("Unmute")
    listener.does_not_hear(speaker)
    listener.hears(host)
    speaker.presses("Unmute")
    listener.hears(host, speaker)

    # What does says that it was not done.
    office = Company(own_app, browsers, speeches)
    visitor = own_app.person("Paula", "staff", roles=("product_manager",))
    paula = office.come("Paula", visitor=visitor)
    paula.page.goto(f"{own_app.base_url}/console/features/{REACTIONS}")
    paula.reads(AWAY)
    paula.page.get_by_label("Percent of each cohort").fill("0")
    paula.presses("Save changes")
    paula.reads(REFUSED)
    office.leave()

    assert shown(evening) == before
    assert definitions(own_app)["revision"] == revision
    assert longest_silence(listener.ear.since(start), AUDIBLE) < LONGEST_HOLE
    assert all(person.page.evaluate(SAME_PEER) for person in evening)
    expect(listener.button("Stop listening")).to_be_visible()
