"""A process ends and another one takes its seats up, on the twin and on a real Janus."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from media.events import Lost, Talking
from media.janus import audiobridge, streaming
from media.janus.admin import Admin
from media.janus.session import JanusConnection
from script.servers.janus import JanusServer
from tests.fakes.janus import TwinJanus
from tests.media.peers import PATIENCE, RATE, Peer, longest_silence
from tests.media.rig import LINGER, NOTHING, Rig, connection_to, eventually

pytestmark = pytest.mark.contract

LONGEST_HOLE = 0.4
"""Seconds. Less than nobody serves meanwhile; a busy machine makes holes of its own."""


class Line:
    """One process after the other, on one Janus: `now` is the one that serves."""

    def __init__(self, made: TwinJanus | JanusServer, ends: AsyncExitStack) -> None:
        self._made = made
        self._ends = ends
        self._connection: TwinJanus | JanusConnection | None = None
        self._resume: int | None = None

    async def next(self, *, linger: float = LINGER) -> Rig:
        """The process before ends, if there is one, and another begins."""
        await self.part()
        after: TwinJanus | JanusConnection
        if isinstance(self._made, TwinJanus):
            after = self._made
        else:
            after = connection_to(self._made, resume=self._resume)
        self._connection = after
        rig = Rig(after, linger)
        self._ends.push_async_exit(rig)
        await after.open()
        await rig.seats.take_up()
        return rig

    async def part(self) -> None:
        """The process ends, and nobody serves."""
        before, self._connection = self._connection, None
        if before is not None:
            self._resume = before.janus_session
            await before.part()

    async def connected(self) -> None:
        """Wait until Janus itself says so of every seat; its event comes a moment before."""
        if isinstance(self._made, JanusServer):
            assert isinstance(self._connection, JanusConnection)
            admin = Admin(self._made.admin_url, self._made.admin_secret, PATIENCE)
            number = self._connection.janus_session

            async def waiting() -> list[str]:
                held = await admin.held(number)
                return [one.label for one in held if one.label and not one.info["started"]]

            await eventually(waiting, [])

    async def end(self) -> None:
        if self._connection is not None:
            await self._connection.close()


@pytest.fixture(params=["twin", "janus"])
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    janus = request.param == "janus"
    async with AsyncExitStack() as ends:
        line = Line(request.getfixturevalue("janus") if janus else TwinJanus(), ends)
        ends.push_async_callback(line.end)
        yield line


async def test_seats_are_as_they_were(line: Line, mix: str) -> None:
    rig = await line.next(linger=60)
    await rig.listen(mix, "ear")
    await rig.listen(mix, "warm", paused=True)
    await rig.speak(mix, "mouth")
    await rig.speak(mix, "silent", muted=True)
    await line.connected()
    before = {
        seat_id: (seat.role, seat.paused, seat.muted, seat.participant)
        for seat_id, seat in rig.seats.seats().items()
    }
    heirs = await line.next()
    after = {
        seat_id: (seat.role, seat.paused, seat.muted, seat.participant)
        for seat_id, seat in heirs.seats.seats().items()
    }
    assert after == before
    assert all(seat.connected for seat in heirs.seats.seats().values())
    assert heirs.mixes.names() == (mix,)
    assert not [event for event in heirs.events if isinstance(event, Lost)]


async def test_the_loss_that_is_expected_is_known(line: Line, mix: str) -> None:
    rig = await line.next(linger=60)
    await rig.seats.speak(mix, "mouth", await repeating(rig), muted=False)
    await rig.seats.lost("mouth", 0.12)
    heirs = await line.next()
    assert heirs.seats.seats()["mouth"].expected_loss == 10


@pytest.mark.parametrize(("share", "expected"), [(0, 1), (0.2, 5)])
async def test_what_listeners_miss_is_expected_of_the_next_mix(
    line: Line, mix: str, share: float, expected: int
) -> None:
    """A speaker who says nothing of it has what the room has."""
    rig = await line.next(linger=60)
    await rig.listen(mix, "ear")
    for _ in range(20):
        await rig.seats.lost("ear", share)
    await rig.mixes.close(mix)
    await rig.mixes.open(mix)
    handle = await rig.connection.attach(audiobridge.PLUGIN, lambda _: None, "mouth")
    joining = {"request": "join", "room": mix, "id": "mouth", "muted": True}
    await handle.request(joining, {"type": "offer", "sdp": await repeating(rig)})
    heirs = await line.next()
    assert heirs.seats.seats()["mouth"].expected_loss == expected


async def repeating(rig: Rig) -> str:
    """The offer of a browser that understands packets which repeat the one before."""
    offer = await rig.peer(440).offer()
    return re.sub(r"(a=rtpmap:(\d+) opus/.*)", r"\1\r\na=fmtp:\2 useinbandfec=1", offer)


async def test_every_control_works_and_nothing_is_left(line: Line, mix: str) -> None:
    rig = await line.next(linger=60)
    await rig.listen(mix, "ear")
    await rig.speak(mix, "mouth")
    await line.connected()
    heirs = await line.next()
    await heirs.seats.pause("ear")
    await heirs.seats.start("ear")
    await heirs.seats.mute("mouth", muted=True)
    [participant] = (await heirs.seats.audit()).rooms[mix]
    assert participant.muted
    assert (await heirs.seats.audit()).handles == 2
    await heirs.seats.leave("ear")
    await heirs.seats.leave("mouth")
    await heirs.seats.leave_mix(mix)
    await heirs.settles(NOTHING)


async def test_what_was_not_finished_is_given_up(line: Line, mix: str) -> None:
    """An offer that nobody answers any more, and handles that are nobody's seat."""
    rig = await line.next(linger=60)
    await rig.seats.listen(mix, "half")
    await rig.connection.attach(audiobridge.PLUGIN, lambda _: None, "idle")
    await rig.connection.attach(streaming.PLUGIN, lambda _: None)
    heirs = await line.next()
    assert heirs.seats.seats() == {}
    await heirs.mixes.take_up([], ended=await heirs.mixes.in_janus())
    await heirs.settles(NOTHING)


async def test_mix_of_another_process_is_closed_only_when_its_space_has_ended(
    line: Line, mix: str
) -> None:
    rig = await line.next(linger=60)
    await rig.mixes.open(mix)
    await rig.mixes.open(f"{mix}live")
    await rig.listen(f"{mix}used", "ear")
    await line.connected()
    heirs = await line.next()
    await heirs.mixes.take_up([f"{mix}live", f"{mix}used"], ended=[mix])

    async def rooms() -> set[str]:
        return set((await heirs.seats.audit()).rooms)

    await eventually(rooms, {f"{mix}live", f"{mix}used"})
    await heirs.seats.leave("ear")
    heirs.mixes.hold(f"{mix}own")  # what it opens itself, it closes
    await heirs.mixes.open(f"{mix}own")
    heirs.mixes.release(f"{mix}own")
    await eventually(rooms, {f"{mix}live", f"{mix}used"})
    for name in ("live", "used"):
        await heirs.mixes.close(f"{mix}{name}")
    await eventually(rooms, set())


async def test_who_was_lost_meanwhile_is_not_taken_up(line: Line, mix: str) -> None:
    rig = await line.next(linger=60)
    peer = await rig.speak(mix, "mouth")
    await line.connected()
    participant = rig.seats.seats()["mouth"].participant
    if isinstance(rig.connection, TwinJanus):
        rig.connection.rooms[mix].participants[participant].participant = ""
    else:
        await peer.close()
        await eventually(lambda: rig.mixes.bridge.participants(mix), ())
    heirs = await line.next()
    assert heirs.seats.seats() == {}
    await heirs.mixes.take_up([], ended=[mix])  # else it would be there for the tests that follow


async def test_from_whom_nothing_comes_any_more_is_found_out(line: Line, mix: str) -> None:
    """Two browsers speak; one of them vanishes without a word while nobody serves."""
    rig = await line.next(linger=60)
    peer = await rig.speak(mix, "mouth")
    await rig.speak(mix, "other")
    await line.connected()
    await line.part()
    if isinstance(rig.connection, TwinJanus):
        rig.connection.vanish(rig.seats.seats()["mouth"].participant)
    else:
        assert isinstance(peer, Peer)
        peer.vanish()
    heirs = await line.next()
    await further_packets(heirs, 20)  # the last one of who has vanished may be on its way
    assert heirs.seats.receives("mouth"), "nobody has looked yet"

    await heirs.seats.prove()
    await further_packets(heirs, 20)
    await heirs.seats.prove()
    assert not heirs.seats.receives("mouth")
    assert heirs.seats.receives("other")
    await heirs.seats.prove()
    await heirs.seats.prove()
    assert heirs.seats.receives("other"), "it is settled"


async def further_packets(rig: Rig, count: int) -> None:
    """Wait until that many more have come to Janus, from whomever."""

    async def come() -> int:
        return sum((await rig.connection.received(await rig.connection.handles())).values())

    wanted = await come() + count

    async def enough() -> bool:
        return await come() >= wanted

    await eventually(enough, True)


async def test_a_speaker_who_talks_is_known_to_talk(line: Line, mix: str) -> None:
    rig = await line.next(linger=60)
    await rig.speak(mix, "mouth")
    await line.connected()
    if isinstance(rig.connection, TwinJanus):
        rig.twin.talk(rig.seats.seats()["mouth"].participant)
    await rig.told(Talking("mouth", talking=True))
    heirs = await line.next()
    assert heirs.seats.seats()["mouth"].talking


async def test_an_ice_restart_of_a_listener_keeps_the_seat(line: Line, mix: str) -> None:
    rig = await line.next()
    await rig.listen(mix, "ear")
    await line.connected()
    handles = (await rig.seats.audit()).handles
    offer = await rig.seats.reoffer("ear")
    assert offer.startswith("v=0")
    assert (await rig.seats.audit()).handles == handles
    assert rig.seats.seats()["ear"].connected


async def test_nobody_hears_a_hole(janus: JanusServer, mix: str) -> None:
    """The sound itself, through the real one, while nobody serves."""
    async with AsyncExitStack() as ends:
        line = Line(janus, ends)
        ends.push_async_callback(line.end)
        rig = await line.next(linger=60)
        ear = await rig.hear(mix, "ear")
        await rig.sound(mix, "mouth", 440)
        await ear.hears(440)
        start = ear.samples
        assert isinstance(rig.connection, JanusConnection)
        session = rig.connection.janus_session
        await rig.connection.part()
        await ear.more(RATE // 2)
        connection = connection_to(janus, resume=session)
        heirs = Rig(connection)
        ends.push_async_callback(connection.close)
        ends.push_async_exit(heirs)
        await connection.open()
        await heirs.seats.take_up()
        await ear.more(RATE // 2)
        assert longest_silence(ear.heard(start)) < LONGEST_HOLE
        await heirs.seats.mute("mouth", muted=True)
        await ear.hears_silence(ear.samples)


async def test_two_handles_of_one_seat_become_one(line: Line, mix: str) -> None:
    """The process ended while a page that was loaded again took its seat anew."""
    rig = await line.next(linger=60)
    await rig.listen(mix, "ear")
    second = await rig.connection.attach(streaming.PLUGIN, lambda _: None, "ear")
    answer = await rig.peer().answer(await streaming.watch(second, mix))
    await streaming.start(second, answer)
    await line.connected()
    heirs = await line.next()
    assert set(heirs.seats.seats()) == {"ear"}

    async def traces() -> tuple[int, int]:
        audit = await heirs.seats.audit()
        return audit.handles, audit.mountpoints[mix]

    await eventually(traces, (1, 1))
    await heirs.seats.pause("ear")
