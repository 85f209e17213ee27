"""The story of an evening: a Space is opened, heard, joined on stage, and ended."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Come
from tests.harness.server import RunningApp

HIDDEN_FROM_LISTENERS = ("speaking", "_shared/microphone", "hosting", "reactions")


def test_an_evening(app: RunningApp, come: Come) -> None:
    """The whole story, with somebody in it who may only listen, and somebody who has nothing."""
    oscar = come("Oscar", "public")
    oscar.goes_to("/")
    host = come("Hana", followers=1200, speaks="host")
    host.hosts("Trains at night")
    lena = come("Lena", "beta")
    lena.opens_space("Trains at night")
    lena.presses("Start listening")
    tester = come("Tomas", speaks="tester")
    tester.opens_space("Trains at night")
    tester.presses("Start listening")

    lena.hears(host)
    tester.hears(host)
    lena.sees_talking(host)
    lena.does_not_hear(tester)

    tester.presses("Request to speak")
    host.has("Accept Tomas", "Decline Tomas")
    lena.sees_on_stage(host)
    host.presses("Accept Tomas")
    tester.has("Mute", "Leave the stage")
    tester.has_no("Start listening", "Stop listening")

    host.hears(tester)
    lena.hears(host, tester)
    tester.hears(host)
    tester.does_not_hear(tester)
    for person in (host, lena, tester):
        person.sees_on_stage(host, tester)
        person.sees_talking(tester)

    product = come("Priya", "staff", roles=("product_manager",))
    product.page.goto(f"{app.base_url}/console")
    product.presses("Turn off now", "Cut web-speaking")

    tester.has_no("Mute", "Unmute", "Leave the stage", "Request to speak")
    lena.does_not_hear(tester)
    host.does_not_hear(tester)
    tester.hears(host)
    tester.has("Stop listening")
    lena.sees_on_stage(host)
    assert tester.traces_now("speaking", "_shared/microphone") == []
    product.page.goto(f"{app.base_url}/console/features/web-speaking")
    product.presses("Turn on")

    tester.gets_on_stage(host)
    lena.hears(tester)

    oscar.page.goto(app.base_url + host.path)
    expect(oscar.heading("There is nothing here")).to_be_visible()
    for outsider in (lena, oscar):
        outsider.watch.look(outsider.page)
        assert outsider.watch.traces_of(*HIDDEN_FROM_LISTENERS) == []
    assert oscar.watch.traces_of("listening") == []


def test_the_host_ends_the_space_for_everybody(come: Come) -> None:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts("The last train")
    listener = come("Lena", "beta")
    listener.opens_space("The last train")
    listener.presses("Start listening")
    listener.hears(host)

    host.presses("End Space", "Keep going")
    listener.hears(host)
    host.presses("End Space", "End for everybody")

    for person in (host, listener):
        expect(person.heading("This Space has ended")).to_be_visible()
    listener.ear.goes_silent()
    late = come("Lara", "beta")
    late.goes_to(host.path)
    expect(late.heading("This Space has ended")).to_be_visible()
    late.goes_to("/")
    expect(late.heading("Live now")).to_be_visible()
    expect(late.page.get_by_role("link", name="The last train")).to_have_count(0)


def test_a_host_has_one_space_at_a_time(come: Come) -> None:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts("Only this one")
    host.goes_to("/")
    host.presses("New Space")
    host.page.get_by_role("textbox", name="Title").fill("And another")
    host.presses("Go live")
    host.reads("You have a live Space already. End it first.")
