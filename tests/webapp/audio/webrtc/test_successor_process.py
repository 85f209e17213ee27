"""A web process ends, however it does, and the next one goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness.house import OFFER, Guest, House
from webapp.audio.webrtc.janus_session_file import KeptSession


class Evening:
    """A Space with somebody of every kind in it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.host, self.slug = house.space()
        self.speaker = house.guest("Tomas")
        self.listener = house.guest("Lou", "beta")
        self.warm = house.guest("Wanda", "beta")
        speaking = house.on_stage(self.host, self.speaker, self.slug)
        house.warm(speaking)
        house.listening(self.listener, self.slug)
        house.warm(house.joined(self.warm, self.slug))

    def seat(self, guest: Guest, kind: str) -> str:
        return f"{self.slug}.{guest.id}.{kind}"


@pytest.fixture
def evening(house: House) -> Evening:
    return Evening(house)


@pytest.fixture
def succeed(house: House) -> Iterator[Callable[[], House]]:
    """The next process; ended with the test."""
    made: list[House] = []

    def successor() -> House:
        made.append((made[-1] if made else house).successor())
        return made[-1]

    yield successor
    for one in made:
        one.close()


@contextmanager
def saved_only(house: House) -> Iterator[House]:
    """For what reaches the database and not Janus: a process that has none of the seats."""
    other = House(house.folder)
    yield other
    other.close()


def test_everybody_has_their_seats_and_is_in_control(
    evening: Evening, succeed: Callable[[], House]
) -> None:
    before = evening.house.seats()
    following = succeed()
    assert following.seats() == before
    speaker = following.tab(following.sign_in(evening.speaker.person), evening.slug)
    joined = speaker.does("space.join", slug=evening.slug)
    assert joined["me"]["role"] == "speaker"
    assert joined["held"] == ["listen", "talk"]
    speaker.does("stage.mute", muted=True)
    assert following.seats()[evening.seat(evening.speaker, "talk")].muted
    speaker.does("speaking.leave")
    held = following.seats()
    assert evening.seat(evening.speaker, "talk") not in held
    assert not held[evening.seat(evening.speaker, "listen")].paused, "back without a hole"
    listener = following.tab(following.sign_in(evening.listener.person), evening.slug)
    listener.does("space.join", slug=evening.slug)
    listener.does("listening.stop")
    assert following.seats()[evening.seat(evening.listener, "listen")].paused
    audit = following.audit()
    assert audit.handles == len(following.seats()) == 3
    assert set(audit.rooms) == set(audit.mountpoints) == {evening.slug}


def test_nobody_is_told_to_take_a_seat_again(
    evening: Evening, succeed: Callable[[], House]
) -> None:
    following = succeed()
    tab = following.tab(following.sign_in(evening.listener.person), evening.slug)
    tab.does("space.join", slug=evening.slug)
    for _ in range(3):
        following.go_on(seconds=1)
    assert tab.received("listening.lost") == []


def test_what_was_decided_but_not_done_is_done(
    evening: Evening, succeed: Callable[[], House]
) -> None:
    """The process ended between the commit and Janus: the database has the last word."""
    with saved_only(evening.house) as house:
        house.core.stage.leave(evening.slug, evening.speaker.id)
        house.core.spaces.leave(evening.slug, evening.listener.id)
    following = succeed()
    held = following.seats()
    back = evening.seat(evening.speaker, "listen")
    assert set(held) == {back, evening.seat(evening.warm, "listen")}
    assert not held[back].paused
    assert following.audit().handles == 2


def test_a_host_muted_meanwhile_is_silent(evening: Evening, succeed: Callable[[], House]) -> None:
    house = evening.house
    host = evening.host
    host.does("stage.offer", sdp=OFFER)
    with saved_only(house) as elsewhere:
        elsewhere.core.stage.mute(evening.slug, host.guest.id, True)
    following = succeed()
    assert following.seats()[evening.seat(host.guest, "talk")].muted


def test_a_space_that_ended_meanwhile_leaves_nothing(
    evening: Evening, succeed: Callable[[], House]
) -> None:
    with saved_only(evening.house) as house:
        house.core.spaces.end(evening.slug)
    following = succeed()
    assert following.seats() == {}
    assert following.audit().handles == 0


def test_who_never_comes_back_is_gone_after_a_while(
    evening: Evening, succeed: Callable[[], House]
) -> None:
    """A listener's seat alone is no sign of life: Janus does not notice who only receives."""
    following = succeed()
    following.joined(following.sign_in(evening.host.guest.person), evening.slug)
    for _ in range(5):
        following.go_on(seconds=30)
    assert following.core.spaces.standing(evening.slug, evening.listener.id) is None
    assert evening.seat(evening.listener, "listen") not in following.seats()


def test_a_speaker_who_vanished_meanwhile_is_gone_after_a_while(
    evening: Evening, succeed: Callable[[], House]
) -> None:
    """Janus told whoever was there, which was nobody: their seat looked as if they still talked."""
    seat = evening.seat(evening.speaker, "talk")
    participant = evening.house.seats()[seat].participant
    evening.house.runtime.run(evening.house.janus.part(), 5)
    evening.house.janus_does("vanish", participant)
    following = succeed()
    assert following.seats()[seat].connected
    following.joined(following.sign_in(evening.host.guest.person), evening.slug)
    for _ in range(5):
        following.go_on(seconds=30)
    assert following.core.spaces.standing(evening.slug, evening.speaker.id) is None
    assert seat not in following.seats()


def test_a_speaker_who_is_still_heard_stays_without_a_socket(
    evening: Evening, succeed: Callable[[], House]
) -> None:
    following = succeed()
    following.joined(following.sign_in(evening.host.guest.person), evening.slug)
    for _ in range(10):
        following.go_on(seconds=30)
    assert evening.seat(evening.speaker, "talk") in following.seats()
    assert evening.speaker.id in following.on_bridge(evening.slug)
    participant = following.seats()[evening.seat(evening.speaker, "talk")].participant
    following.janus_does("vanish", participant)
    for _ in range(5):
        following.go_on(seconds=30)
    assert following.core.spaces.standing(evening.slug, evening.speaker.id) is None


def test_a_warm_seat_is_let_go_after_its_time(
    evening: Evening, succeed: Callable[[], House]
) -> None:
    following = succeed()
    tab = following.tab(following.sign_in(evening.warm.person), evening.slug)
    tab.does("space.join", slug=evening.slug)
    following.go_on(seconds=121)
    assert evening.seat(evening.warm, "listen") not in following.seats()


def test_a_browser_is_told_that_it_has_no_seat(house: House) -> None:
    """What was said while its socket was away did not reach it."""
    host, slug = house.space()
    guest = house.guest("Tomas")
    house.on_stage(host, guest, slug).close()
    house.janus_does("hang_up", house.seats()[f"{slug}.{guest.id}.talk"].participant)
    tab = house.tab(guest, slug)
    assert tab.does("space.join", slug=slug)["held"] == []


def test_the_number_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    kept = KeptSession(tmp_path / "janus-session-5000")
    assert kept.read() is None
    kept.write(123)
    kept.write(4567)
    assert kept.read() == 4567
    (tmp_path / "janus-session-5000").write_text("45x")
    assert kept.read() is None
    kept.forget()
    kept.forget()
    assert list(tmp_path.iterdir()) == []
    KeptSession(tmp_path / "nowhere" / "file").write(1)
