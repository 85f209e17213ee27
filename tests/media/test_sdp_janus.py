"""10,000 mutated descriptions against a real Janus: nobody waits, and nothing goes on running."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, suppress

import psutil
import pytest

from media.errors import JanusRefused
from media.interfaces import Handle, Message
from media.janus import audiobridge
from media.janus.audiobridge import Bridge
from media.janus.session import JanusConnection
from media.sdp import MalformedSdp, SanitizedSdp, sanitize_sdp
from script.servers.janus import JanusServer
from tests.harness.session_descriptions import mutations, recorded
from tests.media.rig import connection_to

pytestmark = pytest.mark.server

SEED, MUTATIONS = 7, 10_000
HANDLES = 4
FRESH_EVERY = 100
"""Of so many that are accepted, one is the first offer of a new handle; the rest are restarts."""

MOST_SECONDS = 0.1
"""Within which others are answered, beyond what Janus' core takes at the same moment: that one
waits for a busy machine as well, and for no plugin."""

IDLE_SHARE = 0.2  # of a core
PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def victim() -> Iterator[JanusServer]:
    with JanusServer() as server:
        yield server


@pytest.fixture
def bystander() -> Iterator[JanusServer]:
    """A Janus that nobody attacks."""
    with JanusServer() as server:
        yield server


@asynccontextmanager
async def connected(janus: JanusServer) -> AsyncIterator[JanusConnection]:
    connection = connection_to(janus)
    await connection.open()
    try:
        yield connection
    finally:
        await connection.close()


def ignore(_: Message) -> None:
    """What handles tell."""


async def joined(connection: JanusConnection, room: str, name: str) -> Handle:
    handle = await connection.attach(audiobridge.PLUGIN, ignore)
    offer = sanitize_sdp(recorded("chromium-offer"))
    await audiobridge.join(handle, room, name, offer, muted=True)
    return handle


def accepted() -> list[SanitizedSdp]:
    """What reaches Janus of all the mutations."""
    written = []
    for text in mutations(SEED, MUTATIONS):
        with suppress(MalformedSdp):
            written.append(sanitize_sdp(text))
    return written


async def probe(janus: JanusServer, delays: list[float]) -> None:
    """Somebody else, who asks the AudioBridge and Janus' core, again and again. What is asked must
    be answered by the thread that reads everybody's offers (``media.janus.health``)."""
    async with connected(janus) as connection:
        handle = await connection.attach(audiobridge.PLUGIN, ignore)
        while True:
            core = asyncio.create_task(timed(connection.call({"janus": "keepalive"}, {"ack"})))
            plugin = await timed(refused(handle.request({"request": "configure"})))
            delays.append(plugin - await core)
            await asyncio.sleep(0.01)


async def refused(work: Awaitable[object]) -> None:
    with pytest.raises(JanusRefused):
        await work


async def timed(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def offer_all(connection: JanusConnection, room: str, offers: list[SanitizedSdp]) -> None:
    waiting = iter(enumerate(offers))

    async def restarts(handle: Handle) -> None:
        for number, offer in waiting:
            with suppress(JanusRefused):
                if number % FRESH_EVERY == 0:
                    fresh = await connection.attach(audiobridge.PLUGIN, ignore)
                    await audiobridge.join(fresh, room, f"fresh{number}", offer, muted=True)
                else:
                    await audiobridge.renegotiate(handle, offer)

    handles = [await joined(connection, room, f"handle{number}") for number in range(HANDLES)]
    await asyncio.gather(*(restarts(handle) for handle in handles))


async def test_mutated_offers_hold_nobody_up(victim: JanusServer, bystander: JanusServer) -> None:
    offers = accepted()
    assert len(offers) > 1_000, "else hardly anything reaches Janus"
    delays: list[float] = []
    undisturbed: list[float] = []
    prober = asyncio.create_task(probe(victim, delays))
    comparison = asyncio.create_task(probe(bystander, undisturbed))
    async with connected(victim) as connection:
        await Bridge(connection).create("mutated")
        await offer_all(connection, "mutated", offers)
        prober.cancel()
        comparison.cancel()
        assert (await asyncio.wait([prober]))[0].pop().cancelled(), "the prober was answered always"
        await asyncio.wait([comparison])
    assert len(delays) > 50
    # A busy machine holds up both.
    assert max(delays) <= MOST_SECONDS + max(undisturbed)
    await becomes_idle(victim)


async def becomes_idle(janus: JanusServer) -> None:
    """Waits for a second in which Janus uses hardly any CPU."""
    process = psutil.Process(janus.pid)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (share := await asyncio.to_thread(process.cpu_percent, 1.0) / 100) > IDLE_SHARE:
        assert time.monotonic() < deadline, f"Janus still uses {share:.0%} of a core"
