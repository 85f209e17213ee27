"""A Space goes on without its host: co-hosts, stand-ins, the countdown, and the host's return."""

from __future__ import annotations

from typing import Any

from flags.sources.interface import Closing
from tests.harness.house import Guest, House, Tab

ESTABLISHED = {"followers": 1200}


def standing(house: House, slug: str, guest: Guest) -> tuple[bool, bool]:
    """Whether somebody runs and leads the Space."""
    found = house.core.spaces.standing(slug, guest.id)
    assert found is not None
    return found.runs, found.leads


def ends(house: House, slug: str) -> bool | None:
    """Whether a countdown runs; None when the Space has ended."""
    told = house.core.spaces.told(slug)
    return told.ends_at is not None if told else None


def away(house: House, host: Tab, seconds: int = 31) -> None:
    host.close()
    house.tick()
    house.go_on(seconds=seconds)


def back(house: House, host: Tab, slug: str) -> Tab:
    tab = house.joined(host.guest, slug)
    house.tick()
    return tab


def cast(house: House, **space: Any) -> tuple[Tab, str, tuple[Guest, Tab], tuple[Guest, Tab]]:
    """A Space with a host and two speakers; the first of them could host as well."""
    host = house.tab(house.guest("Hana", **ESTABLISHED))
    slug = host.does("hosting.open", title="Morning show", **space)["slug"]
    host.does("space.join", slug=slug)
    ada, bo = house.guest("Ada", **ESTABLISHED), house.guest("Bo")
    first = house.on_stage(host, ada, slug)
    house.go_on(seconds=1)
    return host, slug, (ada, first), (bo, house.on_stage(host, bo, slug))


def test_a_short_absence_changes_nothing(house: House) -> None:
    host, slug, (ada, _), _ = cast(house, goes_on=True)
    away(house, host, seconds=29)
    assert ends(house, slug) is False
    assert standing(house, slug, ada) == (False, False)


def test_a_host_who_stays_away_ends_the_space_after_a_countdown(house: House) -> None:
    host, slug = house.space()
    listener = house.joined(house.guest("Lou", "beta"), slug)
    away(house, host)
    [(_, told)] = listener.received("space.ending")
    assert told["away"] is True
    assert told["seconds"] == 30
    house.go_on(seconds=31)
    assert ends(house, slug) is None
    assert listener.received("space.ended") == [("space.ended", {"because": "host_away"})]


def opened(house: House, name: str = "Hana") -> tuple[Tab, str]:
    """A Space whose host has pressed the button, and whose page has not come yet."""
    tab = house.tab(house.guest(name, **ESTABLISHED))
    slug = tab.does("hosting.open", title="Morning show")["slug"]
    tab.close()
    house.tick()
    return tab, slug


def test_a_host_on_a_slow_line_has_minutes_to_arrive(house: House) -> None:
    host, slug = opened(house)
    for _ in range(9):
        house.go_on(seconds=31)
    assert ends(house, slug) is False
    host = house.joined(host.guest, slug)
    house.go_on(seconds=1)
    away(house, host)
    assert ends(house, slug) is True, "who has been there is away after 30 s"


def test_a_host_who_never_arrives_ends_the_space_and_it_says_so(house: House) -> None:
    host, slug = opened(house)
    listener = house.joined(house.guest("Lou", "beta"), slug)
    house.go_on(seconds=301)
    assert ends(house, slug) is True
    house.go_on(seconds=31)
    assert listener.received("space.ended") == [("space.ended", {"because": "host_absent"})]
    late = house.tab(host.guest, slug)
    assert late.refused("space.join", slug=slug) == "host_absent"


def test_a_host_who_has_arrived_is_known_to_the_next_process(house: House) -> None:
    _, slug = house.space()
    following = house.successor()
    try:
        following.tick()
        following.go_on(seconds=31)
        assert ends(following, slug) is True
    finally:
        following.close()


def test_a_space_that_somebody_ended_gives_no_reason(house: House) -> None:
    host, slug = house.space()
    away(house, host)
    assert ends(house, slug) is True
    host = house.joined(host.guest, slug)
    host.does("hosting.end")
    assert house.tab(host.guest, slug).refused("space.join", slug=slug) == "space_ended"


def test_a_host_who_comes_back_calls_the_countdown_off(house: House) -> None:
    host, slug = house.space()
    away(house, host)
    host = back(house, host, slug)
    assert ends(house, slug) is False
    house.go_on(minutes=5)
    assert ends(house, slug) is False
    assert host.does("hosting.people")["people"] == []


def test_a_host_who_left_the_space_is_away_as_well(house: House) -> None:
    host, slug = house.space()
    host.does("space.leave")
    house.tick()
    house.go_on(seconds=31)
    assert ends(house, slug) is True


def test_the_longest_standing_speaker_goes_on_if_the_host_chose_so(house: House) -> None:
    host, slug, (ada, _), (bo, _) = cast(house, goes_on=True)
    away(house, host)
    assert ends(house, slug) is False
    assert standing(house, slug, ada) == (True, True)
    assert standing(house, slug, bo) == (False, False)


def test_without_that_choice_no_speaker_does(house: House) -> None:
    host, slug, (ada, _), _ = cast(house)
    away(house, host)
    assert ends(house, slug) is True
    assert standing(house, slug, ada) == (False, False)


def test_the_choice_can_be_made_later(house: House) -> None:
    host, slug, (ada, _), _ = cast(house)
    host.does("hosting.keep", goes_on=True)
    assert host.does("hosting.people")["goes_on"] is True
    away(house, host)
    assert standing(house, slug, ada) == (True, True)


def test_a_co_host_comes_before_the_longest_standing_speaker(house: House) -> None:
    host, slug, (ada, _), (bo, _) = cast(house, goes_on=True)
    cleo = house.guest("Cleo", **ESTABLISHED)
    house.on_stage(host, cleo, slug)
    host.does("hosting.cohost", person=cleo.id, co_host=True)
    away(house, host)
    assert [standing(house, slug, one)[1] for one in (ada, bo, cleo)] == [False, False, True]


def test_a_stand_in_who_goes_too_is_followed_by_the_next(house: House) -> None:
    host, slug, (ada, first), (bo, second) = cast(house, goes_on=True)
    away(house, host)
    first.close()
    house.tick()
    assert standing(house, slug, bo) == (True, True)
    house.joined(ada, slug)
    house.tick()
    assert standing(house, slug, bo) == (True, True)  # a Space is not handed round
    second.does("speaking.leave")
    house.tick()
    assert standing(house, slug, ada) == (True, True)


def test_the_host_takes_over_again(house: House) -> None:
    host, slug, (ada, first), _ = cast(house, goes_on=True)
    away(house, host)
    host = back(house, host, slug)
    assert standing(house, slug, ada) == (False, False)
    assert first.refused("hosting.end") == "not_allowed"
    host.does("hosting.remove", person=ada.id)


def test_a_co_host_runs_the_space_beside_the_host(house: House) -> None:
    host, slug, (ada, first), (bo, _) = cast(house)
    assert host.does("hosting.people")["helpers"] == [ada.id]
    host.does("hosting.cohost", person=ada.id, co_host=True)
    asking = house.joined(house.guest("Cleo"), slug)
    first.received()
    asking.does("speaking.request")
    assert [p["name"] for p in first.received("hosting.queue")[-1][1]["people"]] == ["Cleo"]
    first.does("hosting.accept", person=asking.guest.id)
    first.does("hosting.mute", person=bo.id)
    first.does("hosting.remove", person=bo.id)


def test_a_co_host_cannot_end_it_nor_touch_the_host(house: House) -> None:
    host, _, (ada, first), (bo, _) = cast(house)
    host.does("hosting.cohost", person=ada.id, co_host=True)
    assert first.refused("hosting.end") == "not_allowed"
    assert first.refused("hosting.mute", person=host.guest.id) == "not_allowed"
    assert first.refused("hosting.remove", person=host.guest.id) == "not_on_stage"
    assert first.refused("hosting.cohost", person=bo.id, co_host=True) == "not_allowed"
    assert first.refused("hosting.keep", goes_on=True) == "not_allowed"


def test_who_cannot_host_is_not_made_co_host(house: House) -> None:
    host, _, _, (bo, second) = cast(house)
    assert host.refused("hosting.cohost", person=bo.id, co_host=True) == "not_allowed"
    assert second.refused("hosting.people") == "unknown_event"


def test_at_most_two_co_hosts(house: House) -> None:
    host, slug, (ada, _), _ = cast(house)
    others = [house.guest(name, **ESTABLISHED) for name in ("Cleo", "Dev")]
    for guest in others:
        house.on_stage(host, guest, slug)
    for guest in (ada, others[0]):
        host.does("hosting.cohost", person=guest.id, co_host=True)
    refused = host.refused("hosting.cohost", person=others[1].id, co_host=True)
    assert refused == "stage_full"
    host.does("hosting.cohost", person=ada.id, co_host=False)
    host.does("hosting.cohost", person=others[1].id, co_host=True)


def test_off_the_stage_is_co_host_no_longer(house: House) -> None:
    host, slug, (ada, first), _ = cast(house)
    host.does("hosting.cohost", person=ada.id, co_host=True)
    first.does("speaking.leave")
    assert standing(house, slug, ada) == (False, False)
    first.does("speaking.request")
    host.does("hosting.accept", person=ada.id)
    assert standing(house, slug, ada) == (False, False)


def test_a_cut_of_hosting_for_a_co_host_leaves_them_a_speaker(house: House) -> None:
    host, slug, (ada, first), _ = cast(house)
    host.does("hosting.cohost", person=ada.id, co_host=True)
    house.move(ada, "staff")
    house.core.source.set_cohort("web-hosting", "staff", False, "a test", closing=Closing.CUT)
    house.tick()
    assert ends(house, slug) is False
    assert first.refused("hosting.accept", person=host.guest.id) == "unknown_event"
    assert house.core.succession.co_hosts() == []
    assert [one.role for one in house.core.spaces.stage(slug)] == ["host", "speaker", "speaker"]


def test_hosting_drained_leaves_a_co_host_what_they_have(house: House) -> None:
    host, _, (ada, first), (bo, _) = cast(house)
    host.does("hosting.cohost", person=ada.id, co_host=True)
    house.close_gate("web-hosting", Closing.DRAIN)
    first.does("hosting.mute", person=bo.id)


def test_a_cut_while_the_host_is_away_is_not_called_off_by_their_return(house: House) -> None:
    host, slug = house.space()
    away(house, host)
    house.close_gate("web-hosting", Closing.CUT)
    back(house, host, slug)
    assert ends(house, slug) is True
    house.open_gate("web-hosting")
    assert ends(house, slug) is False


def test_everybody_sees_who_helps(house: House) -> None:
    host, slug, (ada, _), _ = cast(house)
    listener = house.joined(house.guest("Lou", "beta"), slug)
    listener.received()
    host.does("hosting.cohost", person=ada.id, co_host=True)
    stage = listener.received("space.stage")[-1][1]["stage"]
    assert [(one["name"], one["runs"]) for one in stage] == [
        ("Hana", False),
        ("Ada", True),
        ("Bo", False),
    ]


def test_only_those_who_have_hosting_are_told_that_they_run_it(house: House) -> None:
    host, _, (ada, first), (_, second) = cast(house, goes_on=True)
    assert host.does("hosting.where") == {"runs": True, "leads": True}
    first.received()
    host.does("hosting.cohost", person=ada.id, co_host=True)
    assert first.received("hosting.place")[-1][1] == {"runs": True, "leads": False}
    first.close()
    away(house, host)
    assert second.refused("hosting.where") == "unknown_event"
    assert not any("runs" in told for _, told in second.received("space.me"))
    assert second.received("hosting.place") == second.received("hosting.queue") == []
