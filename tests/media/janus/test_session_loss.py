"""Janus, or the wire to it, goes away: what is told, what goes on, and that nothing hangs."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

import psutil
import pytest

from media.errors import JanusRefused, JanusUnreachable, SoundError
from media.events import Connected, Lost, SoundDown, SoundUp
from media.janus import audiobridge, streaming
from media.janus.session import JanusConnection, Timing
from media.janus.transport import Transport
from script.servers.janus import JanusServer
from tests.media.cuttable_proxy import Wire
from tests.media.peers import RATE, longest_silence
from tests.media.rig import NOTHING, Rig, connection_to, eventually

pytestmark = pytest.mark.server

T = TypeVar("T")
MOST = 3.0  # seconds within which every request must have ended, whatever happens


@pytest.fixture
async def wired(own_janus: JanusServer, quick: Timing) -> AsyncIterator[tuple[Rig, Wire]]:
    """Seats on a Janus behind a wire that can be cut."""
    async with Wire(own_janus.port) as wire:
        connection = connection_to(own_janus, quick, wire.url)
        async with Rig(connection) as rig:
            await connection.open()
            yield rig, wire
        await connection.close()


async def within(work: Awaitable[T]) -> T:
    async with asyncio.timeout(MOST):
        return await work


async def test_a_wire_that_breaks_is_not_noticed(wired: tuple[Rig, Wire], mix: str) -> None:
    rig, wire = wired
    ear = await rig.hear(mix, "ear")
    await rig.sound(mix, "mouth", 440)
    await ear.hears(440)
    told = list(rig.events)
    start = ear.samples
    handles = (await rig.seats.audit()).handles
    wire.break_all()
    await eventually(lambda: asyncio.sleep(0, wire.passed_on), wanted=2)
    await eventually(lambda: is_up(rig), wanted=True)
    await rig.seats.mute("mouth", muted=False)
    await ear.more(RATE // 2)
    assert longest_silence(ear.heard(start)) < 0.1
    assert [event for event in rig.events[len(told) :] if isinstance(event, Lost)] == []
    assert (await rig.seats.audit()).handles == handles


async def test_who_leaves_while_the_wire_is_broken_is_gone_when_it_is_mended(
    wired: tuple[Rig, Wire], mix: str
) -> None:
    rig, wire = wired
    await rig.listen(mix, "ear")
    wire.hold()
    await eventually(lambda: is_up(rig), wanted=False)
    await within(rig.seats.leave("ear"))
    wire.release()
    await eventually(lambda: is_up(rig), wanted=True)
    assert SoundDown() not in rig.events
    await rig.settles(NOTHING)


async def test_janus_killed_and_started_again(
    wired: tuple[Rig, Wire], own_janus: JanusServer, mix: str
) -> None:
    rig, wire = wired
    await rig.sound(mix, "mouth", 440)
    await rig.told(Connected("mouth"))
    assert own_janus.pid is not None
    os.kill(own_janus.pid, signal.SIGKILL)
    await wire.cut()
    await within(rig.told(SoundDown()))
    assert rig.seats.seats() == {}
    with pytest.raises(JanusUnreachable):
        await within(rig.seats.listen(mix, "ear"))
    own_janus.restart()
    await wire.mend()
    await within(rig.told(SoundUp(), times=2))
    ear = await rig.hear(mix, "ear")
    await rig.sound(mix, "mouth", 440)
    await ear.hears(440)


async def test_a_request_under_way_ends_with_janus(own_janus: JanusServer, mix: str) -> None:
    """At once, and not only when its time is over."""
    connection = connection_to(own_janus, Timing(request=60))
    async with Rig(connection) as rig:
        await connection.open()
        await rig.mixes.open(mix)
        assert own_janus.pid is not None
        await stand_still(own_janus.pid)
        asking = asyncio.create_task(rig.seats.listen(mix, "ear"))
        os.kill(own_janus.pid, signal.SIGKILL)
        with pytest.raises(SoundError):
            await within(asking)
        assert rig.seats.seats() == {}
    await connection.close()


async def test_a_janus_that_stands_still_is_waited_for(
    wired: tuple[Rig, Wire], own_janus: JanusServer, mix: str
) -> None:
    rig, _ = wired
    ear = await rig.hear(mix, "ear")
    await rig.sound(mix, "mouth", 440)
    await ear.hears(440)
    assert own_janus.pid is not None
    await stand_still(own_janus.pid)
    try:
        with pytest.raises(JanusUnreachable):
            await within(rig.seats.mute("mouth", muted=True))
        await eventually(lambda: is_up(rig), wanted=False)
        with pytest.raises(JanusUnreachable):
            await within(rig.seats.listen(mix, "late"))
    finally:
        os.kill(own_janus.pid, signal.SIGCONT)
    await eventually(lambda: is_up(rig), wanted=True)
    assert SoundDown() not in rig.events
    assert set(rig.seats.seats()) == {"ear", "mouth"}
    await rig.seats.mute("mouth", muted=False)
    await ear.hears(440, ear.samples)


async def test_a_janus_session_that_janus_ended_is_made_anew(
    wired: tuple[Rig, Wire], own_janus: JanusServer, mix: str
) -> None:
    rig, _ = wired
    await rig.listen(mix, "ear")
    await destroy_janus_sessions(own_janus)
    await within(rig.told(SoundDown()))
    await within(rig.told(SoundUp(), times=2))
    await rig.listen(mix, "ear")
    await rig.told(Connected("ear"))
    await rig.seats.leave("ear")
    await rig.settles(NOTHING)


async def test_handle_attached_unnoticed_is_given_up_after_a_claim(
    wired: tuple[Rig, Wire], mix: str
) -> None:
    """As when the answer to its attach was lost with the connection."""
    rig, wire = wired
    assert isinstance(rig.connection, JanusConnection)
    await rig.listen(mix, "ear")
    ours = await rig.connection.handles()
    await rig.connection.call({"janus": "attach", "plugin": streaming.PLUGIN})
    assert len(await rig.connection.handles()) == len(ours) + 1
    wire.break_all()
    await eventually(rig.connection.handles, ours)
    assert rig.seats.holds("ear")


async def test_a_janus_that_comes_late_is_found(quick: Timing, mix: str) -> None:
    with JanusServer() as janus:
        async with Wire(janus.port) as wire:
            await wire.cut()
            connection = connection_to(janus, quick, wire.url)
            async with Rig(connection) as rig:
                with pytest.raises(JanusUnreachable):
                    await within(connection.open())
                await wire.mend()
                await within(rig.told(SoundUp()))
                assert (await rig.mixes.open(mix)).name == mix
            await connection.close()


async def test_a_wrong_secret_is_named(janus: JanusServer, quick: Timing) -> None:
    connection = JanusConnection(janus.url, "guessed", janus.admin_key, timing=quick)
    with pytest.raises(JanusRefused) as refused:
        await within(connection.open())
    assert refused.value.code == 403
    await within(connection.close())


async def test_closing_ends_the_janus_session(janus: JanusServer, mix: str) -> None:
    connection = connection_to(janus)
    states: list[str] = []
    connection.on_state(states.append)
    await connection.open()
    await connection.attach("janus.plugin.streaming", lambda _: None)
    assert len(await connection.handles()) == 1
    await connection.close()
    assert states == ["up"]
    with pytest.raises(JanusUnreachable):
        await connection.attach("janus.plugin.streaming", lambda _: None)


async def test_janus_survives_whoever_leaves_while_joining(
    own_janus: JanusServer, mix: str
) -> None:
    """Janus 1.1.2 crashes when a handle is detached while it negotiates: ours waits."""
    connection = connection_to(own_janus)
    async with Rig(connection) as rig:
        await connection.open()
        await rig.mixes.open(mix)
        offer = await rig.peer(440).offer()
        for number in range(120):
            handle = await connection.attach(audiobridge.PLUGIN, lambda _: None)
            join = audiobridge.join(handle, mix, f"{number}", offer, muted=False)
            joining = asyncio.create_task(join)
            for _ in range(number % 40):
                await asyncio.sleep(0)
            joining.cancel()
            await handle.detach()
        await eventually(lambda: rig.mixes.bridge.participants(mix), wanted=())
        assert own_janus.pid is not None
    await connection.close()


async def test_no_secret_is_ever_logged(
    janus: JanusServer, mix: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    connection = connection_to(janus)
    async with Rig(connection) as rig:
        await connection.open()
        await rig.listen(mix, "ear")
        await rig.seats.audit()
    await connection.close()
    assert not [said for said in caplog.records if said.name.startswith("websockets")]
    for secret in (janus.api_secret, janus.admin_key, janus.admin_secret):
        assert secret not in caplog.text
        assert secret not in repr(janus.secrets)


async def stand_still(pid: int) -> None:
    """Stop a process; it takes a moment until all its threads are."""
    os.kill(pid, signal.SIGSTOP)
    process = psutil.Process(pid)
    await eventually(lambda: asyncio.sleep(0, process.status()), wanted=psutil.STATUS_STOPPED)


async def is_up(rig: Rig) -> bool:
    return rig.connection.up


async def destroy_janus_sessions(janus: JanusServer) -> None:
    """As an operator could."""
    admin = Transport(
        janus.admin_url,
        subprotocol="janus-admin-protocol",
        open_timeout=1,
        on_message=lambda _: None,
        on_lost=lambda: None,
    )
    await admin.connect()
    ask = {"admin_secret": janus.admin_secret}
    replies = frozenset({"success", "error"})
    listed = await admin.exchange({"janus": "list_sessions", **ask}, replies, 1)
    for number in listed["sessions"]:
        message = {"janus": "destroy_session", "session_id": number, **ask}
        await admin.exchange(message, replies, 1)
    await admin.shut()
