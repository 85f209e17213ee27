from __future__ import annotations

from datetime import timedelta

import pytest

from tests.harness.factories import House, Page, Visitor
from webapp.accounts.models import Invitation
from webapp.http.errors import AppError

WEEK = timedelta(days=7)


def made(house: House, **more: object) -> tuple[Invitation, str]:
    """An invitation to alpha, and the address of its page."""
    given = {"cohort": "alpha", "uses": 2, "lasting": WEEK, "welcome": "Come in!"} | more
    invitation = house.accounts.invitations.make(**given)  # type: ignore[arg-type]
    return invitation, f"/i/{house.accounts.invitations.token(invitation)}"


def uses(house: House) -> list[int]:
    return [invitation.uses for invitation in house.accounts.invitations.all()]


def test_page_welcomes_and_asks_for_a_name(house: House, stranger: Visitor) -> None:
    _, path = made(house)
    answer = stranger.get(path)
    page = Page(answer.text)
    assert answer.status_code == 200
    assert "Come in!" in answer.text
    assert page.headings == ["You are invited"]
    assert page.named("Join the beta").form
    assert page.field_labelled("Your name")["required"] is None  # present, without a value
    assert page.field_labelled("Your name")["maxlength"] == "40"


def test_joining_makes_a_person_and_signs_in(house: House, stranger: Visitor) -> None:
    _, path = made(house)
    answer = stranger.press(path, "Join the beta", display_name="  Zoë  van   Dam ")
    assert (answer.status_code, answer.location) == (303, "/")
    (person,) = house.accounts.people.all()
    assert (person.display_name, person.cohort, person.roles) == (
        "Zoë van Dam",
        "alpha",
        ["tester"],
    )
    assert (person.platform, len(person.id)) == ("desktop", 32)
    assert "Zoë van Dam" in stranger.get("/account").text
    assert uses(house) == [1]


def test_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(
    house: House, stranger: Visitor
) -> None:
    _, path = made(house)
    answer = stranger.press(path, "Join the beta", display_name="Ana")
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("login=")]
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"):
        assert part in cookie


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 41, "a\u202eb", "a\x07b", "\u200b", "\u3164", "\u2800"]
)
def test_name_that_cannot_be_is_said_and_costs_nothing(
    house: House, stranger: Visitor, name: str
) -> None:
    _, path = made(house)
    answer = stranger.press(path, "Join the beta", display_name=name)
    assert answer.status_code == 400
    assert Page(answer.text).field_labelled("Your name")["aria-invalid"] == "true"
    assert house.accounts.people.all() == []
    assert uses(house) == [0]


def test_expired(house: House, stranger: Visitor) -> None:
    _, path = made(house)
    page = stranger.get(path)
    house.clock.go_on(days=7)
    refused(house, stranger, path, 410, "This link has expired.")
    assert stranger.press_on(page, "Join the beta", display_name="Ana").status_code == 410
    assert house.accounts.people.all() == []


def test_used_up(house: House, stranger: Visitor) -> None:
    _, path = made(house, uses=1)
    page = stranger.get(path)
    house.stranger().press(path, "Join the beta", display_name="First")
    refused(house, stranger, path, 410, "This link has been used up.")
    assert stranger.press_on(page, "Join the beta", display_name="Late").status_code == 410
    assert [person.display_name for person in house.accounts.people.all()] == ["First"]


def test_revoked(house: House, stranger: Visitor) -> None:
    invitation, path = made(house)
    page = stranger.get(path)
    house.accounts.invitations.revoke(invitation.id)
    refused(house, stranger, path, 410, "This link has been withdrawn.")
    assert stranger.press_on(page, "Join the beta", display_name="Ana").status_code == 410


def test_forged(house: House, stranger: Visitor) -> None:
    invitation, path = made(house)
    for wrong in (invitation.id, path[3:-1], path[3:] + "x", "x.y", "%00", "é"):
        refused(house, stranger, f"/i/{wrong}", 404, "This link is not one of ours")


def test_page_says_whom_to_ask(house: House, stranger: Visitor) -> None:
    maker = house.person("Priya", "staff")
    invitation, path = made(house, by=maker.id)
    assert "Priya has invited you." in stranger.get(path).text
    house.accounts.invitations.revoke(invitation.id)
    assert "Ask Priya for a new one." in stranger.get(path).text
    assert "Ask the person who sent it to you" in stranger.get("/i/forged").text


def test_somebody_signed_in_does_not_use_it_up(house: House) -> None:
    visitor, (_, path) = house.signed_in(), made(house)
    answer = visitor.get(path)
    assert "You are in already, as Ana." in answer.text
    assert "Join the beta" not in answer.text
    assert uses(house) == [0]


def test_new_cohorts_can_be_invited_to(house: House, stranger: Visitor) -> None:
    house.accounts.people.add_cohort("night-owls")
    _, path = made(house, cohort="night-owls")
    stranger.press(path, "Join the beta", display_name="Ana")
    assert house.accounts.people.all()[0].cohort == "night-owls"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cohort": "nobody"}, "cohort"),
        ({"uses": 0}, "uses"),
        ({"lasting": timedelta(0)}, "days"),
        ({"welcome": "x" * 501}, "welcome"),
    ],
)
def test_invitation_that_cannot_be(house: House, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(AppError) as refusal:
        made(house, **wrong)
    assert (refusal.value.code, refusal.value.fields) == ("bad_input", (field,))
    assert house.accounts.invitations.all() == []


def test_welcome_text_is_text(house: House, stranger: Visitor) -> None:
    _, path = made(house, welcome="<script>alert(1)</script>")
    assert "<script>alert" not in stranger.get(path).text


def refused(house: House, visitor: Visitor, path: str, status: int, message: str) -> None:
    before = ids(house)
    answer = visitor.get(path)
    assert (answer.status_code, message in answer.text) == (status, True), answer.text
    assert Page(answer.text).headings == ["This link does not work"]
    assert "Ask " in answer.text
    assert "Join the beta" not in answer.text
    assert ids(house) == before


def ids(house: House) -> list[str]:
    return [person.id for person in house.accounts.people.all()]
