from __future__ import annotations

import pytest

from tests.harness.factories import FIREFOX, House, Page, Visitor
from webapp.accounts.events import PersonChanged
from webapp.accounts.user_agent import describe


def test_every_control_has_its_name(house: House) -> None:
    person = house.person()
    house.signed_in(person)
    page = Page(house.signed_in(person).get("/account").text)
    assert page.headings == ["Your account"]
    for name in (
        "Save name",
        "Sign out Firefox, Linux",
        "Sign out everywhere else",
        "Make a sign-in link",
        "Sign out here",
        "Français",
    ):
        assert page.named(name).form, name
    assert page.field_labelled("Your name")["value"] == "Ana"


def test_new_name_is_kept_and_told(house: House) -> None:
    person = house.person()
    told: list[PersonChanged] = []
    visitor = house.signed_in(person)
    house.core.events.subscribe(PersonChanged, told.append)
    answer = visitor.press("/account", "Save name", display_name=" Anna ")
    assert answer.location == "/account"
    assert house.accounts.people.find("Anna").id == person.id
    visitor.press("/account", "Save name", display_name="Anna")
    assert told == [PersonChanged(person.id)]


def test_name_that_cannot_be_stays_in_the_field(house: House) -> None:
    visitor = house.signed_in()
    answer = visitor.press("/account", "Save name", display_name="x" * 41)
    field = Page(answer.text).field_labelled("Your name")
    assert (answer.status_code, field["value"], field["aria-invalid"]) == (400, "x" * 41, "true")
    assert house.accounts.people.all()[0].display_name == "Ana"


def test_one_device_is_signed_out_and_the_others_stay(house: House) -> None:
    person = house.person()
    here, there = house.signed_in(person), house.signed_in(person)
    here.press("/account", "Sign out Firefox, Linux")
    assert there.get("/account").status_code == 303
    assert here.get("/account").status_code == 200


def test_everywhere_else(house: House) -> None:
    person = house.person()
    here, *there = (house.signed_in(person) for _ in range(3))
    here.press("/account", "Sign out everywhere else")
    assert [device.get("/account").status_code for device in there] == [303, 303]
    page = Page(here.get("/account").text)
    assert "Sign out everywhere else" not in [control.name for control in page.controls]


def test_signing_out_takes_the_cookie_and_the_login(house: House) -> None:
    visitor = house.signed_in()
    stolen = visitor.cookie
    answer = visitor.press("/account", "Sign out here")
    assert (answer.location, visitor.cookie) == ("/sign-in", None)
    visitor.cookie = stolen or ""
    assert visitor.get("/account").status_code == 303


def test_switching_language_comes_back_and_lasts(house: House) -> None:
    visitor = house.signed_in()
    answer = visitor.press("/account", "Français")
    assert answer.location == "/account"
    page = visitor.get("/account")
    assert Page(page.text).headings == ["Votre compte"]
    assert '<html lang="fr">' in page.text
    assert page.headers["Content-Language"] == "fr"


def test_switching_language_on_the_answer_of_a_form(house: House) -> None:
    visitor = house.signed_in()
    made = visitor.press("/account", "Make a sign-in link")
    answer = visitor.press_on(made, "Français")
    assert visitor.get(answer.location).location == "/account"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "\\/evil", "/\t/evil.test", ""],
)
def test_language_switch_leads_nowhere_else(house: House, elsewhere: str) -> None:
    visitor = house.signed_in()
    assert visitor.press("/account", "Français", next=elsewhere).location == "/"


def test_language_of_the_browser(house: House) -> None:
    for asked, lang in {"fr-CA,fr;q=0.9": "fr", "de,en;q=0.5": "en", "ja": "en", "": "en"}.items():
        assert f'<html lang="{lang}">' in house.stranger(language=asked).get("/sign-in").text


def test_sign_in_page_explains_the_ways_in(stranger: Visitor) -> None:
    answer = stranger.get("/sign-in")
    assert Page(answer.text).headings == ["Sign in"]
    assert "You have an invitation: open its link." in answer.text


CHROMIUM = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"


@pytest.mark.parametrize(
    ("user_agent", "label", "platform"),
    [
        (FIREFOX, "Firefox, Linux", "desktop"),
        (f"Mozilla/5.0 (Linux; Android 15) {CHROMIUM} Safari/537.36", "Chrome, Android", "android"),
        (f"Mozilla/5.0 (iPhone; like Mac OS X) {WEBKIT} Safari/604.1", "Safari, iPhone", "ios"),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROMIUM} Edg/142.0", "Edge, Windows", "desktop"),
        ("curl/8.5.0", "", "desktop"),
        ("", "", "desktop"),
    ],
)
def test_devices_are_told_apart(user_agent: str, label: str, platform: str) -> None:
    device = describe(user_agent)
    assert (device.label, device.platform) == (label, platform)
