"""Gates are live: a change made by another process reaches whoever it concerns, and nobody else.

Closing is the server's doing: it happens whether the browser helps, sleeps or is gone.
"""

from __future__ import annotations

import pytest
from sqlalchemy import text

from flags.sources.interface import Closing
from tests.harness.definitions import edit
from tests.harness.house import OFFER, House

EVERYTHING = ["web-listening", "web-speaking", "web-hosting", "reactions"]


def keys(features: list[dict[str, object]]) -> list[object]:
    return [feature["key"] for feature in features]


def test_a_browser_is_greeted_with_what_it_has_and_nothing_else(house: House) -> None:
    host = house.tab(house.guest("Hana", followers=1200))
    [(name, told)] = host.received()
    assert name == "features"
    assert keys(told["features"]) == EVERYTHING, "parents first"
    for feature in told["features"]:
        assert set(feature) == {"key", "variant", "module", "styles", "strings"}, "and no rules"
    listener = house.tab(house.guest("Lou", "beta"))
    assert keys(listener.received("features")[0][1]["features"]) == ["web-listening"]
    outsider = house.tab(house.guest("Oscar", "public"))
    assert outsider.received("features")[0][1]["features"] == []


def test_only_differences_are_sent_and_only_to_those_concerned(house: House) -> None:
    alpha, beta = house.tab(house.guest("Tomas")), house.tab(house.guest("Lou", "beta"))
    for tab in (alpha, beta):
        tab.received()
    house.close_gate("web-speaking", Closing.DRAIN)
    [(name, told)] = alpha.received()
    assert name == "features.changed"
    assert told["opened"] == []
    assert told["closed"] == [{"key": "web-speaking", "closing": "drain"}]
    house.core.source.set_cohort("web-speaking", "beta", True, "a test")
    house.tick()
    assert (alpha.received(), beta.received()) == ([], []), "changed, but not for them"
    house.open_gate("web-speaking")
    for tab in (alpha, beta):
        [(_, told)] = tab.received()
        assert keys(told["opened"]) == ["web-speaking"]
        assert told["closed"] == []


def test_closing_a_parent_closes_its_children_first(house: House) -> None:
    tab = house.tab(house.guest("Hana", followers=1200))
    tab.received()
    house.close_gate("web-listening", Closing.CUT)
    [(_, told)] = tab.received()
    assert told["closed"] == [{"key": key, "closing": "cut"} for key in reversed(EVERYTHING)]


def test_another_variant_is_a_closing_and_an_opening(house: House) -> None:
    tab = house.tab(house.guest("Tomas"))
    [(_, greeted)] = tab.received()
    variant = next(f["variant"] for f in greeted["features"] if f["key"] == "reactions")
    other = {"tray": "tapback", "tapback": "tray"}[variant]
    with_other(house, other)
    [(_, told)] = tab.received()
    assert [(f["key"], f["variant"]) for f in told["opened"]] == [("reactions", other)]
    assert [closed["key"] for closed in told["closed"]] == ["reactions"]


def with_other(house: House, variant: str) -> None:
    """Gives everybody one variant."""
    edit(house.core, "reactions", variants={variant: 1000})
    house.tick()


def test_another_cohort_is_other_features(house: House) -> None:
    guest = house.guest("Lou", "beta")
    tab = house.tab(guest)
    tab.received()
    house.move(guest, "alpha")
    [(_, told)] = tab.received()
    assert keys(told["opened"]) == ["web-speaking", "reactions"]
    house.move(guest, "public")
    [(_, told)] = tab.received()
    assert len(told["closed"]) == 3


def test_more_followers_open_hosting(house: House) -> None:
    guest = house.guest("Hana", followers=599)
    tab = house.tab(guest)
    tab.received()
    house.core.accounts.people.set_properties(guest.id, followers=600)
    house.tick()
    [(_, told)] = tab.received()
    assert keys(told["opened"]) == ["web-hosting"]


# ---------------------------------------------------------------------- cut


def test_a_cut_of_speaking_takes_the_speaker_off_the_bridge(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.joined(guest, slug)
    house.warm(tab)
    tab.does("speaking.request")
    host.does("hosting.accept", person=guest.id)
    tab.does("stage.offer", sdp=OFFER)
    assert house.on_bridge(slug) == {guest.id}
    house.close_gate("web-speaking", Closing.CUT)
    assert house.on_bridge(slug) == set()
    assert not house.seats()[f"{slug}.{guest.id}.listen"].paused, "and hears, without a hole"
    assert tab.call("stage.offer", {"sdp": OFFER}) == tab.call("no.such", {"sdp": OFFER})
    assert tab.does("space.join", slug=slug)["me"]["role"] == "listener"


def test_a_closing_that_cannot_be_saved_is_carried_out_as_soon_as_it_can(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.joined(guest, slug)
    tab.does("speaking.request")
    host.does("hosting.accept", person=guest.id)
    tab.does("stage.offer", sdp=OFFER)
    with house.core.db.session() as db_session:
        db_session.execute(
            text(
                "CREATE TRIGGER full BEFORE UPDATE ON participants "
                "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        )
    house.close_gate("web-speaking", Closing.CUT)
    assert "web-speaking" in [
        gone["key"] for gone in tab.received("features.changed")[-1][1]["closed"]
    ]
    with house.core.db.session() as db_session:
        db_session.execute(text("DROP TRIGGER full"))
    house.core.gating.refresh()
    house.settle()
    assert house.on_bridge(slug) == set()


def test_a_cut_takes_open_requests_back(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    house.joined(guest, slug).does("speaking.request")
    house.close_gate("web-speaking", Closing.CUT)
    assert host.does("hosting.people")["people"] == []
    house.open_gate("web-speaking")
    assert host.refused("hosting.accept", person=guest.id) == "not_asked"


def test_a_cut_concerns_only_those_whose_gate_it_closes(house: House) -> None:
    host, slug = house.space(house.guest("Hana", "staff", followers=1200))
    alpha, staff = house.guest("Ada"), house.guest("Stan", "staff")
    for guest in (alpha, staff):
        house.on_stage(host, guest, slug)
    house.core.source.set_cohort("web-speaking", "alpha", False, "a test", closing=Closing.CUT)
    house.tick()
    assert house.on_bridge(slug) == {staff.id}


def test_a_cut_of_listening_ends_sound_for_everybody(house: House) -> None:
    host, slug = house.space()
    host.does("stage.offer", sdp=OFFER)
    house.listening(house.guest("Lou", "beta"), slug)
    house.on_stage(host, house.guest("Tomas"), slug)
    house.close_gate("web-listening", Closing.CUT)
    assert house.seats() == {}
    assert house.core.spaces.present() == []


def test_taken_out_and_let_in_again_a_socket_has_to_join_anew(house: House) -> None:
    _, slug = house.space()
    guest = house.guest("Lou", "beta")
    tab = house.listening(guest, slug)
    house.close_gate("web-listening", Closing.CUT)
    house.open_gate("web-listening")
    assert tab.refused("listening.warm") == "not_in_space"
    assert house.seats() == {}, "no seat for somebody who is not there"
    tab.does("space.join", slug=slug)
    house.warm(tab)


def test_a_cut_of_hosting_ends_the_space_after_a_goodbye(house: House) -> None:
    host, slug = house.space()
    host.does("stage.offer", sdp=OFFER)
    host.received()  # in the Space reactions may be another variant than in the lobby
    house.close_gate("web-hosting", Closing.CUT)
    assert host.received("features.changed") == [], "the host still has the microphone"
    assert host.does("stage.mute", muted=True)
    assert host.refused("hosting.open", title="Another") == "unknown_event"
    house.go_on(seconds=31)
    assert house.core.spaces.told(slug) is None
    assert house.seats() == {}
    [(_, told)] = host.received("features.changed")
    # Beside it: outside of the Space reactions may be another variant again.
    assert {"key": "web-hosting", "closing": "cut"} in told["closed"]
    assert host.call("hosting.people", {}) == host.call("no.such", {})


def test_reactions_close_at_once_whichever_way(house: House) -> None:
    for closing in Closing:
        _, slug = house.space(house.guest(f"Hana {closing}", followers=1200))
        tab = house.joined(house.guest("Tomas"), slug)
        tab.does("reactions.send", emoji="🎉")
        house.close_gate("reactions", closing)
        assert tab.call("reactions.send", {"emoji": "🎉"}) == tab.call("no.such", {})
        house.open_gate("reactions")


# ---------------------------------------------------------------------- drain


def test_drained_speakers_finish_and_nobody_new_begins(house: House) -> None:
    host, slug = house.space()
    guest, waiting, late = house.guest("Tomas"), house.guest("Wanda"), house.guest("Late")
    tab = house.on_stage(host, guest, slug)
    queued = house.joined(waiting, slug)
    queued.does("speaking.request")
    house.close_gate("web-speaking", Closing.DRAIN)
    assert house.on_bridge(slug) == {guest.id}
    assert tab.does("stage.mute", muted=True) == {"muted": True}
    assert tab.received("features.changed") == [], "and keeps the controls for it"
    assert host.refused("hosting.accept", person=waiting.id) == "not_asked"
    assert queued.call("speaking.cancel", {}) == queued.call("no.such", {})
    assert house.joined(late, slug).refused("speaking.request") == "unknown_event"
    tab.does("speaking.leave")
    assert tab.refused("speaking.where") == "unknown_event"
    assert tab.refused("stage.mute", muted=False) == "unknown_event"
    [(_, told)] = tab.received("features.changed")
    assert told["closed"] == [{"key": "web-speaking", "closing": "drain"}]


def test_the_drained_who_are_removed_have_it_no_longer(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    house.close_gate("web-speaking", Closing.DRAIN)
    host.does("hosting.remove", person=guest.id)
    assert tab.refused("speaking.where") == "unknown_event"
    assert "web-speaking" not in house.core.presence.of_person(guest.id)[0].gates


def test_drained_listeners_stay_until_they_leave_also_over_a_reload(house: House) -> None:
    _, slug = house.space()
    guest, warm = house.guest("Lou", "beta"), house.guest("Wanda", "beta")
    tab = house.listening(guest, slug)
    house.warm(house.joined(warm, slug))
    house.close_gate("web-listening", Closing.DRAIN)
    assert list(house.seats()) == [f"{slug}.{guest.id}.listen"], "a warm seat is not inside"
    tab.close()
    again = house.tab(guest, slug)
    assert keys(again.received("features")[0][1]["features"]) == ["web-listening"]
    again.does("space.join", slug=slug)
    assert house.browser(guest).get(f"/spaces/{slug}").status_code == 200
    newcomer = house.guest("New", "beta")
    assert house.tab(newcomer, slug).refused("space.join", slug=slug) == "unknown_event"
    assert house.browser(newcomer).get(f"/spaces/{slug}").status_code == 404
    again.does("space.leave")
    assert again.refused("space.join", slug=slug) == "unknown_event"
    assert house.browser(guest).get(f"/spaces/{slug}").status_code == 404


def test_a_drained_hosts_space_goes_on(house: House) -> None:
    host, slug = house.space()
    house.close_gate("web-hosting", Closing.DRAIN)
    house.go_on(minutes=10)
    assert house.core.spaces.told(slug) is not None
    assert host.does("hosting.people")["people"] == []
    assert host.refused("hosting.open", title="Another") == "unknown_event"
    host.does("hosting.end")
    assert host.refused("hosting.people") == "unknown_event"


def test_from_drain_to_cut(house: House) -> None:
    host, slug = house.space()
    house.on_stage(host, house.guest("Tomas"), slug)
    house.close_gate("web-speaking", Closing.DRAIN)
    assert len(house.on_bridge(slug)) == 1
    house.close_gate("web-speaking", Closing.CUT)
    assert house.on_bridge(slug) == set()


# ---------------------------------------------------------------------- without the browser


@pytest.mark.parametrize("key", ["web-speaking", "web-listening"])
def test_a_cut_reaches_somebody_whose_socket_is_away(house: House, key: str) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    tab.close()
    assert house.on_bridge(slug) == {guest.id}, "still heard: sound does not hang on the socket"
    house.close_gate(key, Closing.CUT)
    assert house.on_bridge(slug) == set()
    audit = house.audit()
    assert all(not people for people in audit.rooms.values())


def test_a_cohort_change_reaches_somebody_whose_socket_is_away(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    house.on_stage(host, guest, slug).close()
    edit(house.core, "web-speaking", closing=Closing.CUT)
    house.move(guest, "beta")
    assert house.on_bridge(slug) == set()


def test_leaving_every_cohort_drains_unless_listening_was_cut(house: House) -> None:
    """How a gate was closed is told by the topmost feature that is closed for the person."""
    host, slug = house.space()
    guest = house.guest("Tomas")
    house.on_stage(host, guest, slug)
    edit(house.core, "web-speaking", closing=Closing.CUT)
    house.move(guest, "public")
    assert house.on_bridge(slug) == {guest.id}
    edit(house.core, "web-listening", closing=Closing.CUT)
    house.tick()
    assert house.on_bridge(slug) == set()


def test_a_hosts_countdown_runs_also_when_the_host_is_away(house: House) -> None:
    host, slug = house.space()
    host.close()
    house.close_gate("web-hosting", Closing.CUT)
    house.go_on(seconds=31)
    assert house.core.spaces.told(slug) is None


def test_closed_while_the_process_was_down(house: House) -> None:
    """The gate closes while nobody serves: the next process makes it true."""
    host, slug = house.space()
    guest = house.guest("Tomas")
    house.on_stage(host, guest, slug)
    house.core.source.turn_off("web-speaking", Closing.CUT, "a test")
    house.core.source.turn_off("web-hosting", Closing.CUT, "a test")
    next_house = House(house.folder)
    try:
        next_house.tick()
        standing = next_house.core.spaces.standing(slug, guest.id)
        assert standing is not None
        assert standing.role == "listener"
        told = next_house.core.spaces.told(slug)
        assert told is not None
        assert told.ends_at is not None
    finally:
        next_house.close()


def test_who_may_finish_in_one_space_begins_in_no_other(house: House) -> None:
    _, slug = house.space()
    _, other = house.space(house.guest("Hugo", followers=1200))
    tab = house.listening(house.guest("Lou", "beta"), slug)
    house.close_gate("web-listening", Closing.DRAIN)
    assert tab.refused("space.join", slug=other) == "unknown_event"
    assert tab.does("space.join", slug=slug)["me"]["role"] == "listener"
