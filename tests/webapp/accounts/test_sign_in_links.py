"""Whoever holds a link is that person: how long links last, what ends them, who is told."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.harness.factories import BASE_URL, House, Page, Visitor
from webapp.accounts.models import AccountActivity, Login, SignInLink
from webapp.accounts.sign_in_links import Maker
from webapp.http.errors import AppError

TOLD = "Somebody signed in as you, or made a sign-in link for you."


def made_link(visitor: Visitor) -> str:
    """The path of a link that somebody makes on their account page."""
    page = Page(visitor.press("/account", "Make a sign-in link").text)
    return (page.field_labelled("Sign-in link")["value"] or "").removeprefix(BASE_URL)


def used(house: House, path: str) -> int:
    """What a stranger gets who opens a link."""
    return house.stranger().get(path).status_code


def test_link_made_with_a_stolen_login_ends_when_its_owner_signs_out_elsewhere(
    house: House,
) -> None:
    person = house.person()
    owner, thief = house.signed_in(person), house.signed_in(person)
    path = made_link(thief)
    owner.press("/account", "Sign out everywhere else")
    assert thief.get("/account").status_code == 303
    assert used(house, path) == 410
    with pytest.raises(AppError, match="revoked"):
        house.accounts.links.use(path.rpartition("/")[2], None)  # type: ignore[arg-type]


@pytest.mark.parametrize("button", ["Sign out here", "Sign out Firefox, Linux"])
def test_link_ends_with_every_sign_out_of_its_person(house: House, button: str) -> None:
    person = house.person()
    here, there = house.signed_in(person), house.signed_in(person)
    path = made_link(there)
    here.press("/account", button)
    assert used(house, path) == 410


def test_link_for_another_person_ends_with_the_login_that_made_it(house: House) -> None:
    admin = house.person("Ada", "staff", roles=["administrator"])
    other, visitor = house.person("Tess", "beta"), house.signed_in(admin)
    page = visitor.press("/console/people", "Make a sign-in link for Tess")
    path = (Page(page.text).inputs["link"]["value"] or "").removeprefix(BASE_URL)
    visitor.press("/account", "Sign out here")
    assert used(house, path) == 410
    assert house.accounts.links.open_links(other.id) == []


def test_open_links_are_shown_and_can_be_voided(house: House) -> None:
    visitor = house.signed_in()
    path = made_link(visitor)
    page = visitor.get("/account")
    (name,) = (
        c.name for c in Page(page.text).controls if c.name.startswith("Revoke the link that")
    )
    assert used(house, path) == 200
    visitor.press_on(page, name)
    assert used(house, path) == 410
    assert "Links that can still be used" not in visitor.get("/account").text


def test_nobody_voids_a_link_of_somebody_else(house: House) -> None:
    ana, eve = house.person("Ana"), house.signed_in(house.person("Eve"))
    house.accounts.links.make(ana.id)
    (link,) = house.accounts.links.open_links(ana.id)
    form = Page(eve.get("/account").text).named("Sign out here").form
    assert form is not None
    answer = eve.open("POST", f"/account/links/{link.token_hash}/void", data=form.fields)
    assert answer.status_code == 404
    assert house.accounts.links.open_links(ana.id) != []


def test_owner_is_told_of_a_link_and_of_a_login_on_their_other_devices(house: House) -> None:
    person = house.person()
    owner, thief = house.signed_in(person), house.signed_in(person)
    assert TOLD in owner.get("/").text
    owner.press("/account", "I know about it")
    assert TOLD not in owner.get("/").text
    path = made_link(thief)
    page = owner.get("/account").text
    assert TOLD in page
    assert "You made a sign-in link" in page
    owner.press("/account", "I know about it")
    house.stranger().press(path, "Sign in")
    page = owner.get("/account").text
    assert TOLD in page
    assert "Signed in: Firefox, Linux" in page


def test_what_a_thief_dismisses_stays_for_the_owner(house: House) -> None:
    person = house.person()
    owner = house.signed_in(person)
    thief = house.signed_in(person)
    house.accounts.links.make(person.id)
    thief.press("/account", "I know about it")
    assert TOLD not in thief.get("/").text
    assert TOLD in owner.get("/").text


def test_no_address_is_kept_of_a_login(house: House) -> None:
    house.stranger("203.0.113.7").press(
        f"/sign-in/{house.accounts.links.make(house.person().id)}", "Sign in"
    )
    with house.core.db.reading() as db_session:
        kept = [
            repr(vars(row))
            for model in (AccountActivity, Login, SignInLink)
            for row in db_session.scalars(select(model))
        ]
    assert kept
    assert not [row for row in kept if "203.0.113" in row]


def test_link_knows_every_hand_it_came_through(house: House) -> None:
    admin, tess = house.person("Ada", roles=["administrator"]), house.person("Tess")
    now = house.clock()
    first = house.accounts.links.make(tess.id, Maker(admin, "a" * 32, frozenset(), now))
    visitor = house.stranger()
    visitor.press(f"/sign-in/{first}", "Sign in")
    again = house.stranger()
    again.press(made_link(visitor), "Sign in")
    hands = [login.hand_ids for login in house.accounts.logins.of_person(tess.id)]
    assert hands == [{admin.id}, {admin.id}]


def test_own_link_comes_through_no_other_hand_and_makes_no_sign_in_fresh(house: House) -> None:
    visitor = house.signed_in()
    house.clock.go_on(days=20)
    house.stranger().press(made_link(visitor), "Sign in")
    old, new = sorted(
        house.accounts.logins.of_person(house.accounts.people.find("Ana").id),
        key=lambda login: login.created_at,
    )
    assert new.hand_ids == frozenset()
    assert new.signed_in_at == old.signed_in_at == old.created_at


def test_rights_end_open_links_and_logins_that_somebody_else_opened(house: House) -> None:
    admin, tess = house.person("Ada", roles=["administrator"]), house.person("Tess")
    maker = Maker(admin, "a" * 32, frozenset(), house.clock())
    opened, own = house.stranger(), house.signed_in(tess)
    opened.press(f"/sign-in/{house.accounts.links.make(tess.id, maker)}", "Sign in")
    path = f"/sign-in/{house.accounts.links.make(tess.id, maker)}"
    house.accounts.people.set_role(tess.id, "product_manager", True)
    assert used(house, path) == 410
    assert opened.get("/account").status_code == 303
    assert own.get("/account").status_code == 200


def test_who_loses_a_role_has_no_open_links_left(house: House) -> None:
    ben = house.person("Ben", roles=["product_manager"])
    tess = house.person("Tess")
    maker = Maker(ben, "b" * 32, frozenset(), house.clock())
    paths = [f"/sign-in/{house.accounts.links.make(one.id, maker)}" for one in (ben, tess)]
    house.accounts.people.set_role(ben.id, "product_manager", False)
    assert [used(house, path) for path in paths] == [410, 410]


@pytest.mark.parametrize(
    ("role", "unused", "longest"),
    [("tester", {"days": 30}, {"days": 90}), ("qa", {"hours": 72}, {"days": 7})],
)
def test_login_ends_however_much_it_is_used(
    house: House, role: str, unused: dict[str, int], longest: dict[str, int]
) -> None:
    idle, busy = (house.signed_in(house.person(name, roles=[role])) for name in ("Ida", "Bo"))
    start = house.clock()
    house.clock.go_on(**unused)
    assert idle.get("/account").status_code == 303
    house.clock.now = start
    days = longest["days"]
    for _ in range(days - 1):
        house.clock.go_on(days=1)
        assert busy.get("/account").status_code == 200
    path = made_link(busy)
    phone = house.stranger()
    phone.press(path, "Sign in")
    house.clock.go_on(days=1)
    assert busy.get("/account").status_code == 303
    assert phone.get("/account").status_code == 303, "a link of one's own is no new sign-in"
