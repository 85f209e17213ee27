"""What somebody holds in the sound ends with whatever let them hold it: feature, login, socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flags.sources.interface import Closing
from tests.harness.house import OFFER, Guest, House, Tab
from webapp.audio.revocation import Holding
from webapp.audio.webrtc import sound_check


def in_janus(house: House, guest: Guest) -> list[str]:
    """The seats of somebody, as media and Janus have them: none is nowhere."""
    seats = [seat for seat in house.seats() if guest.id in seat]
    assert house.audit().handles == len(house.seats())
    return seats


def checking(house: House, guest: Guest) -> Tab:
    tab = house.tab(guest)
    tab.does("check.begin", sdp=OFFER)
    tab.does("check.answer", sdp=OFFER)
    return tab


def cut_both(house: House, _tab: Tab) -> None:
    house.close_gate("web-speaking", Closing.CUT)
    house.close_gate("web-hosting", Closing.CUT)


def cut_parent(house: House, _tab: Tab) -> None:
    house.close_gate("web-listening", Closing.CUT)


def drain_both(house: House, _tab: Tab) -> None:
    house.close_gate("web-hosting", Closing.DRAIN)
    house.close_gate("web-speaking", Closing.DRAIN)


def move(house: House, tab: Tab) -> None:
    house.move(tab.guest, "public")


def sign_out(house: House, tab: Tab) -> None:
    house.core.accounts.logins.end(tab.guest.id, tab.guest.login)
    house.settle()


def sign_out_elsewhere(house: House, tab: Tab) -> None:
    """As the command line does: this process notices when it looks."""
    house.core.events._subscribers.clear()
    sign_out(house, tab)
    house.tick()


def shut_out(house: House, tab: Tab) -> None:
    house.core.accounts.logins.shut(tab.guest.id)
    house.settle()


def lose_socket(_house: House, tab: Tab) -> None:
    tab.close()


@pytest.mark.parametrize(
    "how",
    [cut_both, cut_parent, drain_both, move, sign_out, shut_out, lose_socket],
    ids=lambda how: how.__name__,
)
def test_a_sound_check_ends_with_what_lets_one_have_it(
    house: House, how: Callable[[House, Tab], None]
) -> None:
    guest = house.guest("Tomas", followers=1200)
    tab = checking(house, guest)
    other = house.guest("Lou", followers=1200)
    assert house.core.holdings.of(guest.id) == [Holding("check", f"check-{guest.id}")]
    how(house, tab)
    assert in_janus(house, guest) == []
    assert house.core.holdings.of(guest.id) == []
    assert house.core.checks.under_way() == []
    if how in (sign_out, shut_out, lose_socket, move):
        checking(house, other)
        assert len(in_janus(house, other)) == 2


def test_a_sound_check_goes_on_while_one_feature_that_has_it_is_open(house: House) -> None:
    guest = house.guest("Tomas", followers=1200)
    tab = checking(house, guest)
    house.close_gate("web-speaking", Closing.CUT)
    assert len(in_janus(house, guest)) == 2
    tab.does("check.end")
    assert in_janus(house, guest) == []


def test_the_check_of_the_next_page_survives_the_end_of_the_page_before(house: House) -> None:
    guest = house.guest("Tomas")
    before = checking(house, guest)
    checking(house, guest)
    before.close()
    assert len(in_janus(house, guest)) == 2
    house.go_on(seconds=sound_check.LONGEST_SECONDS + 1)
    assert in_janus(house, guest) == []


def test_a_socket_that_ends_while_its_check_begins_leaves_nothing(house: House) -> None:
    guest = house.guest("Tomas")
    tab = house.tab(guest)
    run = house.runtime.run

    def vanishing(coroutine: object, timeout: float) -> object:
        if house.core.checks.holds(guest.id):
            house.runtime.run = run  # type: ignore[method-assign]
            connection = house.core.presence.by_sid(tab.sid)
            assert connection is not None
            result = run(coroutine, timeout)  # type: ignore[arg-type, var-annotated]
            tab.close()
            return result
        return run(coroutine, timeout)  # type: ignore[arg-type, return-value]

    house.runtime.run = vanishing  # type: ignore[method-assign, assignment]
    tab.call("check.begin", {"sdp": OFFER})
    assert in_janus(house, guest) == []


@pytest.mark.parametrize("how", [sign_out, shut_out, sign_out_elsewhere], ids=lambda f: f.__name__)
def test_signing_out_ends_seats_in_spaces(house: House, how: Callable[[House, Tab], None]) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    house.warm(tab)
    assert len(in_janus(house, guest)) == 2
    how(house, tab)
    assert in_janus(house, guest) == []
    assert house.core.spaces.standing(slug, guest.id) is None
    assert not tab.connected


def test_signing_out_without_a_socket_ends_a_seat_that_still_sends(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    tab.close()
    assert house.on_bridge(slug) == {guest.id}, "sound alone is being there"
    house.core.accounts.logins.end(guest.id, guest.login)
    house.settle()
    assert in_janus(house, guest) == []


def test_another_device_keeps_what_it_holds(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    phone = house.sign_in(guest.person)
    house.on_stage(host, phone, slug)
    house.core.accounts.logins.end(guest.id, guest.login)
    house.settle()
    assert house.on_bridge(slug) == {guest.id}


def test_everything_of_a_person_can_be_ended(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    house.warm(house.on_stage(host, guest, slug))
    checking(house, guest)
    kinds = sorted(one.kind for one in house.core.holdings.of(guest.id))
    assert kinds == ["check", "seat"]
    house.core.holdings.end(guest.id)
    house.settle()
    assert house.core.holdings.of(guest.id) == []
    assert in_janus(house, guest) == []


def test_hls_addresses_are_held_as_well(house: House) -> None:
    _, slug = house.space()
    guest = house.guest("Lou", "beta")
    tab = house.joined(guest, slug)
    house.core.hls._late[slug, guest.id] = None  # type: ignore[assignment]
    assert Holding("stream", slug) in house.core.holdings.of(guest.id)
    del house.core.hls._late[slug, guest.id]
    tab.does("space.leave")
