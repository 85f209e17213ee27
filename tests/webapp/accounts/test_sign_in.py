"""One-time links, the links of demo people, and logins that last and end."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from tests.harness.factories import BASE_URL, HOST, House, Page, Visitor
from tests.harness.factories import house as make_house
from webapp.accounts.demo_people import PARTS, demo_people
from webapp.accounts.events import LoginEnded
from webapp.accounts.models import Login, SignInLink
from webapp.http.errors import AppError

HERE = "127.0.0.1"


def link_of(house: House, name: str = "Ana") -> str:
    """The address of a one-time link of somebody new."""
    return f"/sign-in/{house.accounts.links.make(house.person(name).id)}"


def test_link_asks_before_it_signs_in(house: House, stranger: Visitor) -> None:
    path = link_of(house)
    answer = stranger.get(path)
    assert Page(answer.text).headings == ["Sign in on this device"]
    assert stranger.get("/account").status_code == 303
    signed_in = stranger.press_on(answer, "Sign in")
    assert (signed_in.status_code, signed_in.location) == (303, "/")
    assert "Ana" in stranger.get("/account").text


def test_looking_at_a_link_does_not_use_it(house: House, stranger: Visitor) -> None:
    path = link_of(house)
    for method in ("GET", "HEAD", "GET"):
        house.stranger().open(method, path)
    assert stranger.press(path, "Sign in").status_code == 303


def test_link_works_once(house: House, stranger: Visitor) -> None:
    path = link_of(house)
    page = stranger.get(path)
    house.stranger().press(path, "Sign in")
    assert stranger.press_on(page, "Sign in").status_code == 410
    answer = stranger.get(path)
    assert (answer.status_code, "This link has been used up." in answer.text) == (410, True)
    assert stranger.get("/account").status_code == 303


def test_link_lasts_fifteen_minutes(house: House, stranger: Visitor) -> None:
    path = link_of(house)
    house.clock.go_on(minutes=14)
    page = stranger.get(path)
    assert page.status_code == 200
    house.clock.go_on(minutes=1)
    assert stranger.press_on(page, "Sign in").status_code == 410
    assert "This link has expired." in stranger.get(path).text


def test_forged_link(house: House, stranger: Visitor) -> None:
    path = link_of(house)
    for wrong in (path + "x", path[:-1], "/sign-in/x", "/sign-in/demo.host.x", "/sign-in/é"):
        answer = stranger.get(wrong)
        assert (answer.status_code, "not one of ours" in answer.text) == (404, True), wrong
        assert "ask the person who invited you" in answer.text


def test_only_the_hash_of_a_link_is_kept(house: House) -> None:
    secret = house.accounts.links.make(house.person().id)
    with house.core.db.reading() as db_session:
        (row,) = db_session.scalars(select(SignInLink))
    assert secret not in repr(vars(row))


def test_another_person_on_the_device_is_signed_out_of_it(house: House) -> None:
    visitor = house.signed_in(house.person("Before"))
    path = link_of(house, "After")
    assert "You are signed in here as Before." in visitor.get(path).text
    visitor.press(path, "Sign in")
    assert "After" in visitor.get("/account").text
    before = house.accounts.people.find("Before")
    assert house.accounts.logins.of_person(before.id) == []


def test_demo_people_are_made_once(house: House) -> None:
    links = demo_people(house.accounts)
    assert demo_people(house.accounts) == links
    people = {person.demo: person for person in house.accounts.people.all()}
    assert set(people) == set(links) == {part.key for part in PARTS}
    assert (people["host"].cohort, people["host"].followers) == ("alpha", 1200)
    assert (people["tester"].cohort, people["tester"].followers) == ("alpha", 40)
    assert (people["listener"].cohort, people["outsider"].cohort) == ("beta", "public")
    assert people["product"].has_role("product_manager")
    assert people["qa"].has_role("qa")


def test_demo_links_work_again_and_again_from_this_machine(house: House) -> None:
    path = demo_people(house.accounts)["host"]
    for address in (HERE, "127.8.8.8", "::1", "::ffff:127.0.0.1"):
        visitor = house.stranger(address)
        assert visitor.get(path).location == "/", address
        assert "Hana" in visitor.get("/account").text


def test_demo_link_again_in_the_same_browser_keeps_its_login(house: House) -> None:
    links = demo_people(house.accounts)
    visitor = house.stranger(HERE)
    visitor.get(links["host"])
    cookie = visitor.cookie
    assert visitor.get(links["host"]).location == "/"
    assert visitor.cookie == cookie
    visitor.get(links["qa"])
    assert "Quinn" in visitor.get("/account").text


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("203.0.113.7", {}),
        ("203.0.113.7", {"X-Forwarded-For": HERE, "X-Real-IP": HERE, "Forwarded": "for=127.0.0.1"}),
        ("::ffff:203.0.113.7", {}),
        ("", {}),
        ("127.0.0.1.evil.test", {}),
        # A proxy on this machine speaks for somebody who is not on it.
        (HERE, {"X-Forwarded-For": "203.0.113.7"}),
    ],
)
def test_demo_links_work_from_nowhere_else(
    house: House, address: str, headers: dict[str, str]
) -> None:
    visitor = house.stranger(address)
    answer = visitor.get(demo_people(house.accounts)["host"], headers=headers)
    assert (answer.status_code, visitor.cookie) == (404, None)


def test_demo_links_sign_nobody_in_without_the_demo(tmp_path: Path) -> None:
    with make_house(tmp_path, demo=True) as first:
        path = demo_people(first.accounts)["host"]
        assert first.stranger(HERE).get(path).location == "/"
    with make_house(tmp_path, demo=False) as second:
        assert second.stranger(HERE).get(path).status_code == 404


def test_login_lasts_thirty_days_after_its_last_use(house: House) -> None:
    visitor = house.signed_in()
    house.clock.go_on(days=29)
    answer = visitor.get("/account")
    assert answer.status_code == 200
    assert "Max-Age=2592000" in answer.headers["Set-Cookie"]
    house.clock.go_on(days=29)
    assert visitor.get("/account").status_code == 200
    house.clock.go_on(days=30)
    assert visitor.get("/account").status_code == 303


def test_login_is_renewed_at_most_once_an_hour(house: House) -> None:
    visitor = house.signed_in()
    house.clock.go_on(minutes=59)
    assert "login=" not in visitor.get("/account").headers.get("Set-Cookie", "")
    house.clock.go_on(minutes=1)
    assert "login=" in visitor.get("/account").headers.get("Set-Cookie", "")
    assert "login=" not in visitor.get("/account").headers.get("Set-Cookie", "")


def test_cookie_is_the_signed_login_and_nothing_else(house: House) -> None:
    visitor = house.signed_in()
    login_id, _, signature = (visitor.cookie or "").partition(".")
    with house.core.db.reading() as db_session:
        assert db_session.scalars(select(Login.id)).all() == [login_id]
    assert len(signature) == 43


def test_cookie_is_sent_over_https_only_when_the_product_is_there(tmp_path: Path) -> None:
    with make_house(tmp_path, base_url="https://soundcheck.test") as made:
        visitor = made.stranger()
        answer = visitor.press(link_of(made), "Sign in")
        assert all("Secure" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


def test_cookies_over_https_belong_to_this_host_alone(tmp_path: Path) -> None:
    with make_house(tmp_path, base_url="https://soundcheck.test") as made:
        answer = made.stranger().press(link_of(made), "Sign in")
    cookies = answer.headers.getlist("Set-Cookie")
    assert any(cookie.startswith("__Host-login=") for cookie in cookies)
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


def test_login_from_before_https_cookies_had_their_name_goes_on(tmp_path: Path) -> None:
    with make_house(tmp_path, base_url="https://soundcheck.test") as made:
        visitor = made.signed_in()
        assert visitor.cookie
        answer = visitor.get("/account")
        assert answer.status_code == 200
        assert visitor.client.get_cookie("__Host-login", domain=HOST)
        assert not visitor.cookie
        assert visitor.get("/account").status_code == 200


def test_cookie_of_https_wins_over_one_that_another_host_could_set(tmp_path: Path) -> None:
    with make_house(tmp_path, base_url="https://soundcheck.test") as made:
        mine, theirs = made.signed_in(made.person("Ada")), made.signed_in(made.person("Bo"))
        planted = theirs.cookie
        assert planted
        mine.get("/account")
        mine.cookie = planted
        page = mine.get("/account").text
    assert "Ada" in page
    assert "Bo" not in page


def test_signing_out_takes_the_cookie_under_either_name(tmp_path: Path) -> None:
    with make_house(tmp_path, base_url="https://soundcheck.test") as made:
        visitor = made.signed_in()
        visitor.press("/account", "Sign out here")
        assert visitor.client.get_cookie("__Host-login", domain=HOST) is None
        assert not visitor.cookie


def test_signed_out_login_is_worth_nothing(house: House) -> None:
    person = house.person()
    visitor = house.signed_in(person)
    ended: list[LoginEnded] = []
    house.core.events.subscribe(LoginEnded, ended.append)
    (login,) = house.accounts.logins.of_person(person.id)
    revision = house.accounts.people.revision()
    house.accounts.logins.end(person.id, login.id)
    house.accounts.logins.end(person.id, login.id)
    assert visitor.get("/account").status_code == 303
    assert ended == [LoginEnded(login.id, person.id)]
    assert house.accounts.people.revision() == revision + 1
    assert house.accounts.logins.still_in([login.id]) == set()


def test_all_of_a_persons_logins_can_be_ended(house: House) -> None:
    person, other = house.person(), house.person("Other")
    visitors = [house.signed_in(person) for _ in range(3)]
    bystander = house.signed_in(other)
    house.accounts.logins.end_all(person.id)
    assert [visitor.get("/account").status_code for visitor in visitors] == [303] * 3
    assert bystander.get("/account").status_code == 200


def test_nobody_ends_the_login_of_somebody_else(house: House) -> None:
    mine, theirs = house.person("Me"), house.person("They")
    visitor, victim = house.signed_in(mine), house.signed_in(theirs)
    (login,) = house.accounts.logins.of_person(theirs.id)
    with pytest.raises(AppError, match="not_found"):
        house.accounts.logins.end(mine.id, login.id)
    page = visitor.get("/account")
    form = Page(page.text).named("Sign out here").form
    assert form is not None
    answer = visitor.open("POST", f"/account/devices/{login.id}/sign-out", data=form.fields)
    assert answer.status_code == 404
    assert victim.get("/account").status_code == 200


def test_link_for_another_device_is_whole_and_works(house: House, stranger: Visitor) -> None:
    visitor = house.signed_in()
    answer = visitor.press("/account", "Make a sign-in link")
    link = Page(answer.text).field_labelled("Sign-in link")["value"] or ""
    assert link.startswith(f"{BASE_URL}/sign-in/")
    stranger.press(link.removeprefix(BASE_URL), "Sign in")
    assert "Ana" in stranger.get("/account").text
    assert len(house.accounts.logins.of_person(house.accounts.people.find("Ana").id)) == 2


@pytest.mark.parametrize("site", [None, "cross-site", "same-site"])
def test_demo_link_that_another_site_leads_to_asks_first(house: House, site: str | None) -> None:
    visitor, path = house.stranger(HERE), demo_people(house.accounts)["product"]
    headers = {"Sec-Fetch-Site": site} if site else {"Sec-Fetch-Site": ""}
    answer = visitor.get(path, headers=headers)
    assert (answer.status_code, visitor.cookie) == (200, None)
    assert visitor.press_on(answer, "Sign in").location == "/"
    assert "Priya" in visitor.get("/account").text
