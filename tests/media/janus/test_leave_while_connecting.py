"""Leaving while being connected, on a real Janus: 1.1.2 crashes, or keeps a handle for ever, when
it is told to let somebody go at that moment."""

from __future__ import annotations

import asyncio
import random

import psutil
import pytest

from script.servers.janus import JanusServer
from tests.media.peers import Peer, Tone
from tests.media.rig import NOTHING, Rig, connection_to, eventually

pytestmark = pytest.mark.server

LEAVERS, EACH = 8, 12


async def muted(rig: Rig, mix: str) -> list[bool]:
    """Whether Janus has them muted, of all who are in the room."""
    return [one.muted for one in await rig.mixes.bridge.participants(mix)]


async def test_who_leaves_while_being_connected_is_silent_at_once_and_goes_then(
    real: Rig, mix: str
) -> None:
    peer = Peer(Tone(440))
    answer = await real.seats.speak(mix, "mouth", await peer.offer(), muted=False)
    leaving = asyncio.create_task(real.seats.leave("mouth"))
    await eventually(lambda: muted(real, mix), [True])
    assert not leaving.done()
    assert not real.seats.holds("mouth")
    await peer.accept(answer)
    await leaving
    await real.settles(NOTHING)
    await peer.close()


async def test_who_never_gets_connected_is_let_go_all_the_same(real: Rig, mix: str) -> None:
    peer = Peer(Tone(440))
    answer = await real.seats.speak(mix, "mouth", await peer.offer(), muted=False)
    await real.seats.leave("mouth")
    await real.settles(NOTHING)
    await peer.accept(answer)  # it has sockets to close
    await peer.close()


async def test_janus_survives_a_storm_of_it(own_janus: JanusServer) -> None:
    chance = random.Random(5)  # noqa: S311 - no secret
    janus = psutil.Process(own_janus.pid)
    connection = connection_to(own_janus)
    await connection.open()
    async with Rig(connection, 60) as rig:
        await asyncio.gather(*(comes_and_goes(rig, f"mouth{n}", chance) for n in range(LEAVERS)))
    await connection.close()
    assert own_janus.pid == janus.pid


async def comes_and_goes(rig: Rig, seat: str, chance: random.Random) -> None:
    for _ in range(EACH):
        peer = Peer(Tone(440))
        await peer.accept(await rig.seats.speak("storm", seat, await peer.offer(), muted=False))
        # At any moment of the connecting, which takes about a tenth of a second.
        await asyncio.sleep(chance.random() * 0.15)
        await rig.seats.leave(seat)
        await peer.close()
