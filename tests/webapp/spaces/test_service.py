"""Spaces: coming, going, coming back, ending."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import event

from flags.sources.interface import Closing
from tests.harness.house import OFFER, House


def test_one_live_space_per_host(house: House) -> None:
    host, slug = house.space()
    assert host.refused("hosting.open", title="Another") == "conflict"
    host.does("hosting.end")
    assert host.does("hosting.open", title="Another")["slug"] != slug


def test_titles_are_one_line_that_hides_nothing(house: House) -> None:
    host = house.tab(house.guest("Hana", followers=1200))
    for title in (
        "",
        "   ",
        "x" * 81,
        "x" * 401,
        "a\u202eb",
        "a\x00b",
        "a\u200fb",
        "\ud800",
        "\u200b\u200b",
        "\u2800 \ufeff",
        5,
        None,
    ):
        assert host.refused("hosting.open", title=title) == "bad_input", repr(title)
    slug = host.does("hosting.open", title="  Morning \n show\t<b>é</b> ")["slug"]
    told = house.core.spaces.told(slug)
    assert told is not None
    assert told.title == "Morning show <b>é</b>"


def test_unknown_and_ended_spaces(house: House) -> None:
    host, slug = house.space()
    tab = house.tab(house.guest("Tomas"))
    assert tab.refused("space.join", slug="nosuch") == "not_found"
    host.does("hosting.end")
    assert tab.refused("space.join", slug=slug) == "space_ended"
    assert tab.refused("listening.warm") == "not_in_space"


def test_joining_twice_is_as_once(house: House) -> None:
    _, slug = house.space()
    tab = house.tab(house.guest("Tomas"))
    first = tab.does("space.join", slug=slug)
    assert tab.does("space.join", slug=slug) == first
    assert tab.received("space.elsewhere") == []


def test_the_second_tab_takes_over_and_the_first_is_told(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    first = house.listening(guest, slug)
    second = house.joined(guest, slug)
    assert first.received("space.elsewhere") == [("space.elsewhere", {})]
    assert first.refused("listening.stop") == "not_in_space"
    assert second.does("space.join", slug=slug)["me"]["listening"] is True, "the place is kept"
    host.does("hosting.end")
    assert [name for name, _ in first.received()] == [], "the first hears no more of this Space"
    assert second.received("space.ended") == [("space.ended", {"because": None})]


def test_closing_the_first_tab_changes_nothing_for_the_second(house: House) -> None:
    _, slug = house.space()
    guest = house.guest("Tomas")
    first = house.listening(guest, slug)
    second = house.joined(guest, slug)
    first.close()
    house.go_on(seconds=60)
    second.does("listening.stop")
    assert house.core.spaces.standing(slug, guest.id) is not None


def test_one_socket_moves_from_space_to_space(house: House) -> None:
    _, slug = house.space()
    other_host, other = house.space(house.guest("Hugo", followers=900))
    tab = house.joined(house.guest("Tomas"), slug)
    tab.does("space.join", slug=other)
    tab.received()
    other_host.does("hosting.end")
    assert tab.received("space.ended") == [("space.ended", {"because": None})]


def test_reload_comes_back_to_the_same_place(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    tab.does("stage.mute", muted=True)
    tab.close()
    house.tick()
    again = house.tab(guest, slug)
    joined = again.does("space.join", slug=slug)
    assert joined["me"] == {"role": "speaker", "muted": True, "listening": False}
    assert house.on_bridge(slug) == {guest.id}, "a dropped socket does not drop the sound"


def test_leaving_takes_everything_away(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    house.warm(tab)
    tab.does("space.leave")
    assert house.seats() == {}
    assert [p["name"] for p in host.does("space.join", slug=slug)["space"]["stage"]] == ["Hana"]
    assert tab.refused("stage.offer", sdp=OFFER) == "not_in_space"
    assert house.joined(guest, slug).does("speaking.where") == {"state": "none"}


def test_a_host_who_leaves_is_still_the_host(house: House) -> None:
    host, slug = house.space()
    host.does("space.leave")
    assert host.does("space.join", slug=slug)["me"]["role"] == "host"


def test_an_ended_space_leaves_nothing(house: House) -> None:
    host, slug = house.space()
    house.on_stage(host, house.guest("Tomas"), slug)
    listener = house.listening(house.guest("Lou", "beta"), slug)
    host.does("stage.offer", sdp=OFFER)
    assert house.audit().handles == 3
    host.does("hosting.end")
    assert listener.received("space.ended")
    audit = house.audit()
    assert (audit.rooms, audit.mountpoints, audit.handles) == ({}, {}, 0)
    assert house.seats() == {}
    assert house.core.sound.places.of_space(slug) == []
    assert listener.refused("listening.start") == "not_in_space"
    assert listener.refused("listening.warm") == "not_in_space"
    assert house.seats() == {}


def test_ending_twice_tells_once(house: House) -> None:
    host, slug = house.space()
    listener = house.joined(house.guest("Lou"), slug)
    host.does("hosting.end")
    assert host.refused("hosting.end") in ("space_ended", "not_allowed", "not_in_space")
    house.core.spaces.end(slug)
    house.settle()
    assert len(listener.received("space.ended")) == 1


def test_the_page_of_a_space(house: House) -> None:
    host, slug = house.space()
    browser = house.browser(house.guest("Tomas"))
    assert "Morning show" in browser.get(f"/spaces/{slug}").text
    assert browser.get("/spaces/nosuch").status_code == 404
    host.does("hosting.end")
    assert browser.get(f"/spaces/{slug}").status_code == 200, "a friendly page says that it is over"


def test_counts_and_names_of_listeners(house: House) -> None:
    host, slug = house.space()
    house.listening(house.guest("Lou", "beta"), slug)
    house.joined(house.guest("Quiet", "beta"), slug)
    host.received()
    house.go_on(seconds=2)
    [(_, told)] = host.received("space.count")
    assert told["listeners"] == 1
    assert [person["name"] for person in told["crowd"]] == ["Lou"]


def test_counts_are_gathered(house: House) -> None:
    """In a full Space people come and go all the time: one count for all of them."""
    host, slug = house.space()
    host.received()
    for number in range(5):
        house.listening(house.guest(f"Lou {number}", "beta"), slug)
    assert host.received("space.count") == []
    house.go_on(seconds=2)
    [(_, told)] = host.received("space.count")
    assert told["listeners"] == 5


def test_the_lobby_hears_of_spaces(house: House) -> None:
    waiting = house.tab(house.guest("Lou", "beta"))
    waiting.received()
    host, slug = house.space()
    house.go_on(seconds=2)
    [(_, told)] = waiting.received("lobby.spaces")
    assert [(space["slug"], space["host"]["name"]) for space in told["spaces"]] == [(slug, "Hana")]
    host.does("hosting.end")
    house.go_on(seconds=2)
    assert waiting.received("lobby.spaces")[-1] == ("lobby.spaces", {"spaces": []})


def test_somebody_talking_is_seen_by_listeners(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    listener = house.joined(house.guest("Lou", "beta"), slug)
    listener.received()
    house.talk(guest, slug)
    assert listener.received("space.talking") == [
        ("space.talking", {"id": guest.id, "talking": True})
    ]
    tab.does("stage.mute", muted=True)
    assert ("space.talking", {"id": guest.id, "talking": False}) in listener.received()


def test_a_countdown_is_told_ends_the_space_and_can_be_called_off(house: House) -> None:
    _, slug = house.space()
    listener = house.joined(house.guest("Lou", "beta"), slug)
    listener.received()
    house.close_gate("web-hosting", Closing.CUT)
    [(_, told)] = listener.received("space.ending")
    assert told["seconds"] == 30
    house.go_on(seconds=20)
    late = house.tab(house.guest("Late", "beta"), slug).does("space.join", slug=slug)
    assert late["space"]["seconds"] == 10
    house.open_gate("web-hosting")
    [(_, told)] = listener.received("space.ending")
    assert told == {"ends_at": None, "seconds": None, "away": False}
    house.go_on(seconds=60)
    assert house.core.spaces.told(slug) is not None
    house.close_gate("web-hosting", Closing.CUT)
    house.go_on(seconds=31)
    assert house.core.spaces.told(slug) is None
    assert listener.received("space.ended") == [("space.ended", {"because": None})]


def test_a_countdown_that_runs_is_not_begun_again(house: House) -> None:
    _, slug = house.space()
    house.core.spaces.begin_countdown(slug, timedelta(seconds=30))
    house.go_on(seconds=20)
    house.core.spaces.begin_countdown(slug, timedelta(seconds=30))
    house.go_on(seconds=11)
    assert house.core.spaces.told(slug) is None


def test_joining_reads_a_space_once(house: House) -> None:
    host, slug = house.space()
    house.on_stage(host, house.guest("Tomas"), slug)
    house.core.spaces.begin_countdown(slug, timedelta(minutes=1))
    tab = house.tab(house.guest("Lou", "beta"), slug)
    asked: list[str] = []

    def executed(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    engine = house.core.db.engine
    event.listen(engine, "before_cursor_execute", executed)
    try:
        joined = tab.does("space.join", slug=slug)
    finally:
        event.remove(engine, "before_cursor_execute", executed)
    assert joined["space"]["seconds"] == 60
    crowd = [
        statement
        for statement in asked
        if "LIMIT" in statement and "JOIN participants" in statement
    ]
    assert len(crowd) == 1, "all that is told of a Space is read in one go"
