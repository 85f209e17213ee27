"""A smaller storm over a real process and a real Janus: several people at once, not one after the
other, so that what happens in between is met as well."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import pytest

from flags.catalogue import CATALOGUE
from flags.sources.interface import Closing
from media.janus.session import JanusConnection
from media.mix_registry import Mixes
from script.servers.janus import JanusServer
from tests.harness.crawl import Wire
from tests.harness.server import RunningApp
from tests.harness.socket_people import Ear
from tests.harness.waits import PATIENCE, eventually
from tests.media.peers import Peer, Tone
from tests.system.storm import check_ack

pytestmark = pytest.mark.server

SEEDS = (1, 2)
STEPS = 60

NONSENSE = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    folder = tmp_path_factory.mktemp("storm")
    few = {"speakers_per_space": 2, "flood_factor": 100}
    with JanusServer() as janus, RunningApp(janus, folder, **few) as app:
        yield app


async def offers() -> list[str]:
    """What browsers might send: a good offer, a poor one, and nonsense."""
    peer = Peer(Tone(440))
    good = await peer.offer()
    await peer.close()
    return [good, good.replace("a=ice-ufrag", "a=x-ufrag"), NONSENSE, "x" * 30_000, ""]


def content_of(chance: random.Random, slug: str, people: list[str], sdps: list[str]) -> Any:
    person = chance.choice(people)
    return {
        "slug": chance.choice([slug, slug, "nosuch"]),
        "person": person,
        "seat": f"{slug}.{person}.{chance.choice(['listen', 'talk'])}",
        "sdp": chance.choice(sdps),
        "candidate": chance.choice([None, {"candidate": "candidate:nonsense"}, {"candidate": ""}]),
        "muted": chance.choice([True, False, "x"]),
        "emoji": chance.choice(["🎉", "x"]),
        "title": chance.choice(["Another", ""]),
    }


FIELDS = {
    "space.join": ("slug",),
    "space.leave": (),
    "listening.warm": (),
    "listening.answer": ("seat", "sdp"),
    "listening.candidate": ("seat", "candidate"),
    "listening.start": (),
    "listening.stop": (),
    "stage.offer": ("sdp",),
    "stage.candidate": ("seat", "candidate"),
    "stage.mute": ("muted",),
    "speaking.request": (),
    "speaking.cancel": (),
    "speaking.leave": (),
    "hosting.accept": ("person",),
    "hosting.decline": ("person",),
    "hosting.mute": ("person",),
    "hosting.remove": ("person",),
    "reactions.send": ("emoji",),
    "hosting.people": (),
}
"""Not `hosting.end`: the storm would be over."""


async def rage(
    ear: Ear, chance: random.Random, slug: str, people: list[str], sdps: list[str]
) -> None:
    for _ in range(STEPS):
        event = chance.choice(list(FIELDS))
        fields = content_of(chance, slug, people, sdps)
        check_ack(await ear.call(event, {name: fields[name] for name in FIELDS[event]}))


async def switch(app: RunningApp, chance: random.Random) -> None:
    """The product manager, meanwhile."""
    for _ in range(STEPS // 6):
        key = chance.choice(list(CATALOGUE)[1:])
        if chance.random() < 0.5:
            await asyncio.to_thread(app.flags.turn_off, key, chance.choice(list(Closing)), "a test")
        await asyncio.sleep(0)
        await asyncio.to_thread(app.flags.turn_on, key, "a test")


@pytest.mark.parametrize("seed", SEEDS)
async def test_many_people_at_once(app: RunningApp, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    host = Ear(app, app.person("Hana", followers=1200))
    others = [Ear(app, app.person(name)) for name in ("Tomas", "Tess", "Theo")]
    others += [Ear(app, others[0].visitor), Ear(app, app.person("Oscar", "public"))]
    ears = [host, *others]
    for ear in ears:
        await ear.open()
    slug = (await host.does("hosting.open", title="Storm"))["slug"]
    people = [ear.visitor.id for ear in ears]
    sdps = await offers()
    raging = [rage(ear, chance, slug, people, sdps) for ear in ears]
    await asyncio.gather(*raging, switch(app, chance))
    for key in CATALOGUE:
        app.flags.turn_on(key, "a test")
    await at_rest(app, host, slug)
    app.flags.turn_off("web-speaking", Closing.CUT, "a test")
    await eventually(lambda: speakers(app, slug) == [], "the stage to be empty")
    app.flags.turn_on("web-speaking", "a test")
    await host.does("hosting.end")
    await nothing_left(app)
    for ear in ears:
        await ear.close()


async def at_rest(app: RunningApp, host: Ear, slug: str) -> None:
    """The same answer for everybody, at most two speakers, and a server that is well."""
    await host.call("space.join", {"slug": slug})
    assert len(speakers(app, slug)) <= 2
    assert Wire(app.base_url, {}).answer("/readyz").status == 200


async def nothing_left(app: RunningApp) -> None:
    """Asked of Janus itself, over a connection of our own."""
    janus = app.janus
    connection = JanusConnection(janus.url, janus.api_secret, janus.admin_key)
    mixes = Mixes(connection)
    await connection.open()
    try:
        async with asyncio.timeout(PATIENCE):
            while await mixes.bridge.rooms() or await mixes.mountpoints.names():
                await asyncio.sleep(0.05)
    finally:
        await connection.close()


def speakers(app: RunningApp, slug: str) -> list[str]:
    return [person.id for person in app.stage(slug) if person.role == "speaker"]


def test_the_log_tells_of_no_fault(app: RunningApp) -> None:
    log = app.log.read_text(errors="replace")
    assert "Traceback" not in log, log[log.index("Traceback") - 300 :][:3000]
