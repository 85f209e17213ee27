"""A plugin whose own thread hangs is found out, though Janus and the plugin answer much else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from media.errors import JanusUnreachable
from media.janus import audiobridge
from media.janus.audiobridge import Bridge
from media.janus.health import Health, take_health
from media.janus.streaming import Mountpoints
from script.servers.janus import JanusServer
from tests.media.looping_janus import make_audiobridge_loop
from tests.media.rig import Rig, connection_to

pytestmark = pytest.mark.server

TIMEOUT = 1.0


@pytest.fixture
def victim() -> Iterator[JanusServer]:
    with JanusServer() as server:
        yield server


async def health_of(janus: JanusServer) -> Health:
    return await take_health(janus.url, janus.api_secret, janus.admin_key, TIMEOUT)


async def test_plugins_that_work_are_not_silent(real: Rig, janus: JanusServer, mix: str) -> None:
    before = (await health_of(janus)).mixes
    await real.mixes.open(mix)
    assert await health_of(janus) == Health(silent=(), mixes=before + 2)
    assert await real.connection.silent_plugins() == ()


async def test_health_leaves_nothing_in_janus(real: Rig, janus: JanusServer) -> None:
    before = await real.seats.audit()
    await health_of(janus)
    assert await real.seats.audit() == before


async def test_looping_audiobridge_is_silent(victim: JanusServer) -> None:
    connection = connection_to(victim)
    await connection.open()
    try:
        bridge, mountpoints = Bridge(connection), Mountpoints(connection)
        await make_audiobridge_loop(connection)
        assert await bridge.rooms() == ("loop",), "it answers what it does not queue"
        assert await mountpoints.names() == ()
        assert (await health_of(victim)).silent == (audiobridge.PLUGIN,)
        assert await connection.silent_plugins() == (audiobridge.PLUGIN,)
    finally:
        await connection.part()


async def test_stopped_janus_does_not_answer(own_janus: JanusServer) -> None:
    own_janus.stop()
    with pytest.raises(JanusUnreachable):
        await health_of(own_janus)
