"""With real sound through a real Janus: a tone goes in, that tone comes out."""

from __future__ import annotations

import asyncio
import statistics
from itertools import pairwise

import psutil
import pytest

from media.events import Connected, Talking
from script.servers.janus import JanusServer
from tests.media.peers import RATE, Peer, Sweep, Tone, has_tone, is_silent, moments
from tests.media.rig import Rig

pytestmark = pytest.mark.server

HOLE = 0.25  # seconds without sound that a move may cost; a person notices from about that


async def test_a_speaker_is_heard_by_listeners_and_by_other_speakers(real: Rig, mix: str) -> None:
    ear = await real.hear(mix, "ear")
    await real.sound(mix, "low", 440)
    await ear.hears(440)
    other = await real.sound(mix, "silent", Tone(880, level=0))
    await other.hears(440)


async def test_nobody_hears_the_own_voice(real: Rig, mix: str) -> None:
    low = await real.sound(mix, "low", 440)
    high = await real.sound(mix, "high", 1320)
    await low.hears(1320)
    await high.hears(440)
    assert not has_tone(low.heard()[-RATE // 10 :], 440)


async def test_mute_silences_whatever_the_browser_sends(real: Rig, mix: str) -> None:
    ear = await real.hear(mix, "ear")
    await real.sound(mix, "mouth", 440)
    await ear.hears(440)
    await real.seats.mute("mouth", muted=True)
    await ear.hears_silence(ear.samples)
    await real.seats.mute("mouth", muted=False)
    await ear.hears(440, ear.samples)


async def test_who_enters_muted_is_not_heard(real: Rig, mix: str) -> None:
    ear = await real.hear(mix, "ear")
    peer = await real.speak(mix, "mouth", 440, muted=True)
    assert isinstance(peer, Peer)
    await real.told(Connected("mouth"))
    before = ear.samples
    await ear.more(RATE // 2)
    assert is_silent(ear.heard(before))
    await real.seats.mute("mouth", muted=False)
    await ear.hears(440, ear.samples)


async def test_a_warm_seat_hears_nothing_until_it_is_started(real: Rig, mix: str) -> None:
    warm = await real.hear(mix, "warm", paused=True)
    ear = await real.hear(mix, "ear")
    await real.sound(mix, "mouth", 440)
    await real.told(Connected("warm"))
    await ear.hears(440)
    assert warm.samples == 0
    await real.seats.start("warm")
    await warm.hears(440)
    await real.seats.pause("warm")
    await ear.hears(440, ear.samples)
    before = warm.samples
    await ear.more(RATE // 2)
    assert warm.samples - before < RATE // 5  # what was on its way


async def test_two_mixes_do_not_mingle(real: Rig, mix: str) -> None:
    here, there = await real.hear(mix, "here"), await real.hear(f"{mix}b", "there")
    await real.sound(mix, "low", 440)
    await real.sound(f"{mix}b", "high", 1320)
    await here.hears(440)
    await there.hears(1320)


async def test_sound_can_be_put_in_from_this_machine_only(
    real: Rig, janus: JanusServer, mix: str
) -> None:
    opened = await real.mixes.open(mix)
    lines = psutil.Process(janus.pid).net_connections("udp")
    assert [line.laddr.ip for line in lines if line.laddr.port == opened.port] == ["127.0.0.1"]


async def test_talking_is_told_within_300_ms(real: Rig, mix: str) -> None:
    tone = Tone(440, level=0)
    await real.sound(mix, "mouth", tone)
    await real.sound(mix, "other", Tone(880, level=0))
    await real.told(Connected("mouth"))
    delays: list[float] = []
    loop = asyncio.get_running_loop()
    for turn in range(1, 4):
        for talking in (True, False):
            began = loop.time()
            tone.level = 0.3 if talking else 0.0
            await real.told(Talking("mouth", talking), times=turn)
            delays.append(loop.time() - began)
    assert statistics.median(delays) < 0.3


async def test_a_muted_speaker_is_shown_as_silent_and_as_talking_again(real: Rig, mix: str) -> None:
    await real.sound(mix, "mouth", 440)
    await real.told(Talking("mouth", talking=True))
    await real.seats.mute("mouth", muted=True)
    await real.told(Talking("mouth", talking=False))
    await real.seats.mute("mouth", muted=False)
    await real.told(Talking("mouth", talking=True), times=2)


async def test_a_cut_speaker_goes_on_hearing_without_a_hole(real: Rig, mix: str) -> None:
    """Mute, start the listener's seat, leave the speaker's: all by the server. What the person
    hears is a rising tone, so each piece tells when it was said, and a hole is time that is
    missing between the last piece of the old seat and the first of the new one."""
    sweep = Sweep(400, level=0.3)
    await real.sound(mix, "speaker", sweep)
    ear = await real.hear(mix, "person.ear", paused=True)
    mouth = await real.sound(mix, "person.mouth", Tone(200, level=0))
    await mouth.until(lambda: len(moments(mouth.heard(), sweep)) > 5)
    await real.told(Connected("person.ear"))

    await real.seats.mute("person.mouth", muted=True)
    await real.seats.start("person.ear")
    await real.seats.leave("person.mouth")

    await ear.until(lambda: len(moments(ear.heard(), sweep)) > 5)
    old, new = moments(mouth.heard(), sweep), moments(ear.heard(), sweep)
    assert new[0] - old[-1] < HOLE
    assert max(b - a for a, b in pairwise(new)) < HOLE
    [left] = (await real.seats.audit()).rooms[mix]
    assert left.id == real.seats.seats()["speaker"].participant
