"""Two hundred times off the stage while Janus is just telling that somebody is connected to it:
whoever listened hears again, every time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import pytest

from media.janus.admin import Admin
from script.servers.janus import JanusServer
from tests.harness.server import RunningApp
from tests.harness.socket_people import Ear
from tests.media.peers import PATIENCE, Peer, Tone

pytestmark = pytest.mark.server

GUESTS, ROUNDS = 4, 50

LATEST_SECONDS = 0.04
"""From the browser's answer to the end of its time on stage: it takes about half of that to be
connected."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    folder = tmp_path_factory.mktemp("leaving")
    with JanusServer() as janus, RunningApp(janus, folder, flood_factor=1000) as app:
        yield app


class Guest:
    """Somebody who listens, and is taken on stage again and again."""

    def __init__(self, app: RunningApp, host: Ear, number: int, slug: str) -> None:
        self._ear = Ear(app, app.person(f"Tomas {number}"))
        self._host = host
        self._chance = random.Random(number)  # noqa: S311
        self._slug = slug
        self._listener = Peer()
        self._admin = Admin(app.janus.admin_url, app.janus.admin_secret, PATIENCE)
        self._session = int((app.folder / f"janus-session-{app.port}").read_text())
        self.silent: list[int] = []

    async def live(self) -> None:
        async with self._ear as ear:
            await ear.does("space.join", slug=self._slug)
            warmed = await ear.does("listening.warm")
            answer = await self._listener.answer(warmed["sdp"])
            await ear.does("listening.answer", seat=warmed["seat"], sdp=answer)
            await ear.does("listening.start")
            await self._listener.more(1)
            for number in range(ROUNDS):
                await self._on_and_off()
                if not await self._hears():
                    self.silent.append(number)
            await self._listener.close()

    async def _on_and_off(self) -> None:
        await self._ear.does("speaking.request")
        await self._host.does("hosting.accept", person=self._ear.visitor.id)
        speaker = Peer(Tone(440, level=0.01))
        answered = await self._ear.does("stage.offer", sdp=await speaker.offer())
        connecting = asyncio.create_task(speaker.accept(answered["sdp"]))
        await asyncio.sleep(self._chance.uniform(0, LATEST_SECONDS))
        await self._host.does("hosting.remove", person=self._ear.visitor.id)
        await connecting
        await speaker.close()

    async def _hears(self) -> bool:
        """As Janus has it."""
        held = await self._admin.held(self._session)
        [seat] = [one for one in held if one.label == f"{self._slug}.{self._ear.visitor.id}.listen"]
        return not seat.info["paused"]


async def test_whoever_leaves_the_stage_hears_every_time(app: RunningApp) -> None:
    async with Ear(app, app.person("Hana", followers=1200)) as host:
        slug = (await host.does("hosting.open", title="Coming and going"))["slug"]
        await host.does("space.join", slug=slug)
        guests = [Guest(app, host, number, slug) for number in range(GUESTS)]
        await asyncio.gather(*(guest.live() for guest in guests))
    assert [guest.silent for guest in guests] == [[]] * GUESTS
