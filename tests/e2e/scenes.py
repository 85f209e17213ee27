"""Every page of the product in the states that matter, in the order of one evening."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from flags.catalogue import REACTIONS, WEB_HOSTING, WEB_LISTENING
from flags.sources.interface import Closing
from tests.e2e.company import Company
from tests.e2e.person import Somebody
from tests.e2e.variants import Dealing
from tests.harness.waits import until
from tests.webapp.experiments.synthetic_results import fill

BY = "product"
MEASURED = (
    "async () => (await import('/static/js/diagnostics-log.js')).attached('sound')?.length > 5"
)
"""That a page has measured its sound for a while."""

TITLE = "Trains at night: stories from the sleeper car"


@dataclass(frozen=True)
class Scene:
    """What stands on a page at this moment, and its name for a file."""

    name: str
    page: Page


def scenes(company: Company, dealing: Dealing) -> Iterator[Scene]:
    """Drives one evening and stops at each scene; the pages stay as they are until the next."""
    yield from _coming_in(company)
    yield from _lobby(company)
    yield from _evening(company, dealing)
    yield from _console(company)
    yield from _figures(company)


def _figures(company: Company) -> Iterator[Scene]:
    """What became of people who never were."""
    fill(f"sqlite:///{company.app.folder / 'soundcheck.sqlite3'}")
    quinn = company.come("Quinn", "staff", roles=("qa",))
    address = f"{company.app.base_url}/qa/figures?feature=reactions&period=all"
    quinn.page.goto(address)
    quinn.reads("tapback beside tray")
    yield Scene("figures", quinn.page)


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


def _evening(company: Company, dealing: Dealing) -> Iterator[Scene]:
    dealing("tray")
    host = company.come("Hana Nováková", followers=1200, speaks="host")
    host.hosts(TITLE)
    listener = company.come("Lena", "beta")
    listener.goes_to("/")
    expect(listener.page.get_by_role("link", name=TITLE)).to_be_visible()
    yield Scene("lobby", listener.page)
    listener.opens_space(TITLE)
    yield Scene("space-before", listener.page)
    listener.presses("Start listening")
    listener.reads("1 listening")
    listener.sees_talking(host)
    yield Scene("space-listening", listener.page)
    yield from _stage(company, host)
    yield from _reactions(company, dealing, host)
    yield from _reports(company, listener)
    yield from _trouble(company, host, listener)
    yield from _endings(company, host, listener)


def _stage(company: Company, host: Somebody) -> Iterator[Scene]:
    speaker = company.come("Tomas Kern", speaks="tester")
    speaker.opens_space(TITLE)
    speaker.gets_on_stage(host)
    second = company.come("Sofia", followers=800, speaks="second")
    second.opens_space(TITLE)
    second.gets_on_stage(host)
    host.presses("Make Sofia a co-host")
    second.presses("Mute")
    for name in ("Bela", "Chiara de la Fontaine-Montmorency"):
        asking = company.come(name)
        asking.opens_space(TITLE)
        asking.presses("Start listening", "Request to speak")
        host.has(f"Accept {name}")
    yield Scene("space-asking", asking.page)
    speaker.sees_talking(speaker)
    yield Scene("space-speaker", speaker.page)
    yield from _sound(company, second)
    yield Scene("space-host", host.page)
    host.presses("End Space")
    yield Scene("end-space", host.page)
    host.presses("Keep going")


def _sound(company: Company, second: Somebody) -> Iterator[Scene]:
    """Second is on stage, muted, and was asked whether their microphone may stay on."""
    yield Scene("muted", second.page)
    second.presses("Sound settings")
    yield Scene("sound-settings", second.page)
    second.presses("Done")
    asking = company.come("Mara", speaks="tester")
    asking.goes_to("/check")
    yield Scene("check", asking.page)
    asking.presses("Begin the check", "Record four seconds")
    asking.has("Play it again")
    asking.presses("Play a sound")
    yield Scene("check-done", asking.page)
    asking.page.close()  # one page less that needs a processor


def _reactions(company: Company, dealing: Dealing, host: Somebody) -> Iterator[Scene]:
    fan = company.come("Farid")
    fan.opens_space(TITLE)
    fan.presses("React")
    fan.presses("Heart", "Applause", "Party")
    yield Scene("reactions-tray", fan.page)
    dealing("tapback")
    other = company.come("Tina")
    other.opens_space(TITLE)
    other.button(f"React to {host.visitor.name}").press("Enter")
    expect(other.button("Heart")).to_be_focused()
    yield Scene("reactions-tapback", other.page)
    dealing("tray")
    for person in (fan, other):
        person.page.close()


def _reports(company: Company, listener: Somebody) -> Iterator[Scene]:
    """A problem is reported, looked into and answered."""
    until(lambda: listener.page.evaluate(MEASURED), "measured sound")
    listener.presses("Report a problem")
    dialog = listener.page.get_by_role("dialog", name="Report a problem")
    dialog.get_by_role("textbox", name="What happened?").fill("The sound crackles.")
    dialog.get_by_text("What will be sent").click()
    expect(dialog.get_by_role("definition").filter(has_text="s measured")).to_be_visible()
    yield Scene("report", listener.page)
    listener.presses("Send report")
    expect(listener.heading("Thank you")).to_be_visible()
    yield Scene("report-sent", listener.page)
    listener.presses("Close")
    quinn = company.come("Quinn", "staff", roles=("qa",))
    quinn.opens_space(TITLE)
    quinn.presses("Start listening")
    quinn.page.get_by_text("Sound panel", exact=True).click()
    expect(quinn.page.get_by_role("img", name="Score, last minute")).to_be_visible()
    yield Scene("sound-panel", quinn.page)
    quinn.page.goto(f"{company.app.base_url}/qa/inbox")
    yield Scene("inbox", quinn.page)
    quinn.page.get_by_role("link", name="The sound crackles.").click()
    yield Scene("inbox-report", quinn.page)
    quinn.page.get_by_role("textbox", name="Note to").fill("Mended. Thank you!")
    quinn.presses("Close report")
    expect(listener.heading("QA has answered your report")).to_be_visible()
    yield Scene("report-answered", listener.page)
    listener.presses("Got it")


def _trouble(company: Company, host: Somebody, listener: Somebody) -> Iterator[Scene]:
    silent = company.come("Mikko")
    silent.opens_space(TITLE)
    silent.presses("Request to speak")
    host.presses("Accept Mikko")
    silent.has("Try again")
    yield Scene("microphone-trouble", silent.page)
    again = company.come("Lena", visitor=listener.visitor)
    again.opens_space(TITLE)
    expect(listener.heading("You are in this Space in another window")).to_be_visible()
    yield Scene("elsewhere", listener.page)
    listener.presses("Continue here")
    listener.has("Stop listening")
    listener.page.context.set_offline(True)
    listener.reads("Reconnecting…")
    yield Scene("reconnecting", listener.page)
    listener.page.context.set_offline(False)
    expect(listener.page.get_by_text("Reconnecting…")).to_have_count(0)


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
