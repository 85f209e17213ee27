"""The host's connection goes, and the Space goes on."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Come

SETTINGS = {"host_away_seconds": 2, "ending_seconds": 60}


def test_a_co_host_runs_the_space_until_the_host_is_back(come: Come) -> None:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts("Sailing on")
    helper = host.invites(come, "Tomas", followers=1200, speaks="tester")
    helper.gets_on_stage(host)
    listener = host.invites(come, "Lena", speaks="second")
    listener.hears(helper)

    host.presses("Make Tomas a co-host")
    helper.reads("You can run this Space now")
    expect(listener.circle(helper).get_by_text("Co-host", exact=True)).to_be_visible()
    helper.has_no("End Space")

    host.page.goto("about:blank")
    listener.does_not_hear(host)
    helper.has("End Space")
    listener.gets_on_stage(helper)
    listener.hears(helper)

    host.goes_to(host.path)
    host.has("Mute", "End Space", "Remove Lena")
    listener.hears(host)
    helper.has_no("End Space")


def test_with_nobody_to_lead_it_the_space_says_goodbye(come: Come) -> None:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts("Adrift")
    listener = host.invites(come, "Lena", "beta")
    host.page.goto("about:blank")
    listener.reads("Nobody leads this Space at the moment.")
    host.goes_to(host.path)
    expect(listener.page.locator(".ending")).to_be_hidden()
    expect(
        listener.page.get_by_role("status").filter(has_text="The Space goes on.")
    ).to_be_attached()
    listener.hears(host)
