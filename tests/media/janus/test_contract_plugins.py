"""What media asks of Janus, answered by the twin and by the real one alike."""

from __future__ import annotations

import asyncio

import pytest

from media.errors import HandleGone, JanusRefused, MixGone
from media.interfaces import Connection, Message
from media.janus import audiobridge, streaming
from media.janus.audiobridge import Bridge, secret_of
from media.janus.streaming import Mountpoints
from tests.media.rig import Rig, eventually

pytestmark = pytest.mark.contract


@pytest.fixture
def bridge(connection: Connection) -> Bridge:
    return Bridge(connection)


@pytest.fixture
def mountpoints(connection: Connection) -> Mountpoints:
    return Mountpoints(connection)


def ignore(_: Message) -> None:
    pass


async def test_a_room_is_made_once(bridge: Bridge, mix: str) -> None:
    assert await bridge.create(mix) is True
    assert await bridge.create(mix) is False
    assert mix in await bridge.rooms()
    assert await bridge.participants(mix) == ()
    await bridge.destroy(mix)
    assert mix not in await bridge.rooms()
    await bridge.destroy(mix)


async def test_a_forwarder_goes_to_one_port_only(bridge: Bridge, mix: str) -> None:
    await bridge.create(mix)
    for port in (40_002, 40_002, 40_004):
        await bridge.forward(mix, port)
    assert list((await bridge.forwarders(mix)).values()) == [40_004]
    await bridge.destroy(mix)


async def test_a_mountpoint_that_is_there_is_found(mountpoints: Mountpoints, mix: str) -> None:
    port = await mountpoints.create(mix)
    assert await mountpoints.create(mix) == port
    assert (await mountpoints.info(mix)).viewers == 0
    assert mix in await mountpoints.names()
    await mountpoints.destroy(mix)
    assert mix not in await mountpoints.names()
    await mountpoints.destroy(mix)


@pytest.mark.parametrize(
    ("plugin", "code", "body"),
    [
        (audiobridge.PLUGIN, 489, {"request": "create", "room": "intruder"}),
        (audiobridge.PLUGIN, 485, {"request": "listparticipants", "room": "nowhere"}),
        (audiobridge.PLUGIN, 487, {"request": "configure", "muted": True}),
        (streaming.PLUGIN, 457, {"request": "create", "type": "rtp", "id": "intruder"}),
        (streaming.PLUGIN, 455, {"request": "watch", "id": "nowhere"}),
        (streaming.PLUGIN, 455, {"request": "start"}),
        (streaming.PLUGIN, 455, {"request": "pause"}),
    ],
)
async def test_refusals_carry_janus_own_code(
    connection: Connection, plugin: str, code: int, body: Message
) -> None:
    handle = await connection.attach(plugin, ignore)
    with pytest.raises(JanusRefused) as refused:
        await handle.request({**body, "admin_key": "wrong"})
    assert refused.value.code == code


async def test_who_does_not_know_the_secret_cannot_end_a_room(
    connection: Connection, bridge: Bridge, mix: str
) -> None:
    await bridge.create(mix)
    handle = await connection.attach(audiobridge.PLUGIN, ignore)
    with pytest.raises(JanusRefused, match="wrong secret"):
        await handle.request({"request": "destroy", "room": mix, "secret": "guessed"})
    own = secret_of(connection.admin_key, mix)
    await handle.request({"request": "destroy", "room": mix, "secret": own})


async def test_a_detached_handle_answers_nothing(connection: Connection) -> None:
    handle = await connection.attach(audiobridge.PLUGIN, ignore)
    assert handle.id in await connection.handles()
    await handle.detach()
    await handle.detach()
    assert handle.id not in await connection.handles()
    with pytest.raises(HandleGone):
        await handle.request({"request": "configure"})
    with pytest.raises(HandleGone):
        await handle.trickle(None)


async def test_an_offer_that_is_none_is_refused(rig: Rig, bridge: Bridge, mix: str) -> None:
    await bridge.create(mix)
    handle = await rig.connection.attach(audiobridge.PLUGIN, ignore)
    with pytest.raises(JanusRefused) as refused:
        await audiobridge.join(handle, mix, "somebody", "hello", muted=False)
    assert refused.value.code == 465
    assert await bridge.participants(mix) == ()
    await bridge.destroy(mix)


async def test_a_handle_whose_first_join_failed_cannot_negotiate_again(
    rig: Rig, bridge: Bridge, mix: str
) -> None:
    """Why ``Place.renew`` takes another handle."""
    handle = await rig.connection.attach(audiobridge.PLUGIN, ignore)
    offer = await rig.peer(440).offer()
    with pytest.raises(MixGone):
        await audiobridge.join(handle, mix, "early", offer, muted=False)
    await bridge.create(mix)
    with pytest.raises(JanusRefused) as refused:
        await audiobridge.join(handle, mix, "late", offer, muted=False)
    assert refused.value.code == 490
    await bridge.destroy(mix)


async def test_everybody_in_a_room_is_told_that_it_ended(
    rig: Rig, bridge: Bridge, mix: str
) -> None:
    await bridge.create(mix)
    over = asyncio.Event()

    def look(message: Message) -> None:
        if audiobridge.is_over(message):
            over.set()

    handle = await rig.connection.attach(audiobridge.PLUGIN, look)
    await audiobridge.join(handle, mix, "one", await rig.peer(440).offer(), muted=True)
    assert [(one.id, one.muted) for one in await bridge.participants(mix)] == [("one", True)]
    await bridge.destroy(mix)
    async with asyncio.timeout(5):
        await over.wait()


async def test_a_browser_that_answers_is_connected(
    rig: Rig, mountpoints: Mountpoints, mix: str
) -> None:
    await mountpoints.create(mix)
    up = asyncio.Event()

    def look(message: Message) -> None:
        if message["janus"] == "webrtcup":
            up.set()

    handle = await rig.connection.attach(streaming.PLUGIN, look)
    peer = rig.peer()
    await streaming.start(handle, await peer.answer(await streaming.watch(handle, mix)))
    async with asyncio.timeout(5):
        await up.wait()
    assert (await mountpoints.info(mix)).viewers == 1
    await handle.detach()

    async def viewers() -> int:
        return (await mountpoints.info(mix)).viewers

    await eventually(viewers, 0)
    await mountpoints.destroy(mix)
