"""A thousand joins, reloads and deaths, while the database keeps everybody waiting now and then: in
the end those are present who have an open socket, and nobody else."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from tests.harness.databases import made, postgresql_server
from tests.harness.server import RunningApp, Visitor
from tests.harness.waits import eventually
from webapp.infra.database import Database
from webapp.spaces.models import Participant, Space

pytestmark = pytest.mark.server

PEOPLE = 20
LIVES = 50
"""Of each of them: a thousand in all."""

DELAYS = (0.0, 0.005, 0.02, 0.1, 0.25)
"""Seconds from a join to the end of its socket."""

CONNECTING_SECONDS = 10.0

HELD_SECONDS, FREE_SECONDS = 0.15, 0.1
"""The database keeps writers waiting, and lets them through, in turns."""

Lock = Callable[[], object]


class Socket:
    """One page's socket, without the browser: it is closed without a word."""

    def __init__(self, client: aiohttp.ClientSession, visitor: Visitor) -> None:
        self._client = client
        self.visitor = visitor
        self._numbers = iter(range(1, 1000))
        self._came: asyncio.Queue[str | None] = asyncio.Queue()
        self._reading: asyncio.Task[None] | None = None

    async def open(self, slug: str) -> Socket:
        address = f"{self.visitor.base_url}/socket.io/?EIO=4&transport=websocket"
        self._ws = await self._client.ws_connect(address, headers=self.visitor.header)
        self._reading = asyncio.create_task(self._read())
        await self._ws.send_str("40" + json.dumps({"slug": slug}))
        await self._until("40")
        return self

    async def send(self, event: str, **content: Any) -> int:
        """Sends an event and waits for nothing. Returns the number of its answer."""
        number = next(self._numbers)
        await self._ws.send_str(f"42{number}" + json.dumps([event, content]))
        return number

    async def call(self, event: str, **content: Any) -> dict[str, Any]:
        number = await self.send(event, **content)
        said = await self._until(f"43{number}[")
        ack: dict[str, Any] = json.loads(said[len(f"43{number}") :])[0]
        return ack

    async def vanish(self) -> None:
        if self._reading is None:
            return
        self._reading.cancel()
        connection = self._ws._response.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()
        with suppress(aiohttp.ClientError, RuntimeError):
            await self._ws.close()

    async def _until(self, start: str) -> str:
        while (said := await self._came.get()) is not None:
            if said.startswith(start):
                return said
        raise ConnectionError(f"the socket of {self.visitor.name} was closed by the server")

    async def _read(self) -> None:
        """Answers pings, also while nobody waits for anything."""
        async for message in self._ws:
            if message.data == "2":
                await self._ws.send_str("3")
            else:
                self._came.put_nowait(str(message.data))
        self._came.put_nowait(None)


async def opened(client: aiohttp.ClientSession, visitor: Visitor, slug: str) -> Socket:
    """A socket that is connected. A database that keeps everybody waiting may refuse one: the page
    comes again."""
    while True:
        page = Socket(client, visitor)
        try:
            async with asyncio.timeout(CONNECTING_SECONDS):
                return await page.open(slug)
        except (TimeoutError, aiohttp.ClientError, ConnectionError):
            await page.vanish()


class StormApp(RunningApp):
    """With a Janus in memory. `url` is the database's."""

    program = ("-m", "tests.harness.served_process")

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(
            None,
            folder,
            database_url=url,
            flood_factor=10_000,
            host_away_seconds=1,
            host_arrival_seconds=1,
            ending_seconds=1,
        )
        self.db = Database(url)

    def presence(self) -> dict[str, Any]:
        with urllib.request.urlopen(  # noqa: S310
            f"{self.base_url}/who-is-present", timeout=30
        ) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def present(self) -> list[tuple[str, str]]:
        """Slug and person id of everybody in a live Space, as the database has it."""
        query = select(Participant.slug, Participant.person_id).join(
            Space, Space.slug == Participant.slug
        )
        with self.db.reading() as db_session:
            found = db_session.execute(query.where(Space.ended_at.is_(None), Participant.present))
            return sorted((row[0], row[1]) for row in found)

    def live(self) -> list[str]:
        with self.db.reading() as db_session:
            return list(db_session.scalars(select(Space.slug).where(Space.ended_at.is_(None))))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgresql_server(tmp_path_factory.mktemp("postgresql")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def storm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[StormApp, Lock, Lock]]:
    if request.param == "sqlite":
        file = tmp_path / "soundcheck.sqlite3"
        app = StormApp(tmp_path, f"sqlite:///{file}")
        connection = sqlite3.connect(
            file, isolation_level=None, check_same_thread=False, timeout=30
        )
        take = lambda: connection.execute("BEGIN IMMEDIATE")  # noqa: E731
        give = lambda: connection.execute("ROLLBACK")  # noqa: E731
        close = connection.close
    else:
        app = StormApp(tmp_path, made(request.getfixturevalue("server"), "storm"))
        raw = app.db.engine.raw_connection()
        take = lambda: raw.cursor().execute("LOCK TABLE participants IN EXCLUSIVE MODE")  # noqa: E731
        give, close = raw.rollback, raw.close
    with app:
        yield app, take, give
    close()
    app.db.close()


@contextmanager
def busy(take: Lock, give: Lock) -> Iterator[None]:
    """Another process writes again and again, for a while each time."""
    over = threading.Event()

    def hold() -> None:
        while not over.wait(FREE_SECONDS):
            take()
            over.wait(HELD_SECONDS)
            give()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


async def live_through(
    client: aiohttp.ClientSession, chance: random.Random, visitor: Visitor, slug: str
) -> None:
    """Page after page of one person: each joins, some leave, and all end without a word. Two of
    them overlap now and then, as with a reload."""
    before: Socket | None = None
    for _ in range(LIVES):
        page = await opened(client, visitor, slug)
        await page.send("space.join", slug=slug)
        if before is not None:
            await before.vanish()
            before = None
        await asyncio.sleep(chance.choice(DELAYS))
        if chance.random() < 0.3:
            await page.send("space.leave")
        if chance.random() < 0.3:
            before = page
        else:
            await page.vanish()
    if before is not None:
        await before.vanish()


async def test_presence_is_open_sockets(storm: tuple[StormApp, Lock, Lock]) -> None:
    app, take, give = storm
    chance = random.Random(1)  # noqa: S311
    host = app.person("Hana", followers=1200)
    gone = app.person("Gwen", followers=1200)
    people = [app.person(f"Lou {number}", "beta") for number in range(PEOPLE)]
    staying = people[: PEOPLE // 2]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        hosting = await opened(client, host, "lobby")
        slug = (await hosting.call("hosting.open", title="Storm"))["data"]["slug"]
        assert (await hosting.call("space.join", slug=slug))["ok"]
        with busy(take, give):
            lives = [
                live_through(client, random.Random(chance.random()), one, slug)  # noqa: S311
                for one in people
            ]
            await asyncio.gather(*lives, dying_hosts(client, gone))
        open_sockets = [await opened(client, one, slug) for one in staying]
        for socket in open_sockets:
            joined = await socket.call("space.join", slug=slug)
            assert joined["ok"], joined
            started = await socket.call("listening.start")
            assert started["ok"], started
        here = sorted([host.id, *(one.id for one in staying)])
        owners = sorted([slug, one] for one in here)
        presence = {"sockets": here, "owners": owners}
        told: list[Any] = []

        def settled() -> bool:
            told[:] = [app.presence(), app.present(), app.live()]
            return told == [presence, [tuple(one) for one in owners], [slug]]

        await eventually(settled, "presence to be open sockets")
        for socket in [hosting, *open_sockets]:
            await socket.vanish()


async def dying_hosts(client: aiohttp.ClientSession, host: Visitor) -> None:
    """Spaces whose host's socket ends while they are coming in: they must end by themselves."""
    lobby = await opened(client, host, "lobby")
    ack = await lobby.call("hosting.open", title="Nobody")
    await lobby.vanish()
    for delay in DELAYS * 4:
        page = await opened(client, host, ack["data"]["slug"])
        await page.send("space.join", slug=ack["data"]["slug"])
        await asyncio.sleep(delay)
        await page.vanish()
