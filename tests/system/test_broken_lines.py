"""Every event while the line of whoever sends it is frozen, refused, or open in one direction only,
or ends while the event is being handled: over real sockets, with a real web process.

Afterwards everybody sees the same, nothing is left over, and what somebody gave up is given up if
the server has heard of it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from tests.harness.evening import Evening, PatientApp, become
from tests.harness.line_relay import DOWN, UP
from tests.harness.page_socket import PageSocket
from tests.system.event_cases import CASES, ENDED_BY_ITS_SOCKET, Case, Content, is_over

pytestmark = pytest.mark.server

AT_ONCE = 8
"""So many cases: a busy machine carries each of them through before anybody counts as gone."""


@dataclass
class Trial:
    """A case in a Space of its own."""

    case: Case
    evening: Evening
    content: Content = field(default_factory=dict)
    sent: int = 0
    before: int = 0

    def __str__(self) -> str:
        return f"{self.case.event} of the {self.case.actor}"

    async def begin(self) -> None:
        await self.evening.begin()
        self.content = await self.case.prepare(self.evening)
        self.before = (await self.under_way())["handled"]

    async def sends(self) -> None:
        self.sent = await self.evening.me.send(self.case.event, **self.content)

    def is_done(self, expected: bool) -> None:
        if self.case.done is not None:
            assert self.case.done(self.evening) is expected, f"carried out is not {expected}"

    async def is_unknown_to_the_server(self) -> None:
        """Others are served meanwhile."""
        await self.evening.other.does("lobby.list")
        assert (await self.under_way())["handled"] == self.before
        self.is_done(False)

    async def is_answered(self) -> None:
        """Once."""
        ack = await self.evening.me.ack(self.sent)
        assert ack["ok"], ack
        await self.is_handled()
        self.is_done(True)

    async def under_way(self) -> dict[str, Any]:
        who, event = self.evening.my_id, self.case.event
        return await self.evening.ask("what-is-under-way", person=who, event=event)

    async def has_reached_the_server(self) -> None:
        async def is_there() -> object:
            going = await self.under_way()
            waits = [self.evening.my_id, self.case.event] in going["events"]
            return waits or going["handled"] > self.before

        await become(is_there, True, "reached the server")

    async def is_handled(self) -> None:
        async def handled() -> object:
            return (await self.under_way())["handled"]

        await become(handled, self.before + 1, "handled")

    async def is_gone(self) -> None:
        """A rejoin would take the place of a ghost, and hide it."""
        me = self.evening.my_id

        async def ghosts() -> object:
            there = await self.evening.ask("who-is-present")
            return [me in there["sockets"], [slug for slug, one in there["owners"] if one == me]]

        await become(ghosts, [False, []], "ghosts")

    async def comes_back(self) -> None:
        """Through a new socket; into the Space unless they were in the lobby."""
        evening = self.evening
        await self.is_gone()
        await evening.comes(evening.actor)
        if evening.actor != "visitor":
            await evening.me.call("space.join", slug=evening.slug)

    async def is_sent_again(self, gives_up: bool) -> None:
        """What did not reach the server."""
        ack = await self.evening.me.call(self.case.event, **self.content)
        if gives_up and self.case.event != ENDED_BY_ITS_SOCKET:
            assert ack["ok"], ack
            self.is_done(True)

    async def goes_on(self) -> None:
        """A fresh join is answered, and agrees with the database and with what others see. Later
        events are answered."""
        evening = self.evening
        mine = await evening.me.call("space.join", slug=evening.slug)
        theirs = await evening.other.call("space.join", slug=evening.slug)
        if mine["ok"]:
            told = mine["data"]["space"]
            for seen in ("stage", "listeners", "host"):
                assert told[seen] == theirs["data"]["space"][seen], seen
            assert told["stage"] == [one.model_dump() for one in evening.app.stage(evening.slug)]
            standing = evening.app.standing(evening.slug, evening.my_id)
            assert standing is not None
            assert mine["data"]["me"] == standing.as_event()
        else:
            assert is_over(evening), mine
            assert mine == theirs
        for _ in range(2):  # the first may be refused, and the second must not wait for it
            ack = await evening.me.call(self.case.event, **self.content)
            assert ack["ok"] or ack["error"]["code"] not in ("internal", "unknown_event"), ack


async def frozen(trial: Trial) -> None:
    trial.evening.line.freeze()
    await trial.sends()
    await trial.is_unknown_to_the_server()
    trial.evening.line.mend()
    await trial.is_answered()


async def refused(trial: Trial) -> None:
    evening = trial.evening
    evening.line.freeze(UP)
    await trial.sends()
    evening.line.refuse()
    await evening.comes_in_vain()
    await trial.is_unknown_to_the_server()
    evening.line.mend()
    await trial.comes_back()
    trial.is_done(False)
    await trial.is_sent_again((await events_of(evening))[trial.case.event])


async def one_way(trial: Trial) -> None:
    trial.evening.line.freeze(DOWN)
    await trial.sends()
    await trial.is_handled()
    trial.is_done(True)
    assert not trial.evening.me.is_answered(trial.sent)
    trial.evening.line.drop()
    trial.evening.line.mend()
    await trial.comes_back()


async def ended(trial: Trial) -> None:
    """Afterwards: the socket has ended while the event was waiting."""
    await trial.is_handled()
    trial.is_done((await events_of(trial.evening))[trial.case.event])
    await trial.comes_back()


STATES: dict[str, Callable[[Trial], Awaitable[None]]] = {
    "frozen": frozen,
    "refused": refused,
    "one way": one_way,
    "ended during the wait": ended,
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PatientApp]:
    folder = tmp_path_factory.mktemp("app")
    given = {"flood_factor": 10_000, "speakers_per_space": 5, "host_away_seconds": 600}
    app = PatientApp(None, folder, **given)
    with app:
        yield app


async def events_of(evening: Evening) -> dict[str, bool]:
    """Every event that the server has, and whether it is carried out after its socket's end."""
    return await evening.ask("which-events-exist")


@asynccontextmanager
async def held_up(evening: Evening) -> AsyncIterator[None]:
    """Whatever writes to the database waits, and whatever asks Janus."""
    file = evening.app.folder / "soundcheck.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as other:
        await evening.ask("hold-up", janus="frozen")
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            await evening.ask("hold-up", janus="thawed")


@asynccontextmanager
async def trials(app: PatientApp) -> AsyncIterator[list[Trial]]:
    """All cases at once, each in its own Space. In the end nothing may be left of any."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        all_of_them = [
            Trial(case, Evening(app, client, case.actor, case.witness)) for case in CASES
        ]
        for trial in all_of_them:
            trial.evening.invite()
        try:
            await each(Trial.begin, all_of_them)
            yield all_of_them
            evenings = [trial.evening for trial in all_of_them]
            await hosts_are_there(app, evenings)
            await presence_is_open_sockets(app, evenings)
            await nothing_is_left(app, evenings)
        finally:
            for trial in all_of_them:
                await trial.evening.end()
    log = app.log.read_text(errors="replace")
    assert "Traceback" not in log, log[log.index("Traceback") - 300 :][:3000]


async def each(do: Callable[[Trial], Awaitable[None]], many: list[Trial]) -> None:
    """`do` for all of them, some at once; fails with the names of those that failed."""
    places = asyncio.Semaphore(AT_ONCE)

    async def in_turn(trial: Trial) -> None:
        async with places:
            await do(trial)

    results = await asyncio.gather(*map(in_turn, many), return_exceptions=True)
    faults = []
    for trial, result in zip(many, results, strict=True):
        if isinstance(result, Exception):
            result.add_note(f"in the case of {trial}")
            faults.append(result)
    if faults:
        raise ExceptionGroup("cases", faults)


def sockets_of(evenings: list[Evening]) -> dict[str, PageSocket]:
    """By person id."""
    return {s.visitor.id: s for evening in evenings for s in evening.sockets.values()}


async def hosts_are_there(app: PatientApp, evenings: list[Evening]) -> None:
    """Whoever has opened a Space goes to it, as their page does: until then they count as present
    without a socket in it."""
    there = (await evenings[0].ask("who-is-present"))["owners"]
    for slug, host in app.live():
        if [slug, host] not in there:
            socket = sockets_of(evenings)[host]
            await socket.call("space.leave")
            await socket.does("space.join", slug=slug)


async def presence_is_open_sockets(app: PatientApp, evenings: list[Evening]) -> None:
    ask = evenings[0].ask
    open_sockets = sorted(sockets_of(evenings))

    async def look() -> object:
        there = await ask("who-is-present")
        going = (await ask("what-is-under-way"))["events"]
        return [going, there["sockets"], there["owners"] == app.present()]

    await become(look, [[], open_sockets, True], "at rest")


async def nothing_is_left(app: PatientApp, evenings: list[Evening]) -> None:
    """Of anybody, once their Spaces and their sockets have ended."""
    ask = evenings[0].ask
    for _slug, host in app.live():
        await sockets_of(evenings)[host].does("hosting.end")
    for evening in evenings:
        await evening.end()
    nobody: dict[str, object] = {"sockets": [], "owners": []}
    await become(lambda: ask("who-is-present"), nobody, "presence")

    async def held() -> object:
        told = await ask("what-is-under-way")
        return [told["seats"], told["participants"]]

    await become(held, [[], []], "seats")


async def test_every_event_has_a_case(app: PatientApp) -> None:
    async with aiohttp.ClientSession() as client:
        known = await events_of(Evening(app, client, "host", "listener"))
    assert {case.event for case in CASES} == set(known)
    seen = {case.event for case in CASES if case.done} | {ENDED_BY_ITS_SOCKET}
    assert {name for name, after_disconnect in known.items() if after_disconnect} <= seen


@pytest.mark.parametrize("state", STATES)
async def test_every_event_on_a_broken_line(app: PatientApp, state: str) -> None:
    async def goes_through(trial: Trial) -> None:
        await STATES[state](trial)
        await trial.goes_on()

    async with trials(app) as all_of_them:
        if state == "ended during the wait":
            await end_while_they_wait(all_of_them)
        await each(goes_through, all_of_them)


async def end_while_they_wait(all_of_them: list[Trial]) -> None:
    """All at once: what holds one up holds up all."""
    first, gone = all_of_them[0].evening, {trial.evening.my_id for trial in all_of_them}

    async def none_of_them() -> object:
        return gone & set((await first.ask("who-is-present"))["sockets"])

    async with held_up(first):
        await each(Trial.sends, all_of_them)
        await each(Trial.has_reached_the_server, all_of_them)
        for trial in all_of_them:
            trial.evening.line.drop()
        await become(none_of_them, set(), "still connected")
