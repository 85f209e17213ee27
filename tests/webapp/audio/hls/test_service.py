"""Listeners beyond the room that WebRTC has: whom HLS is for, by which address, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import Settings
from flags.catalogue import WEB_LISTENING
from flags.forced_flags import Forced
from flags.sources.interface import Closing
from tests.harness.house import OFFER, Guest, House
from webapp.app.factory import core_of, create_app
from webapp.audio.hls.routes import FOR_PARTS, FOR_PLAYLIST
from webapp.spaces.events import Ended

FILES = {"live.m3u8": b"#EXTM3U", "init5.mp4": b"init", "17.m4s": b"sound", "mix.sdp": b"v=0"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With room for one."""
    house = House(tmp_path, webrtc_listeners=1)
    yield house
    house.close()


class Full:
    """A Space whose one seat is taken by `first`; `second` hears it late."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.host, self.slug = house.space()
        self.first = house.listening(house.guest("Lou", "beta"), self.slug)
        self.guest = house.guest("Lara", "beta")
        self.second = house.joined(self.guest, self.slug)
        self.address = str(self.second.does("listening.warm")["address"])
        self.second.does("listening.start")
        folder = house.core.engine.streams.folder_of(self.slug)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in FILES.items():
            (folder / name).write_bytes(content)

    def file(self, guest: Guest | None, name: str = "live.m3u8") -> tuple[int, bytes, str]:
        """What somebody's browser gets of the second's stream."""
        path = self.address.replace("live.m3u8", name)
        answer = self.house.browser(guest).get(path)
        return answer.status_code, answer.data, answer.headers["Cache-Control"]

    @property
    def links(self) -> list[Path]:
        return [path for path in self.house.folder.glob("hls/links/*/*") if path.is_symlink()]


@pytest.fixture
def full(house: House) -> Full:
    return Full(house)


def test_missing_ffmpeg_is_warned_of_at_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    House(tmp_path, ffmpeg_program="no-such-ffmpeg").close()
    (line,) = [line for line in caplog.messages if "no-such-ffmpeg" in line]
    assert "apt-get install ffmpeg" in line


def test_their_own_address_leads_to_the_sound(full: Full) -> None:
    assert full.file(full.guest) == (200, FILES["live.m3u8"], FOR_PLAYLIST)
    assert full.file(full.guest, "17.m4s") == (200, FILES["17.m4s"], FOR_PARTS)
    assert full.file(full.guest, "init5.mp4")[:2] == (200, FILES["init5.mp4"])
    assert full.file(full.guest, "mix.sdp")[0] == 404


def test_nobody_else_can_tell_it_from_what_never_was(full: Full) -> None:
    mine = full.file(full.first.guest), full.file(None)
    full.address = full.address.replace(full.slug, "never")
    assert mine == (full.file(full.first.guest), full.file(None))
    assert mine[0][0] == 404


def test_a_cut_ends_it_with_the_next_request(full: Full) -> None:
    full.house.close_gate(WEB_LISTENING, Closing.CUT)
    assert full.file(full.guest)[0] == 404
    assert full.links == []


@pytest.mark.parametrize("by", ["this process", "another process", "with its socket away"])
def test_sign_out_removes_the_link_at_once(full: Full, by: str) -> None:
    house, login = full.house, full.guest.login
    if by == "another process":
        other = create_app(Settings.model_validate({"var_folder": house.folder}))
        core_of(other).accounts.logins.end(full.guest.id, login)
        core_of(other).runtime.stop()
        core_of(other).db.close()
        house.tick()
    else:
        if by == "with its socket away":
            full.second.close()
            assert full.links
        house.core.accounts.logins.end(full.guest.id, login)
    assert full.links == []


def test_sign_out_of_another_device_leaves_the_link(full: Full) -> None:
    elsewhere = full.house.sign_in(full.guest.person)
    full.house.tab(elsewhere)
    full.house.core.accounts.logins.end(full.guest.id, elsewhere.login)
    assert full.file(full.guest)[0] == 200


def test_who_drains_hears_on(full: Full) -> None:
    full.house.close_gate(WEB_LISTENING, Closing.DRAIN)
    assert full.file(full.guest)[0] == 200
    full.second.does("listening.stop")
    full.house.tick()
    assert full.file(full.guest)[0] == 404


@pytest.mark.parametrize("how", ["listening.stop", "space.leave"])
def test_it_ends_with_listening(full: Full, how: str) -> None:
    full.second.does(how)
    assert full.links == []
    assert full.file(full.guest)[0] == 404


def test_it_ends_with_the_space(full: Full) -> None:
    full.host.does("hosting.end")
    assert full.links == []
    assert full.house.core.engine.streams.names() == ()


def test_a_page_that_has_not_heard_of_the_end_gets_nothing_more(full: Full) -> None:
    """Its seat goes before it is told, and it asks for another at once."""
    late: list[str] = []

    def ask(_: Ended) -> None:
        late.extend(tab.refused("listening.warm") for tab in (full.first, full.second))

    first_of_all = full.house.core.events._subscribers[Ended]
    first_of_all.insert(0, ask)
    full.host.does("hosting.end")
    assert late == ["not_in_space"] * 2
    assert full.links == []
    assert full.house.core.engine.streams.names() == ()
    assert full.house.seats() == {}


def test_an_address_that_nobody_uses_is_taken_away(house: House) -> None:
    full = Full(house)
    idle = house.joined(house.guest("Ida", "beta"), full.slug)
    assert "address" in idle.does("listening.warm")
    idle.received()
    house.go_on(seconds=119)
    assert len(full.links) == 2
    house.go_on(seconds=2)
    assert len(full.links) == 1
    assert idle.received("listening.lost") == [("listening.lost", {})]


def moves(full: Full) -> list[tuple[str, object]]:
    full.house.tick()
    return full.second.received("listening.move")


def test_the_next_is_asked_over_when_there_is_room(full: Full) -> None:
    assert moves(full) == []
    full.first.does("space.leave")
    assert moves(full) == [("listening.move", {})]
    assert full.file(full.guest)[0] == 200, "what is late goes on until the seat is connected"
    seat = full.house.warm(full.second)
    assert full.house.seats()[seat].paused is False
    assert full.second.received("listening.arrived") == [("listening.arrived", {})]
    assert full.links == []
    assert moves(full) == []


def test_room_is_kept_for_who_was_asked_over_and_they_are_asked_again(full: Full) -> None:
    full.first.does("space.leave")
    assert len(moves(full)) == 1
    third = full.house.joined(full.house.guest("Ida", "beta"), full.slug)
    assert "address" in third.does("listening.warm")
    full.second.does("listening.warm")  # half a seat, that never connects
    full.house.clock.go_on(seconds=11)
    full.house.tick()
    assert len(moves(full)) == 1


def test_a_seat_that_is_only_kept_ready_makes_way(house: House) -> None:
    _, slug = house.space()
    idle = house.joined(house.guest("Ida", "beta"), slug)
    house.warm(idle)
    house.warm(house.joined(house.guest("Lou", "beta"), slug))
    assert idle.received("listening.lost") == [("listening.lost", {})]


def test_nobody_on_stage_takes_room_or_hears_late(house: House) -> None:
    host, _ = house.space(house.guest("Hugo", followers=1200))
    house.warm(host)
    full = Full(house)
    speaker = house.guest("Sam", "alpha")
    tab = house.joined(speaker, full.slug)
    assert "address" in tab.does("listening.warm")
    tab.does("listening.start")
    tab.does("speaking.request")
    full.host.does("hosting.accept", person=speaker.id)
    tab.received()
    tab.does("stage.offer", sdp=OFFER)
    assert len(full.links) == 1, "the second's"
    assert tab.received("listening.lost") == [("listening.lost", {})]


@pytest.mark.parametrize(("variant", "late"), [("hls", True), ("webrtc", False)])
def test_qa_sees_the_way_that_it_wants(house: House, variant: str, late: bool) -> None:
    full = Full(house)
    if late:
        full.first.does("space.leave")
        full.second.does("space.leave")
    qa = house.guest("Quinn", "staff", roles=["qa"])
    looker = house.looks(qa, web_listening=Forced(True, variant))
    tab = house.joined(looker, full.slug)
    assert ("address" in tab.does("listening.warm")) is late
    if late:
        tab.does("listening.start")
        house.tick()
        assert tab.received("listening.move") == [], "it is what they want to see"


def following(full: Full) -> House:
    """The process ends without a word, and the next one begins."""
    full.house = full.house.successor()
    return full.house


def test_an_address_outlives_the_process(full: Full) -> None:
    house = following(full)
    try:
        assert len(full.links) == 1
        assert full.file(full.guest) == (200, FILES["live.m3u8"], FOR_PLAYLIST)
        assert full.file(full.first.guest)[0] == 404
        assert house.core.engine.streams.names() == (full.slug,)
        back = house.tab(full.guest, full.slug)
        assert back.does("space.join", slug=full.slug)["held"] == ["late"]
        assert back.does("listening.warm")["address"] == full.address
        full.house.tick()
        assert back.received("listening.move") == [], "there is still no room"
        back.does("space.leave")
        assert full.file(full.guest)[0] == 404
    finally:
        house.close()


def test_only_whoever_is_still_there_keeps_an_address(full: Full) -> None:
    """They left between the commit and the link."""
    other = House(full.house.folder)
    other.core.spaces.leave(full.slug, full.guest.id)
    other.close()
    house = following(full)
    try:
        assert full.links == []
        assert house.core.engine.streams.names() == ()
        assert not house.core.engine.streams.folder_of(full.slug).exists()
    finally:
        house.close()


def test_links_that_are_none_of_ours_are_taken_away(full: Full) -> None:
    [mine] = full.links
    (mine.parent / "made-up.link").symlink_to(mine.resolve())
    house = following(full)
    try:
        assert full.links == [mine]
    finally:
        house.close()


def test_who_came_over_while_nobody_served_hears_it_once(full: Full) -> None:
    full.first.does("space.leave")
    assert len(moves(full)) == 1
    seat = full.second.does("listening.warm")["seat"]
    full.house.core.hls.on_seat = lambda _event: None  # type: ignore[method-assign]
    full.second.does("listening.answer", seat=seat, sdp=OFFER)
    assert len(full.links) == 1
    house = following(full)
    try:
        assert full.links == []
        assert house.seats()[seat].connected
    finally:
        house.close()
