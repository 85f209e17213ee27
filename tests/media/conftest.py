from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator

import pytest

from media.janus.session import JanusConnection, Timing
from script.servers.janus import JanusServer
from tests.fakes.janus import TwinJanus
from tests.harness.janus import janus
from tests.media.rig import Rig, connection_to

__all__ = ["janus"]

NUMBERS = itertools.count(1)


@pytest.fixture
def mix() -> str:
    """A name that no other test has."""
    return f"mix{next(NUMBERS):05d}"


@pytest.fixture(params=["twin", "janus"])
async def connection(
    request: pytest.FixtureRequest,
) -> AsyncIterator[TwinJanus | JanusConnection]:
    """An open connection: to the twin, and to a real Janus. What passes with one must with both."""
    if request.param == "twin":
        made: TwinJanus | JanusConnection = TwinJanus()
    else:
        made = connection_to(request.getfixturevalue("janus"))
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def rig(connection: TwinJanus | JanusConnection) -> AsyncIterator[Rig]:
    """Mixes and seats on both."""
    async with Rig(connection) as made:
        yield made


@pytest.fixture
async def twin() -> AsyncIterator[Rig]:
    """Mixes and seats on the twin only."""
    janus_twin = TwinJanus(request_timeout=0.2)
    async with Rig(janus_twin) as made:
        await janus_twin.open()
        yield made


@pytest.fixture
async def real(janus: JanusServer) -> AsyncIterator[Rig]:
    """Mixes and seats on a real Janus only."""
    connection = connection_to(janus)
    async with Rig(connection) as made:
        await connection.open()
        yield made
    await connection.close()


@pytest.fixture
def own_janus() -> Iterator[JanusServer]:
    """A Janus that the test may kill."""
    with JanusServer() as server:
        yield server


@pytest.fixture
def quick() -> Timing:
    """Time limits for tests in which Janus fails."""
    return Timing(request=0.4, keepalive=0.2, reclaim=5.0, backoff_first=0.02, backoff_most=0.1)
