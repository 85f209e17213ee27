"""Every page of the product in the states that matter, in the order of one evening."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from flags.catalogue import REACTIONS, WEB_HOSTING, WEB_LISTENING
from flags.sources.base import Closing
from tests.e2e.company import Company
from tests.e2e.person import Somebody
from tests.e2e.variants import Having

BY = "product"
TITLE = "Trains at night: stories from the sleeper car"


@dataclass(frozen=True)
class Scene:
    """What stands on a page at this moment, and its name for a file."""

    name: str
    page: Page


def scenes(company: Company, having: Having) -> Iterator[Scene]:
    """Drives one evening and stops at each scene; the pages stay as they are until the next."""
    yield from _coming_in(company)
    yield from _lobby(company)
    yield from _evening(company, having)
    yield from _console(company)


def _coming_in(company: Company) -> Iterator[Scene]:
    base = company.app.base_url
    product = company.come("Priya", "staff", roles=("product_manager",))
    product.page.goto(f"{base}/console/people")
    product.presses("Make invitation")
    link = product.page.get_by_role("textbox", name="Link of the invitation").input_value()
    stranger = company.stranger()
    for name, address in {
        "sign-in": f"{base}/sign-in",
        "invitation": link,
        "invitation-trouble": f"{base}/i/made-up",
    }.items():
        stranger.goto(address)
        yield Scene(name, stranger)
    tester = company.come("Tomas")
    tester.page.goto(f"{base}/account")
    yield Scene("account", tester.page)
    tester.presses("Make a sign-in link")
    yield Scene("account-link", tester.page)
    stranger.goto(tester.page.get_by_role("textbox", name="Sign-in link").input_value())
    yield Scene("sign-in-link", stranger)
    tester.page.goto(f"{base}/no/such/page")
    yield Scene("not-found", tester.page)


def _lobby(company: Company) -> Iterator[Scene]:
    oscar = company.come("Oscar", "public")
    oscar.goes_to("/")
    yield Scene("lobby-outside", oscar.page)
    host = company.come("Helga", followers=900)
    host.goes_to("/")
    host.reads("Nobody is live at the moment")
    yield Scene("lobby-empty", host.page)
    host.presses("New Space")
    yield Scene("new-space", host.page)


def _evening(company: Company, having: Having) -> Iterator[Scene]:
    host = company.come("Hana", visitor=having("tray", "Hana Nováková", 1200), speaks="host")
    host.hosts(TITLE)
    listener = company.come("Lena", "beta")
    listener.goes_to("/")
    expect(listener.page.get_by_role("link", name=TITLE)).to_be_visible()
    yield Scene("lobby", listener.page)
    listener.opens_space(TITLE)
    yield Scene("space-before", listener.page)
    listener.presses("Start listening")
    listener.sees_talking(host)
    yield Scene("space-listening", listener.page)
    yield from _stage(company, having, host)
    yield from _reactions(company, having, host)
    yield from _trouble(company, host, listener)
    yield from _endings(company, host, listener)


def _stage(company: Company, having: Having, host: Somebody) -> Iterator[Scene]:
    speaker = company.come("Tomas", visitor=having("tray", "Tomas Kern"), speaks="tester")
    speaker.opens_space(TITLE)
    speaker.gets_on_stage(host)
    second = company.come("Sofia", speaks="second")
    second.opens_space(TITLE)
    second.gets_on_stage(host)
    second.presses("Mute")
    for name in ("Bela", "Chiara de la Fontaine-Montmorency"):
        asking = company.come(name)
        asking.opens_space(TITLE)
        asking.presses("Start listening", "Request to speak")
        host.has(f"Accept {name}")
    yield Scene("space-asking", asking.page)
    speaker.sees_talking(speaker)
    yield Scene("space-speaker", speaker.page)
    yield Scene("space-host", host.page)
    host.presses("End Space")
    yield Scene("end-space", host.page)
    host.presses("Keep going")


def _reactions(company: Company, having: Having, host: Somebody) -> Iterator[Scene]:
    fan = company.come("Farid", visitor=having("tray", "Farid"))
    fan.opens_space(TITLE)
    fan.presses("React")
    fan.presses("Heart", "Applause", "Party")
    yield Scene("reactions-tray", fan.page)
    other = company.come("Tina", visitor=having("tapback", "Tina"))
    other.opens_space(TITLE)
    other.button(f"React to {host.visitor.name}").press("Enter")
    expect(other.button("Heart")).to_be_focused()
    yield Scene("reactions-tapback", other.page)


def _trouble(company: Company, host: Somebody, listener: Somebody) -> Iterator[Scene]:
    silent = company.come("Mikko")
    silent.opens_space(TITLE)
    silent.presses("Request to speak")
    host.presses("Accept Mikko")
    silent.has("Try again")
    yield Scene("microphone-trouble", silent.page)
    listener.page.context.set_offline(True)
    listener.reads("Reconnecting…")
    yield Scene("reconnecting", listener.page)
    listener.page.context.set_offline(False)
    expect(listener.page.get_by_text("Reconnecting…")).to_have_count(0)
    again = company.come("Lena", visitor=listener.visitor)
    again.opens_space(TITLE)
    expect(listener.heading("You are in this Space in another window")).to_be_visible()
    yield Scene("elsewhere", listener.page)
    listener.presses("Continue here")
    listener.has("Stop listening")


def _endings(company: Company, host: Somebody, listener: Somebody) -> Iterator[Scene]:
    flags = company.app.flags
    guest = company.come("Gita", "beta")
    guest.opens_space(TITLE)
    flags.turn_off(WEB_HOSTING, Closing.CUT, BY)
    listener.reads("This Space ends in")
    yield Scene("countdown", listener.page)
    flags.turn_on(WEB_HOSTING, BY)
    flags.turn_off(WEB_LISTENING, Closing.CUT, BY)
    expect(guest.heading("That’s all for now")).to_be_visible()
    yield Scene("closed", guest.page)
    flags.turn_on(WEB_LISTENING, BY)
    host.has("End Space")
    expect(listener.heading(TITLE)).to_be_visible()
    host.presses("End Space", "End for everybody")
    expect(listener.heading("This Space has ended")).to_be_visible()
    yield Scene("ended", listener.page)


def _console(company: Company) -> Iterator[Scene]:
    company.app.flags.turn_off(REACTIONS, Closing.DRAIN, BY)
    company.app.flags.set_rollout("web-speaking", 50, BY)
    product = company.come("Priya", "staff", roles=("product_manager",))
    for name, path in {
        "console": "",
        "console-feature": "/features/web-speaking",
        "console-history": "/history",
        "console-people": "/people",
    }.items():
        product.page.goto(f"{company.app.base_url}/console{path}")
        yield Scene(name, product.page)
    product.presses("Turn off now")
    yield Scene("console-turn-off", product.page)
    company.app.flags.turn_on(REACTIONS, BY)
    company.app.flags.set_rollout("web-speaking", 100, BY)
