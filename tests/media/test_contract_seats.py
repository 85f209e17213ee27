"""Seats and mixes on the twin and on a real Janus: the same rules, the same traces in Janus."""

from __future__ import annotations

import asyncio

import pytest

from media.errors import JanusRefused, SeatGone
from media.events import Connected, Lost
from media.janus import audiobridge
from media.janus.audiobridge import Participant
from media.opus_fec import START, STEPS
from media.sdp import IceCandidate
from media.seat_manager import SeatState
from tests.media.rig import NOTHING, Rig, eventually

pytestmark = pytest.mark.contract


async def test_a_listener_opens_the_mix_and_the_last_to_leave_closes_it(rig: Rig, mix: str) -> None:
    await rig.listen(mix, "ear")
    await rig.told(Connected("ear"))
    audit = await rig.seats.audit()
    opened = rig.mixes.get(mix)
    assert opened is not None
    assert audit.rooms == {mix: ()}
    assert audit.forwarders == {mix: (opened.port,)}
    assert audit.mountpoints == {mix: 1}
    assert audit.handles == 1
    assert rig.seats.seats() == {"ear": SeatState(mix, "listener", connected=True)}
    await rig.seats.leave("ear")
    assert rig.seats.seats() == {}
    await rig.settles(NOTHING)
    assert rig.mixes.names() == ()


async def test_a_speaker_is_in_the_room(rig: Rig, mix: str) -> None:
    await rig.speak(mix, "mouth", muted=True)
    await rig.told(Connected("mouth"))
    seat = rig.seats.seats()["mouth"]
    assert seat == SeatState(
        mix,
        "speaker",
        connected=True,
        muted=True,
        participant=seat.participant,
        expected_loss=START,
    )
    audit = await rig.seats.audit()
    assert audit.rooms == {mix: (Participant(seat.participant, muted=True, connected=True),)}
    assert audit.handles == 1
    await rig.seats.leave("mouth")
    await rig.settles(NOTHING)


async def test_mute_takes_hold_on_the_bridge(rig: Rig, mix: str) -> None:
    await rig.speak(mix, "mouth")
    for muted in (True, False):
        await rig.seats.mute("mouth", muted)
        [participant] = (await rig.seats.audit()).rooms[mix]
        assert participant.muted is muted
        assert rig.seats.seats()["mouth"].muted is muted


async def test_what_a_speaker_misses_is_expected_of_the_network(rig: Rig, mix: str) -> None:
    await rig.speak(mix, "mouth")
    await rig.seats.lost("mouth", 0.12)
    assert rig.seats.seats()["mouth"].expected_loss == 10
    with pytest.raises(SeatGone):
        await rig.seats.lost("nobody", 0.12)


async def test_janus_expects_no_more_than_it_can(rig: Rig, mix: str) -> None:
    handle = await rig.connection.attach(audiobridge.PLUGIN, lambda _: None)
    await rig.mixes.open(mix)
    await audiobridge.join(handle, mix, "mouth", await rig.peer(440).offer(), muted=True)
    for percent in STEPS:
        await audiobridge.expect_loss(handle, percent)
    with pytest.raises(JanusRefused):
        await audiobridge.expect_loss(handle, 21)
    await audiobridge.leave(handle)
    await handle.detach()


async def test_a_warm_seat_is_connected_and_paused(rig: Rig, mix: str) -> None:
    await rig.listen(mix, "ear", paused=True)
    await rig.told(Connected("ear"))
    assert rig.seats.seats()["ear"].paused is True
    await rig.seats.start("ear")
    assert rig.seats.seats()["ear"].paused is False
    await rig.seats.pause("ear")
    assert rig.seats.seats()["ear"].paused is True


async def test_taking_a_seat_again_replaces_it(rig: Rig, mix: str) -> None:
    """A page that is loaded again; the one before is not told as lost."""
    await rig.speak(mix, "mouth")
    await rig.speak(mix, "mouth")
    await rig.listen(mix, "ear")
    await rig.listen(mix, "ear")

    async def traces() -> tuple[int, int, int]:
        audit = await rig.seats.audit()
        return len(audit.rooms[mix]), audit.mountpoints[mix], audit.handles

    await eventually(traces, (1, 1, 2))
    assert not [event for event in rig.events if isinstance(event, Lost)]


async def test_an_ice_restart_keeps_the_seat(rig: Rig, mix: str) -> None:
    peer = await rig.speak(mix, "mouth")
    await rig.told(Connected("mouth"))
    before = rig.seats.seats()["mouth"].participant
    answer = await rig.seats.restart("mouth", await peer.offer())
    assert answer.startswith("v=0")
    assert rig.seats.seats()["mouth"].participant == before


async def test_a_space_that_ends_takes_its_seats_along(rig: Rig, mix: str) -> None:
    await rig.listen(mix, "ear")
    await rig.speak(mix, "mouth")
    await rig.seats.leave_mix(mix)
    assert rig.seats.seats() == {}
    assert await rig.seats.audit() == NOTHING


async def test_closing_the_mix_alone_loses_the_seats(rig: Rig, mix: str) -> None:
    await rig.listen(mix, "ear")
    await rig.speak(mix, "mouth")
    await rig.mixes.close(mix)
    await rig.until(
        lambda: (
            {event.seat_id for event in rig.events if isinstance(event, Lost)} == {"ear", "mouth"}
        )
    )
    assert rig.seats.seats() == {}
    await rig.settles(NOTHING)


async def test_a_mix_that_janus_lost_is_made_anew(rig: Rig, mix: str) -> None:
    await rig.mixes.open(mix)
    await rig.mixes.bridge.destroy(mix)
    await rig.mixes.mountpoints.destroy(mix)
    await rig.speak(mix, "mouth")
    await rig.listen(mix, "ear")
    audit = await rig.seats.audit()
    assert set(audit.rooms) == set(audit.mountpoints) == {mix}
    assert audit.handles == 2


async def test_a_mix_that_is_there_already_is_taken_up(rig: Rig, mix: str) -> None:
    """What a web process finds after its predecessor crashed."""
    await rig.mixes.bridge.create(mix)
    port = await rig.mixes.mountpoints.create(mix)
    assert (await rig.mixes.open(mix)).port == port
    assert (await rig.seats.audit()).forwarders == {mix: (port,)}


async def test_an_offer_that_is_none_leaves_nothing_behind(rig: Rig, mix: str) -> None:
    with pytest.raises(JanusRefused):
        await rig.seats.speak(mix, "mouth", "hello", muted=False)
    assert rig.seats.seats() == {}
    await rig.settles(NOTHING)


async def test_leaving_while_the_seat_is_taken_leaves_nothing_behind(rig: Rig, mix: str) -> None:
    offer = await rig.peer(440).offer()
    interrupted = 0
    for ticks in range(1, 61, 3):
        taking = asyncio.create_task(rig.seats.speak(mix, "mouth", offer, muted=False))
        await tick(ticks)
        await rig.seats.leave("mouth")
        try:
            await taking
        except SeatGone:
            interrupted += 1
        assert "mouth" not in rig.seats.seats()
    assert interrupted
    await rig.settles(NOTHING)


@pytest.mark.parametrize("role", ["listener", "speaker"])
async def test_giving_up_while_the_seat_is_taken_leaves_nothing_behind(
    rig: Rig, mix: str, role: str
) -> None:
    """The caller is cancelled at any moment of the negotiation, with others beside it."""
    offer = await rig.peer(440).offer()
    for ticks in range(0, 200, 5):
        if role == "listener":
            taking = asyncio.create_task(rig.seats.listen(mix, f"ear{ticks}"))
        else:
            taking = asyncio.create_task(rig.seats.speak(mix, f"mouth{ticks}", offer, muted=False))
        await tick(ticks)
        taking.cancel()
        await asyncio.wait([taking])
    for seat_id in rig.seats.seats():
        await rig.seats.leave(seat_id)
    await rig.settles(NOTHING)


async def test_candidates_may_come_at_any_time(rig: Rig, mix: str) -> None:
    candidate = IceCandidate("candidate:1 1 udp 2122260223 127.0.0.1 9 typ host", "0", 0)
    await rig.seats.candidate("mouth", candidate)
    await rig.speak(mix, "mouth")
    await rig.seats.candidate("mouth", candidate)
    await rig.seats.candidate("mouth", None)
    await rig.told(Connected("mouth"))
    await rig.seats.leave("mouth")
    await rig.seats.candidate("mouth", candidate)


async def test_what_is_asked_of_a_seat_that_is_not_there(rig: Rig, mix: str) -> None:
    await rig.speak(mix, "mouth")
    await rig.listen(mix, "ear")
    for request in (
        rig.seats.start("nobody"),
        rig.seats.start("mouth"),
        rig.seats.pause("mouth"),
        rig.seats.answer("mouth", "v=0", paused=True),
        rig.seats.mute("ear", muted=True),
        rig.seats.restart("ear", "v=0"),
    ):
        with pytest.raises(SeatGone):
            await request
    await rig.seats.leave("nobody")


async def tick(times: int) -> None:
    """Let the loop turn so often: far enough to be anywhere in a negotiation."""
    for _ in range(times):
        await asyncio.sleep(0)
