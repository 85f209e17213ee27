"""Coming in: an invitation, a link for another device, the other language, and going out."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.company import Company
from tests.e2e.conftest import Come
from tests.e2e.person import Somebody
from tests.harness.server import RunningApp


def invitation(product: Somebody, uses: int = 1, welcome: str = "") -> str:
    """An invitation to the alpha cohort, made in the console; returns its link."""
    page = product.page
    page.goto(f"{product.visitor.base_url}/console/people")
    form = page.locator("form").filter(has=product.button("Make invitation"))
    form.get_by_role("combobox", name="Cohort").select_option("alpha")
    form.get_by_role("spinbutton", name="For how many people").fill(str(uses))
    form.get_by_role("textbox", name="Welcome text").fill(welcome)
    product.presses("Make invitation")
    link = page.get_by_role("textbox", name="Link of the invitation to alpha").first
    return link.input_value()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def reads(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible()


def test_an_invitation_leads_to_the_first_space(company: Company) -> None:
    product = company.come("Priya", "staff", roles=("product_manager",))
    link = invitation(product, welcome="Good that you are here: bring questions.")
    host = company.come("Hana", followers=1200, speaks="host")
    host.hosts("For newcomers")

    guest = company.stranger()
    guest.goto(link)
    reads(guest, "Good that you are here: bring questions.")
    reads(guest, "Priya has invited you.")
    guest.get_by_role("textbox", name="Your name").fill("Nora")
    press(guest, "Join the beta")
    expect(guest.get_by_role("heading", name="Hello, Nora")).to_be_visible()
    guest.get_by_role("link", name="For newcomers").click()
    press(guest, "Start listening")
    reads(guest, "You are listening")

    late = company.stranger()
    late.goto(link)
    expect(late.get_by_role("heading", name="This link does not work")).to_be_visible()
    reads(late, "This link has been used up.")
    reads(late, "Ask Priya for a new one.")


def test_an_invitation_that_somebody_made_up_or_took_back(company: Company) -> None:
    product = company.come("Priya", "staff", roles=("product_manager",))
    link = invitation(product)
    guest = company.stranger()
    guest.goto(f"{company.app.base_url}/i/made-up")
    reads(guest, "This link is not one of ours")
    reads(guest, "Ask the person who sent it to you for a new one.")

    product.page.get_by_role("button", name=re.compile("^Revoke")).first.click()
    guest.goto(link)
    reads(guest, "This link has been withdrawn.")


def test_a_stranger_finds_the_sign_in_page_and_nothing_else(
    app: RunningApp, company: Company
) -> None:
    stranger = company.stranger()
    for path in ("/", "/spaces/whatever", "/account", "/console", "/no/such/page"):
        stranger.goto(app.base_url + path)
        expect(stranger.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def test_a_link_signs_another_device_in_once(company: Company, come: Come) -> None:
    tester = come("Tomas")
    tester.goes_to("/")
    tester.page.get_by_role("link", name="Tomas").click()
    tester.presses("Make a sign-in link")
    link = tester.page.get_by_role("textbox", name="Sign-in link").input_value()

    phone = company.stranger()
    phone.goto(link)
    press(phone, "Sign in")
    expect(phone.get_by_role("heading", name="Hello, Tomas")).to_be_visible()

    other = company.stranger()
    other.goto(link)
    reads(other, "This link has been used up.")
    reads(other, "Make a new one on a device where you are signed in")

    tester.page.reload()
    tester.presses("Sign out everywhere else")
    phone.reload()
    expect(phone.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def test_signing_out_ends_the_open_page_too(come: Come) -> None:
    tester = come("Tomas")
    tester.page.goto(f"{tester.visitor.base_url}/account")
    tester.presses("Sign out here")
    expect(tester.heading("Sign in")).to_be_visible()


def test_french_by_the_browsers_language_and_by_the_switch(company: Company) -> None:
    host = company.come("Hana", followers=1200, speaks="host")
    host.hosts("Bilingual")
    listener = company.come("Lena", "beta", locale="fr-FR")
    listener.goes_to("/")
    expect(listener.page.locator("html")).to_have_attribute("lang", "fr")
    listener.page.get_by_role("link", name="Bilingual").click()
    listener.presses("Écouter")
    listener.hears(host)
    listener.has("Ne plus écouter")

    listener.presses("English")
    expect(listener.page.locator("html")).to_have_attribute("lang", "en")
    listener.has("Stop listening")
    listener.hears(host)
