"""The rules of the stage, as people meet them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.house import Guest, House, Tab


@pytest.fixture
def small(tmp_path: Path) -> Iterator[House]:
    """Two speakers beside the host."""
    house = House(tmp_path, speakers_per_space=2)
    yield house
    house.close()


def roles(house: House, slug: str) -> dict[str, str]:
    return {on_stage.name: on_stage.role for on_stage in house.core.spaces.stage(slug)}


def asking(house: House, name: str, slug: str) -> tuple[Tab, Guest]:
    guest = house.guest(name)
    tab = house.joined(guest, slug)
    tab.does("speaking.request")
    return tab, guest


def test_whoever_asks_is_in_the_hosts_queue_and_nowhere_else(house: House) -> None:
    host, slug = house.space()
    other = house.joined(house.guest("Lou"), slug)
    _, guest = asking(house, "Tomas", slug)
    [(_, queue)] = host.received("hosting.queue")
    assert [(one["id"], one["name"]) for one in queue["people"]] == [(guest.id, "Tomas")]
    assert other.received("hosting.queue") == []
    assert roles(house, slug) == {"Hana": "host"}


def test_the_queue_is_in_order_of_asking(house: House) -> None:
    host, slug = house.space()
    for name in ("Ada", "Bo", "Cleo"):
        asking(house, name, slug)
        house.go_on(seconds=1)
    assert [p["name"] for p in host.does("hosting.people")["people"]] == ["Ada", "Bo", "Cleo"]


def test_accepted_is_on_stage_and_everybody_sees_it(house: House) -> None:
    host, slug = house.space()
    listener = house.joined(house.guest("Lou", "beta"), slug)
    tab, guest = asking(house, "Tomas", slug)
    host.does("hosting.accept", person=guest.id)
    assert roles(house, slug) == {"Hana": "host", "Tomas": "speaker"}
    assert tab.received("speaking.state")[-1][1] == {"state": "accepted"}
    [(_, told)] = listener.received("space.stage")
    assert [person["name"] for person in told["stage"]] == ["Hana", "Tomas"]


def test_declined_may_ask_again(house: House) -> None:
    host, slug = house.space()
    tab, guest = asking(house, "Tomas", slug)
    host.does("hosting.decline", person=guest.id)
    assert tab.received("speaking.state")[-1][1] == {"state": "declined"}
    assert tab.does("speaking.where") == {"state": "none"}
    tab.does("speaking.request")
    assert tab.does("speaking.where") == {"state": "asked"}


def test_a_request_can_be_taken_back(house: House) -> None:
    host, slug = house.space()
    tab, guest = asking(house, "Tomas", slug)
    tab.does("speaking.cancel")
    assert host.does("hosting.people")["people"] == []
    assert host.refused("hosting.accept", person=guest.id) == "not_asked"
    assert tab.refused("speaking.cancel") == "not_asked"


def test_asking_twice(house: House) -> None:
    host, slug = house.space()
    tab, guest = asking(house, "Tomas", slug)
    assert tab.refused("speaking.request") == "already_asked"
    host.does("hosting.accept", person=guest.id)
    assert tab.refused("speaking.request") == "already_asked"
    assert host.refused("hosting.accept", person=guest.id) == "not_asked"
    assert host.refused("speaking.request") == "already_asked"


def test_ten_speakers_beside_the_host_and_no_more(house: House) -> None:
    host, slug = house.space()
    people = [asking(house, f"Speaker {number}", slug) for number in range(11)]
    for _, guest in people[:10]:
        host.does("hosting.accept", person=guest.id)
    (_, first), (late, last) = people[0], people[10]
    assert host.refused("hosting.accept", person=last.id) == "stage_full"
    assert len(roles(house, slug)) == 11
    assert late.does("speaking.where") == {"state": "asked"}, "who was refused still waits"
    host.does("hosting.remove", person=first.id)
    host.does("hosting.accept", person=last.id)
    assert len(roles(house, slug)) == 11


def test_the_limit_is_a_setting(small: House) -> None:
    host, slug = small.space()
    for name in ("Ada", "Bo"):
        _, guest = asking(small, name, slug)
        host.does("hosting.accept", person=guest.id)
    _, third = asking(small, "Cleo", slug)
    assert host.refused("hosting.accept", person=third.id) == "stage_full"


def test_who_goes_away_makes_room(small: House) -> None:
    host, slug = small.space()
    people = [asking(small, name, slug) for name in ("Ada", "Bo", "Cleo")]
    for _, guest in people[:2]:
        host.does("hosting.accept", person=guest.id)
    people[0][0].does("space.leave")
    host.does("hosting.accept", person=people[2][1].id)
    assert roles(small, slug) == {"Hana": "host", "Bo": "speaker", "Cleo": "speaker"}


@pytest.mark.parametrize("action", ["accept", "decline", "mute", "remove"])
def test_only_the_host_acts_as_host(house: House, action: str) -> None:
    """Neither another host in this Space, nor one of another Space, nor one who is in none."""
    _, slug = house.space()
    tab, guest = asking(house, "Tomas", slug)
    stranger = house.guest("Heinz", followers=5000)
    before = house.core.spaces.told(slug)
    here = house.joined(stranger, slug)
    assert here.refused(f"hosting.{action}", person=guest.id) == "not_allowed"
    elsewhere, _ = house.space(house.guest("Hugo", followers=900))
    assert elsewhere.refused(f"hosting.{action}", person=guest.id) in ("not_asked", "not_on_stage")
    nowhere = house.tab(house.guest("Hedda", followers=900))
    assert nowhere.refused(f"hosting.{action}", person=guest.id) == "not_in_space"
    assert house.core.spaces.told(slug) == before
    assert tab.does("speaking.where") == {"state": "asked"}


@pytest.mark.parametrize("action", ["hosting.people", "hosting.end"])
def test_only_the_host_sees_the_queue_and_ends_the_space(house: House, action: str) -> None:
    _, slug = house.space()
    other = house.joined(house.guest("Heinz", followers=5000), slug)
    assert other.refused(action) == "not_allowed"
    assert house.core.spaces.told(slug) is not None


def test_a_host_cannot_leave_or_be_removed_from_the_stage(house: House) -> None:
    host, slug = house.space()
    assert host.refused("speaking.leave") == "not_on_stage"
    assert host.refused("hosting.remove", person=host.guest.id) == "not_on_stage"
    assert roles(house, slug) == {"Hana": "host"}


def test_muted_by_the_host_only_oneself_can_undo_it(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    tab.received()
    host.does("hosting.mute", person=guest.id)
    assert tab.received("space.me")[-1][1]["muted"] is True
    assert house.seats()[f"{slug}.{guest.id}.talk"].muted, "on the bridge, without the browser"
    tab.does("stage.mute", muted=False)
    assert not house.seats()[f"{slug}.{guest.id}.talk"].muted


def test_late_mute_request_changes_nothing(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    assert tab.does("stage.mute", muted=True, n=2) == {"muted": True, "n": 2}
    assert tab.does("stage.mute", muted=False, n=1) == {"muted": True, "n": 2}
    assert house.seats()[f"{slug}.{guest.id}.talk"].muted
    assert tab.does("stage.mute", muted=False, n=3) == {"muted": False, "n": 3}
    assert not house.seats()[f"{slug}.{guest.id}.talk"].muted


def test_mute_request_is_numbered_across_sockets_and_processes(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    house.on_stage(host, guest, slug).does("stage.mute", muted=True, n=7)
    following = house.successor()
    try:
        tab = following.tab(guest, slug)
        me = tab.does("space.join", slug=slug)["me"]
        assert (me["muted"], me["n"]) == (True, 7)
        assert tab.does("stage.mute", muted=False, n=7) == {"muted": True, "n": 7}
    finally:
        following.close()


@pytest.mark.parametrize("number", [0, -1, 2**53, 1.5, "1", True])
def test_mute_number_that_is_none_is_refused(house: House, number: object) -> None:
    host, slug = house.space()
    tab = house.on_stage(host, house.guest("Tomas"), slug)
    assert tab.refused("stage.mute", muted=True, n=number) == "bad_input"


def test_mute_by_the_host_beats_an_unmute_that_did_not_know_of_it(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    tab.does("stage.mute", muted=True, n=1)
    tab.does("stage.mute", muted=False, n=2)
    host.does("hosting.mute", person=guest.id)
    assert tab.does("stage.mute", muted=False, n=3) == {"muted": True, "n": 3}
    assert tab.does("stage.mute", muted=False, n=4) == {"muted": False, "n": 4}


def test_muted_by_is_told_only_of_somebody_else(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    tab.does("stage.mute", muted=True, n=1)
    assert "muted_by" not in tab.received("space.me")[-1][1]
    tab.does("stage.mute", muted=False, n=2)
    host.does("hosting.mute", person=guest.id)
    by = {"id": host.guest.id, "name": "Hana", "qa": False}
    assert tab.received("space.me")[-1][1]["muted_by"] == by
    assert house.joined(guest, slug).does("space.join", slug=slug)["me"]["muted_by"] == by


def test_muting_twice_is_as_once(house: House) -> None:
    host, slug = house.space()
    tab = house.on_stage(host, house.guest("Tomas"), slug)
    listener = house.joined(house.guest("Lou", "beta"), slug)
    listener.received()
    for _ in range(2):
        assert tab.does("stage.mute", muted=True) == {"muted": True}
    assert len(listener.received("space.stage")) == 1


def test_a_listener_has_no_microphone_to_mute(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.joined(guest, slug)
    assert tab.refused("stage.mute", muted=True) == "not_on_stage"
    assert host.refused("hosting.mute", person=guest.id) == "not_on_stage"
    assert host.refused("hosting.remove", person=guest.id) == "not_on_stage"


def test_left_and_removed_are_back_to_listening(house: House) -> None:
    host, slug = house.space()
    for number, go in enumerate(("leave", "remove")):
        guest = house.guest(f"Tomas {number}")
        tab = house.on_stage(host, guest, slug)
        assert house.on_bridge(slug) == {guest.id}
        tab.received()
        if go == "leave":
            tab.does("speaking.leave")
        else:
            host.does("hosting.remove", person=guest.id)
        assert house.on_bridge(slug) == set()
        assert tab.received("space.me")[-1][1] == {
            "role": "listener",
            "muted": False,
            "listening": True,
        }
        assert tab.refused("speaking.leave") == "not_on_stage"


def test_the_removed_is_told_why(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    host.does("hosting.remove", person=guest.id)
    assert tab.received("speaking.state")[-1][1] == {"state": "removed"}


@pytest.mark.parametrize("action", ["accept", "decline", "mute", "remove"])
def test_nobody_of_that_id(house: House, action: str) -> None:
    host, _ = house.space()
    assert host.refused(f"hosting.{action}", person="0" * 32) in ("not_asked", "not_on_stage")
