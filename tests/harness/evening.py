"""Spaces in the middle of an evening, each with one person whose line to the server can break."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import aiohttp

from tests.harness.line_relay import Line
from tests.harness.page_socket import PageSocket
from tests.harness.server import RunningApp, Visitor
from tests.harness.session_descriptions import recorded
from tests.harness.waits import PATIENCE

OFFER, ANSWER = (
    "".join(x for x in recorded(name).splitlines(keepends=True) if "candidate" not in x)
    for name in ("chromium-offer", "chromium-answer")
)
"""Without candidates: no connection comes about, nor fails, while the test goes on."""

NUMBERS = count(1)
"""No name is taken twice."""


class PatientApp(RunningApp):
    """With a Janus in memory, and ways to ask what is under way: see
    `tests.harness.served_process`."""

    program = ("-m", "tests.harness.served_process", "patient")

    def asking(self, slug: str) -> list[str]:
        """Ids of those who wait for the stage, as the database has it."""
        return [one.id for one in self._core.stage.queue(slug)]

    def live(self) -> list[tuple[str, str]]:
        """Slug and host's id of every live Space, as the database has it."""
        return [(space.slug, host.id) for space, host in self._core.spaces.hosted()]

    def present(self) -> list[list[str]]:
        """Slug and person id of everybody in a live Space, as the database has it."""
        return sorted([one.slug, person.id] for one, person in self._core.spaces.present())


@dataclass
class Evening:
    """One Space. `actor` is the role of whose line breaks: `line` is theirs alone. `witness` is the
    role of somebody else, whose line is good. There is always a host; on stage may be a `speaker`
    with a seat on the bridge, beside the stage a `listener`, in the queue an `asker`, and in the
    lobby a `visitor`."""

    app: PatientApp
    client: aiohttp.ClientSession
    actor: str
    witness: str
    line: Line = field(default_factory=Line)
    slug: str = ""
    people: dict[str, Visitor] = field(default_factory=dict)
    sockets: dict[str, PageSocket] = field(default_factory=dict)

    def invite(self) -> None:
        """Before anybody begins: this process and the server would wait for each other."""
        for role in dict.fromkeys(("host", self.actor, self.witness)):
            self.people[role] = self.app.person(f"{role} {next(NUMBERS)}", followers=1200)

    async def begin(self) -> None:
        self.line.target = self.app.port
        await self.line.begin()
        mine = f"http://127.0.0.1:{self.line.port}"
        self.people[self.actor] = replace(self.people[self.actor], base_url=mine)
        for role in self.people:
            await self.comes(role)
        self.slug = (await self["host"].does("hosting.open", title="Evening"))["slug"]
        for role in self.people:
            if role != "visitor":
                await self[role].does("space.join", slug=self.slug)
            await self._become(role)

    async def _become(self, role: str) -> None:
        socket = self[role]
        if role in ("speaker", "asker"):
            await socket.does("speaking.request")
        if role == "speaker":
            await self["host"].does("hosting.accept", person=self.id_of(role))
            await socket.does("stage.offer", sdp=OFFER)
        if role == "listener":
            seat = (await socket.does("listening.warm"))["seat"]
            await socket.does("listening.answer", seat=seat, sdp=ANSWER)
            await socket.does("listening.start")

    def __getitem__(self, role: str) -> PageSocket:
        return self.sockets[role]

    @property
    def me(self) -> PageSocket:
        """The socket of whose line breaks."""
        return self.sockets[self.actor]

    @property
    def my_id(self) -> str:
        return self.people[self.actor].id

    @property
    def other(self) -> PageSocket:
        """The socket of the witness."""
        return self.sockets[self.witness]

    def id_of(self, role: str) -> str:
        return self.people[role].id

    async def comes(self, role: str) -> None:
        """A new socket."""
        self.sockets[role] = await PageSocket(self.client, self.people[role]).open()

    async def comes_in_vain(self) -> None:
        """Tries to come while the line is refused."""
        with suppress(aiohttp.ClientError, ConnectionError):
            await self.comes(self.actor)
            raise AssertionError("the line was not refused")

    async def end(self) -> None:
        for socket in self.sockets.values():
            await socket.vanish()
        await self.line.end()

    async def ask(self, what: str, **query: str) -> dict[str, Any]:
        """What the server tells tests of itself."""
        url = f"{self.app.base_url}/{what}"
        async with self.client.get(url, params=query) as answer:
            told: dict[str, Any] = await answer.json()
            return told


async def become(ask: Callable[[], Awaitable[object]], wanted: object, what: str) -> None:
    """Waits until the answer is what is wanted."""
    told: object = None
    try:
        async with asyncio.timeout(PATIENCE):
            while (told := await ask()) != wanted:
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{what}: {told} instead of {wanted}") from None
