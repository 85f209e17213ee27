"""Rules of the seats that need no sound, on the twin."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.errors import JanusTimeout, JanusUnreachable, SeatGone, TooManySeats
from media.events import Connected, Lost, SoundDown, SoundUp, Talking
from media.ice_candidate_buffer import PER_SEAT, SEATS, EarlyCandidates
from media.sdp import IceCandidate
from media.seat_manager import Seats
from tests.fakes.janus import SDP, TwinJanus
from tests.media.rig import NOTHING, Rig

pytestmark = pytest.mark.server

CANDIDATE = IceCandidate("candidate:1 1 udp 1 192.0.2.1 9 typ host", "0")


async def test_each_change_of_talking_is_told_once_however_many_are_in_the_room(
    twin: Rig, mix: str
) -> None:
    for seat_id in ("one", "two", "three"):
        await twin.speak(mix, seat_id)
    await twin.listen(mix, "ear")
    participant = twin.seats.seats()["one"].participant
    for talking in (True, True, False):
        twin.twin.talk(participant, talking)
    await twin.told(Talking("one", talking=False))
    told = [event for event in twin.events if isinstance(event, Talking)]
    assert told == [Talking("one", talking=True), Talking("one", talking=False)]


async def test_a_muted_speaker_does_not_talk(twin: Rig, mix: str) -> None:
    """The bridge stops listening to a muted speaker and so never says that the talking ended."""
    await twin.speak(mix, "mouth")
    twin.twin.talk(twin.seats.seats()["mouth"].participant)
    await twin.told(Talking("mouth", talking=True))
    await twin.seats.mute("mouth", muted=True)
    assert twin.events[-1] == Talking("mouth", talking=False)
    await twin.seats.mute("mouth", muted=False)
    assert twin.events[-1] == Talking("mouth", talking=True)


async def test_who_is_hung_up_has_stopped_talking_and_lost_the_seat(twin: Rig, mix: str) -> None:
    await twin.speak(mix, "mouth")
    participant = twin.seats.seats()["mouth"].participant
    twin.twin.talk(participant)
    twin.twin.hang_up(participant, "ICE failed")
    await twin.told(Lost("mouth", "ICE failed"))
    assert twin.events[-2:] == [Talking("mouth", talking=False), Lost("mouth", "ICE failed")]
    with pytest.raises(SeatGone):
        await twin.seats.mute("mouth", muted=True)
    await twin.settles(NOTHING)


async def test_the_mix_outlasts_a_short_absence(mix: str) -> None:
    janus = TwinJanus()
    async with Rig(janus, linger=30) as rig:
        await janus.open()
        await rig.listen(mix, "ear")
        before = rig.mixes.get(mix)
        await rig.seats.leave("ear")
        await rig.listen(mix, "ear")
        assert rig.mixes.get(mix) is before


async def test_who_opens_at_the_same_time_opens_one_mix(twin: Rig, mix: str) -> None:
    first, *others = await asyncio.gather(*(twin.mixes.open(mix) for _ in range(20)))
    assert all(other is first for other in others)
    assert list((await twin.seats.audit()).forwarders[mix]) == [first.port]


async def test_an_opening_goes_on_when_one_of_its_openers_gives_up(twin: Rig, mix: str) -> None:
    impatient = asyncio.create_task(twin.mixes.open(mix))
    patient = asyncio.create_task(twin.mixes.open(mix))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).name == mix


async def test_a_mix_is_not_half_in_the_janus_before(twin: Rig, mix: str) -> None:
    opening = asyncio.create_task(twin.mixes.open(mix))
    while mix not in twin.twin.rooms:
        await asyncio.sleep(0)
    twin.twin.crash()
    twin.twin.revive()
    opened = await opening
    audit = await twin.seats.audit()
    assert audit.forwarders == {mix: (opened.port,)}
    assert set(audit.mountpoints) == {mix}


async def test_opening_right_after_closing_gives_a_new_mix(twin: Rig, mix: str) -> None:
    first = await twin.mixes.open(mix)
    closing = asyncio.create_task(twin.mixes.close(mix))
    await asyncio.sleep(0)
    second = await twin.mixes.open(mix)
    await closing
    assert second is not first
    assert twin.mixes.get(mix) is second
    assert set((await twin.seats.audit()).rooms) == {mix}


async def test_a_mix_is_closed_after_everybody_is_out(
    twin: Rig, mix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those too who are just coming in or going out: Janus 1.1.2 may crash over them."""
    destroy = twin.mixes.bridge.destroy
    still_in: list[set[str]] = []

    async def look_and_destroy(room: str) -> None:
        still_in.append(set(twin.twin.rooms[room].participants))
        await destroy(room)

    monkeypatch.setattr(twin.mixes.bridge, "destroy", look_and_destroy)
    await twin.speak(mix, "inside")
    await twin.speak(mix, "leaving")
    leaving = asyncio.create_task(twin.seats.leave("leaving"))
    coming = asyncio.create_task(twin.seats.speak(mix, "coming", SDP, muted=False))
    while len(twin.twin.rooms[mix].participants) < 2:
        await asyncio.sleep(0)
    await twin.mixes.close(mix)
    await asyncio.wait([leaving, coming])
    assert still_in == [set()]
    assert twin.events.count(Lost("inside", "the mix was closed")) == 1


async def test_janus_lost_and_back(twin: Rig, mix: str) -> None:
    await twin.listen(mix, "ear")
    await twin.speak(mix, "mouth")
    twin.twin.crash()
    assert twin.events[-1] == SoundDown()
    assert twin.seats.seats() == {}
    with pytest.raises(JanusUnreachable):
        await twin.listen(mix, "ear")
    twin.twin.revive()
    assert twin.events[-1] == SoundUp()
    await twin.listen(mix, "ear")
    await twin.told(Connected("ear"), times=2)
    assert set((await twin.seats.audit()).mountpoints) == {mix}


async def test_a_mix_to_which_nobody_comes_back_is_closed(twin: Rig, mix: str) -> None:
    """The janus_session was lost, but what it had made in Janus is still there."""
    await twin.listen(mix, "ear")
    twin.twin.expire()
    assert set(twin.twin.rooms) == {mix}
    twin.twin.revive()
    await twin.settles(NOTHING)


async def test_a_mix_that_cannot_be_closed_now_is_closed_later(
    twin: Rig, mix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.mix_registry.RETRY", 0.01)
    await twin.mixes.open(mix)
    twin.twin.up = False  # the WebSocket dropped; Janus goes on
    await twin.mixes.close(mix)
    assert set(twin.twin.rooms) == {mix}
    twin.twin.up = True
    await twin.settles(NOTHING)


async def test_a_janus_that_does_not_answer_is_named(twin: Rig, mix: str) -> None:
    await twin.speak(mix, "mouth")
    twin.twin.freeze()
    with pytest.raises(JanusTimeout):
        await twin.seats.mute("mouth", muted=True)
    with pytest.raises(JanusTimeout):
        await twin.listen(mix, "ear")
    assert twin.seats.seats()["mouth"].muted is False
    twin.twin.thaw()
    await twin.seats.mute("mouth", muted=True)


async def test_there_is_a_limit(mix: str) -> None:
    janus = TwinJanus()
    async with Rig(janus) as rig:
        await janus.open()
        rig.seats = Seats(rig.mixes, rig.events.append, most_seats=2)
        await rig.listen(mix, "one")
        await rig.listen(mix, "two")
        with pytest.raises(TooManySeats):
            await rig.listen(mix, "three")
        await rig.listen(mix, "two")
        assert set(rig.seats.seats()) == {"one", "two"}


async def test_early_candidates_reach_their_handle_in_order(twin: Rig, mix: str) -> None:
    await twin.seats.candidate("mouth", CANDIDATE)
    await twin.seats.candidate("mouth", None)
    await twin.speak(mix, "mouth")
    [handle] = twin.twin.rooms[mix].participants.values()
    assert handle.candidates == [CANDIDATE.message(), None]
    await twin.seats.leave("mouth")
    await twin.seats.candidate("mouth", CANDIDATE)
    await twin.speak(mix, "mouth")
    [handle] = twin.twin.rooms[mix].participants.values()
    assert handle.candidates == []


def test_early_candidates_are_bounded() -> None:
    early = EarlyCandidates()
    for _ in range(2 * PER_SEAT):
        early.keep("flood", CANDIDATE)
    assert len(early.take("flood")) == PER_SEAT
    for number in range(SEATS + 1):
        early.keep(str(number), None)
    assert early.take("0") == []
    assert early.take(str(SEATS)) == [None]


# What people may do, in any order, with Janus coming and going.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["listen", "speak", "leave", "mute", "start", "cancel", "crash", "turn"]),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["mix1", "mix2"]),
        st.integers(0, 12),
    ),
    max_size=25,
)


@given(steps=STEPS)
@settings(max_examples=150)
def test_whatever_happens_seats_and_janus_agree(steps: list[tuple[str, str, str, int]]) -> None:
    asyncio.run(live_through(steps))


async def live_through(steps: list[tuple[str, str, str, int]]) -> None:
    janus = TwinJanus()
    async with Rig(janus, linger=0) as rig:
        await janus.open()
        running: list[asyncio.Task[object]] = []
        for what, seat_id, mix, turns in steps:
            running.extend(begin(rig, what, seat_id, mix, running))
            for _ in range(turns):
                await asyncio.sleep(0)
        for ended in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(ended, BaseException):
                assert isinstance(ended, (SeatGone, JanusUnreachable, asyncio.CancelledError))
        seats = rig.seats.seats()
        audit = await rig.seats.audit()
        speakers = {seat.participant for seat in seats.values() if seat.role == "speaker"}
        in_rooms = {one.id for room in audit.rooms.values() for one in room}
        # Those that are just being left may still be there; nobody who has a seat may be missing.
        assert speakers <= in_rooms
        assert {seat.mix for seat in seats.values()} <= set(audit.rooms)
        for seat_id in seats:
            await rig.seats.leave(seat_id)
        await rig.settles(NOTHING)


def begin(
    rig: Rig, what: str, seat_id: str, mix: str, running: list[asyncio.Task[object]]
) -> list[asyncio.Task[object]]:
    if what == "crash":
        rig.twin.crash()
        rig.twin.revive()
    if what == "cancel" and running:
        running[-1].cancel()
    work = {
        "listen": lambda: rig.seats.listen(mix, seat_id),
        "speak": lambda: rig.seats.speak(mix, seat_id, SDP, muted=False),
        "leave": lambda: rig.seats.leave(seat_id),
        "mute": lambda: rig.seats.mute(seat_id, muted=True),
        "start": lambda: rig.seats.start(seat_id),
    }.get(what)
    return [] if work is None else [asyncio.ensure_future(work())]
