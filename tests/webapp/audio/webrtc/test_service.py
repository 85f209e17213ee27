"""Seats for people: warm, started, let go; moved by the server; made anew when Janus comes back."""

from __future__ import annotations

import pytest

from flags.sources.interface import Closing
from tests.fakes.janus import TwinHandle
from tests.harness.house import OFFER, Guest, House, Tab
from webapp.audio.webrtc import service
from webapp.spaces import service as spaces


def listen_seat(house: House, guest: Guest, slug: str) -> object:
    return house.seats().get(f"{slug}.{guest.id}.listen")


def test_a_warm_seat_is_connected_and_silent_until_the_tap(house: House) -> None:
    _, slug = house.space()
    guest = house.guest("Lou", "beta")
    tab = house.joined(guest, slug)
    seat = house.warm(tab)
    assert seat == f"{slug}.{guest.id}.listen"
    held = house.seats()[seat]
    assert (held.role, held.connected, held.paused) == ("listener", True, True)
    tab.does("listening.start")
    assert house.seats()[seat].paused is False
    tab.does("listening.stop")
    assert house.seats()[seat].paused is True, "stopped is warm again"


def test_warmed_again_it_is_one_seat(house: House) -> None:
    _, slug = house.space()
    tab = house.joined(house.guest("Lou", "beta"), slug)
    for _ in range(3):
        house.warm(tab)
    assert (len(house.seats()), house.audit().handles) == (1, 1)


def test_a_tap_before_the_answer_plays_as_soon_as_there_is_one(house: House) -> None:
    _, slug = house.space()
    tab = house.joined(house.guest("Lou", "beta"), slug)
    tab.does("listening.start")
    seat = house.warm(tab)
    assert house.seats()[seat].paused is False


def test_a_warm_seat_is_let_go_after_two_minutes(house: House) -> None:
    _, slug = house.space()
    warm, used = house.guest("Wanda", "beta"), house.guest("Lou", "beta")
    tab, listening = house.joined(warm, slug), house.listening(used, slug)
    house.warm(tab)
    tab.received()
    house.go_on(seconds=119)
    assert listen_seat(house, warm, slug)
    house.go_on(seconds=2)
    assert not listen_seat(house, warm, slug)
    assert tab.received("listening.lost") == [("listening.lost", {})]
    assert listen_seat(house, used, slug), "who listens keeps theirs for ever"
    listening.does("listening.stop")
    house.go_on(seconds=121)
    assert house.seats() == {}
    house.warm(tab)
    tab.does("listening.start")
    assert listen_seat(house, warm, slug)


def test_too_many_warm_seats_cost_the_oldest_warm_one_and_no_listener(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_WARM", 2)
    _, slug = house.space()
    used = house.guest("Lou", "beta")
    house.listening(used, slug)
    warm = [house.guest(f"Wanda {number}", "beta") for number in range(4)]
    for guest in warm:
        house.go_on(seconds=1)
        house.warm(house.joined(guest, slug))
    assert [bool(listen_seat(house, guest, slug)) for guest in warm] == [False, False, True, True]
    assert listen_seat(house, used, slug)


def test_on_stage_the_listening_seat_waits_silently_and_is_not_let_go(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.listening(guest, slug)
    tab.does("speaking.request")
    host.does("hosting.accept", person=guest.id)
    tab.does("stage.offer", sdp=OFFER)
    held = house.seats()[f"{slug}.{guest.id}.listen"]
    assert held.paused, "the bridge gives its own mix: hearing twice would echo"
    house.go_on(minutes=10)
    assert listen_seat(house, guest, slug)
    tab.does("speaking.leave")
    assert not house.seats()[f"{slug}.{guest.id}.listen"].paused


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Janus is asked for, in order."""
    requests: list[str] = []
    request, detach = TwinHandle.request, TwinHandle.detach

    async def noted(self: TwinHandle, body: dict[str, object], jsep: object = None) -> object:
        muted = f" {body['muted']}" if "muted" in body else ""
        requests.append(f"{self.plugin.rsplit('.', 1)[-1]} {body['request']}{muted}")
        return await request(self, body, jsep)  # type: ignore[arg-type]

    async def left(self: TwinHandle) -> None:
        requests.append(f"{self.plugin.rsplit('.', 1)[-1]} detach")
        await detach(self)

    monkeypatch.setattr(TwinHandle, "request", noted)
    monkeypatch.setattr(TwinHandle, "detach", left)
    return requests


@pytest.mark.parametrize("way", ["cut", "removed", "left"])
def test_the_way_back_silences_first_then_plays_then_leaves(
    house: House, asked: list[str], way: str
) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.joined(guest, slug)
    house.warm(tab)
    tab.does("speaking.request")
    host.does("hosting.accept", person=guest.id)
    tab.does("stage.offer", sdp=OFFER)
    asked.clear()
    if way == "cut":
        house.close_gate("web-speaking", Closing.CUT)
    elif way == "removed":
        host.does("hosting.remove", person=guest.id)
    else:
        tab.does("speaking.leave")
    assert asked == [
        "audiobridge configure True",
        "streaming start",
        "audiobridge leave",
        "audiobridge detach",
    ]


def test_without_a_listening_seat_the_browser_is_told_to_take_one(house: House) -> None:
    host, slug = house.space()
    tab = house.on_stage(host, house.guest("Tomas"), slug)
    tab.received()
    house.close_gate("web-speaking", Closing.CUT)
    assert ("listening.lost", {}) in tab.received()
    seat = house.warm(tab)
    assert house.seats()[seat].paused is False, "they were heard; now they hear"


def test_a_microphone_that_is_lost_is_asked_for_again(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    house.talk(guest, slug)
    tab.received()
    house.janus_does("hang_up", house.seats()[f"{slug}.{guest.id}.talk"].participant)
    told = tab.received()
    assert ("stage.lost", {}) in told
    assert ("space.talking", {"id": guest.id, "talking": False}) in told
    tab.does("stage.offer", sdp=OFFER)
    assert house.on_bridge(slug) == {guest.id}


def test_a_muted_person_publishes_muted(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    host.does("hosting.mute", person=guest.id)
    tab.does("stage.offer", sdp=OFFER)
    assert house.seats()[f"{slug}.{guest.id}.talk"].muted, "a reload does not undo the host's"


def test_publishing_again_replaces(house: House) -> None:
    host, slug = house.space()
    tab = house.on_stage(host, house.guest("Tomas"), slug)
    for _ in range(3):
        tab.does("stage.offer", sdp=OFFER)
    assert house.audit().handles == 1
    assert len(house.audit().rooms[slug]) == 1


def test_nobody_touches_the_seat_of_another(house: House) -> None:
    host, slug = house.space()
    guest, other = house.guest("Tomas"), house.guest("Tess")
    house.on_stage(host, guest, slug)
    thief = house.on_stage(host, other, slug)
    for seat in (f"{slug}.{guest.id}.talk", f"{slug}.{guest.id}.listen", "x", "", "a.b.c"):
        assert thief.refused("listening.answer", seat=seat, sdp=OFFER) == "seat_gone"
        assert thief.refused("listening.candidate", seat=seat, candidate=None) == "seat_gone"
        assert thief.refused("stage.candidate", seat=seat, candidate=None) == "seat_gone"


def test_candidates_before_the_seat_and_after_it(house: House) -> None:
    _, slug = house.space()
    guest = house.guest("Lou", "beta")
    tab = house.joined(guest, slug)
    seat = f"{slug}.{guest.id}.listen"
    candidate = {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "a"}
    for _ in range(100):
        tab.does("listening.candidate", seat=seat, candidate=candidate)
    house.warm(tab)
    tab.does("space.leave")
    assert tab.refused("listening.candidate", seat=seat, candidate=candidate) == "not_in_space"
    assert (house.seats(), house.audit().handles) == ({}, 0)


@pytest.mark.parametrize(
    "sdp",
    ["", "v=0", "v=1\r\n" + "x" * 50, "x" * 20, "v=0\r\n" + "x" * 30_000, 5, None, b"v=0\r\n"],
)
def test_an_offer_that_is_none(house: House, sdp: object) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    assert tab.refused("stage.offer", sdp=sdp) == "bad_input"
    assert house.on_bridge(slug) == {guest.id}, "and the seat is as it was"


def test_an_answer_without_an_offer(house: House) -> None:
    _, slug = house.space()
    guest = house.guest("Lou", "beta")
    tab = house.joined(guest, slug)
    ack = tab.call("listening.answer", {"seat": f"{slug}.{guest.id}.listen", "sdp": OFFER})
    assert ack["error"]["code"] == "seat_gone", "the browser warms again"
    assert house.seats() == {}


# ---------------------------------------------------------------------- Janus gone and back


def everybody(house: House) -> tuple[Tab, Tab, Guest, str]:
    host, slug = house.space()
    guest = house.guest("Tomas")
    speaker = house.on_stage(host, guest, slug)
    house.warm(speaker)
    listener = house.listening(house.guest("Lou", "beta"), slug)
    for tab in (speaker, listener):
        tab.received()
    return speaker, listener, guest, slug


def test_janus_gone_and_back_everybody_takes_their_seats_again(house: House) -> None:
    speaker, listener, guest, slug = everybody(house)
    house.janus_does("crash")
    assert house.seats() == {}
    assert house.browser().get("/readyz").status_code == 503
    assert listener.refused("listening.warm") == "sound_unavailable"
    house.janus_does("revive")
    assert house.browser().get("/readyz").status_code == 200
    assert ("stage.lost", {}) in speaker.received()
    assert ("listening.lost", {}) in listener.received()
    speaker.does("stage.offer", sdp=OFFER)
    seat = house.warm(listener)
    assert house.seats()[seat].paused is False, "who listened hears again, unasked"
    assert house.on_bridge(slug) == {guest.id}
    assert house.core.spaces.stage(slug)[1].role == "speaker", "and nobody lost their place"


def test_when_janus_is_back_they_come_a_few_at_a_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 2)
    host, slug = house.space()
    speaker = house.on_stage(host, house.guest("Tomas"), slug)
    tabs = [house.listening(house.guest(f"Lou {number}", "beta"), slug) for number in range(6)]
    for tab in (speaker, *tabs):
        tab.received()
    house.janus_does("crash")
    house.janus_does("revive")
    assert speaker.received("stage.lost"), "who is on stage first of all"
    assert [len(tab.received("listening.lost")) for tab in tabs] == [1, 1, 0, 0, 0, 0]
    house.warm(tabs[5])
    house.go_on(seconds=1)
    told = [len(tab.received("listening.lost")) for tab in tabs]
    assert told == [0, 0, 1, 1, 1, 0], "who came by themselves is left alone"


def test_muting_leaving_and_ending_work_while_janus_is_away(house: House) -> None:
    speaker, listener, _, slug = everybody(house)
    house.janus_does("crash")
    speaker.does("stage.mute", muted=True)
    speaker.does("speaking.leave")
    listener.does("listening.stop")
    listener.does("space.leave")
    house.core.spaces.end(slug)
    house.janus_does("revive")
    house.tick()
    audit = house.audit()
    assert (house.seats(), audit.handles) == ({}, 0)
    # The healed mix of before has nobody in it, and is closed when it has lingered.
    assert set(audit.rooms) <= set(house.core.engine.mixes.names())


# ---------------------------------------------------------------------- gone for good


def test_neither_socket_nor_sound_for_a_while_is_gone(house: House) -> None:
    _, slug = house.space()
    guest = house.guest("Lou", "beta")
    house.joined(guest, slug).close()
    house.go_on(seconds=1)
    house.go_on(seconds=10)
    assert house.core.spaces.standing(slug, guest.id)
    house.go_on(seconds=10)
    assert house.core.spaces.standing(slug, guest.id) is None


def test_of_many_all_are_looked_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """In portions: those of the second and of the last one too."""
    monkeypatch.setattr(spaces, "PLACES_AT_ONCE", 2)
    host, slug = house.space()
    guests = [house.guest(f"Lou {n}", "beta") for n in range(5)]
    tabs = [house.joined(guest, slug) for guest in guests]
    tabs[2].close()
    tabs[4].close()
    for _ in range(3):
        house.go_on(seconds=8)
    there = [house.core.spaces.standing(slug, guest.id) is not None for guest in guests]
    assert there == [True, True, False, True, False]
    assert host.connected


def test_who_comes_back_in_time_is_not_gone(house: House) -> None:
    _, slug = house.space()
    guest = house.guest("Lou", "beta")
    house.joined(guest, slug).close()
    house.go_on(seconds=10)
    house.joined(guest, slug)
    house.go_on(seconds=60)
    assert house.core.spaces.standing(slug, guest.id)


def test_sound_alone_is_being_there(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    house.on_stage(host, guest, slug).close()
    for _ in range(5):
        house.go_on(seconds=10)
    assert house.on_bridge(slug) == {guest.id}
    house.janus_does("hang_up", house.seats()[f"{slug}.{guest.id}.talk"].participant)
    for _ in range(3):
        house.go_on(seconds=10)
    assert house.core.spaces.standing(slug, guest.id) is None


# ---------------------------------------------------------------------- another process


def test_a_restart_finds_a_live_space_in_the_database(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    house.on_stage(host, guest, slug)
    following = House(house.folder)
    try:
        following.tick()
        tab = following.tab(following.sign_in(guest.person), slug)
        joined = tab.does("space.join", slug=slug)
        assert joined["me"]["role"] == "speaker", "back to the place that they had"
        tab.does("stage.offer", sdp=OFFER)
        assert following.on_bridge(slug) == {guest.id}
        for _ in range(3):
            following.go_on(seconds=10)
        assert [p.name for p in following.core.spaces.stage(slug)] == ["Tomas"], "the host is away"
    finally:
        following.close()


def test_nothing_is_left_in_janus_when_the_process_ends(house: House) -> None:
    everybody(house)
    twin = house.janus
    house.runtime.run(house.core.engine.close(), 5)
    assert (twin.rooms, twin.mountpoints) == ({}, {})


@pytest.mark.parametrize("sign", ["page", "socket", "join"])
def test_absence_ends_with_every_sign_of_a_browser_between_two_looks(
    house: House, sign: str
) -> None:
    """Whoever reloads again and again is there, also where no look finds them."""
    host, slug = house.space()
    guest = house.guest("Tomas")
    house.on_stage(host, guest, slug).close()
    seat = house.seats()[f"{slug}.{guest.id}.talk"]
    house.janus_does("hang_up", seat.participant)
    for _ in range(15):
        house.go_on(seconds=2)
        if sign == "page":
            assert house.browser(guest).get(f"/spaces/{slug}").status_code == 200
        elif sign == "socket":
            house.tab(guest, slug).close()
        else:
            house.joined(guest, slug).close()
    assert house.core.stage.is_speaker(slug, guest.id)
    for _ in range(9):
        house.go_on(seconds=2)
    assert not house.core.stage.is_speaker(slug, guest.id)
