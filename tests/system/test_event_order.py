"""Events that one socket sends at once, without waiting for the first to be answered: a real
process, a real Janus, and handlers that wait."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from script.servers.janus import JanusServer
from tests.harness.server import RunningApp
from tests.harness.socket_people import Ear
from tests.media.peers import Peer

pytestmark = pytest.mark.server

ROUNDS = 10


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    folder = tmp_path_factory.mktemp("app")
    with JanusServer() as janus, RunningApp(janus, folder, flood_factor=100) as app:
        yield app


async def test_listening_that_is_started_and_stopped_at_once_is_stopped(app: RunningApp) -> None:
    async with Ear(app, app.person("Hana", followers=1200)) as host:
        slug = (await host.does("hosting.open", title="At once"))["slug"]
        visitor, peer = app.person("Tomas"), Peer()
        async with Ear(app, visitor) as guest:
            await guest.does("space.join", slug=slug)
            seat = await guest.does("listening.warm")
            sdp = await peer.answer(seat["sdp"])
            await guest.does("listening.answer", seat=seat["seat"], sdp=sdp)
            for _ in range(ROUNDS):
                await asyncio.gather(guest.does("listening.start"), guest.does("listening.stop"))
                standing = app.standing(slug, visitor.id)
                assert standing is not None
                assert not standing.listening
        await peer.close()


async def test_request_that_is_cancelled_at_once_is_cancelled(app: RunningApp) -> None:
    async with (
        Ear(app, app.person("Hedda", followers=1200)) as host,
        Ear(app, app.person("Tomas")) as guest,
    ):
        slug = (await host.does("hosting.open", title="On second thoughts"))["slug"]
        await guest.does("space.join", slug=slug)
        for _ in range(ROUNDS):
            await asyncio.gather(guest.does("speaking.request"), guest.does("speaking.cancel"))
            assert (await guest.does("speaking.where"))["state"] == "none"
