"""Behind a 1:1 NAT: browsers are told where they reach Janus, which does not know it by itself."""

from __future__ import annotations

import pytest

from script.servers.janus import JanusOptions, JanusServer
from tests.media.rig import Rig, connection_to

pytestmark = pytest.mark.server

PUBLIC = "203.0.113.7"


def addresses(sdp: str) -> list[str]:
    """Of the ICE candidates, in their order."""
    return [line.split()[4] for line in sdp.splitlines() if line.startswith("a=candidate")]


async def offered(janus: JanusServer) -> list[str]:
    connection = connection_to(janus)
    await connection.open()
    async with Rig(connection) as rig:
        await rig.mixes.open("mix")
        found = addresses(await rig.seats.listen("mix", "ear"))
    await connection.close()
    return found


async def test_the_address_that_was_given_is_offered_beside_its_own() -> None:
    with JanusServer() as janus:
        own = await offered(janus)
    with JanusServer(options=JanusOptions(public_address=PUBLIC)) as janus:
        behind = await offered(janus)
    assert own
    assert PUBLIC not in own
    assert set(behind) == {PUBLIC, *own}
