"""Names that others trust cannot be taken, nor any that looks the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.harness.factories import House, Page, Visitor
from webapp.accounts.confusables import skeleton
from webapp.accounts.demo_people import demo_people
from webapp.http.errors import AppError

LOOKALIKES = [
    "Priya",
    "PRIYA",
    "Рriуа",  # Cyrillic
    "Pr1ya",
    "PrIya",
    "Priya\u200d",
    "P r i y a",
    "Ｐｒｉｙａ",
    "𝓟𝓻𝓲𝔂𝓪",
    "Príya",
]


@pytest.fixture
def priya(house: House) -> None:
    house.person("Priya", "staff", roles=["product_manager"])


def invitation_path(house: House) -> str:
    made = house.accounts.invitations.make("beta", 100, timedelta(days=1))
    return f"/i/{house.accounts.invitations.token(made)}"


@pytest.mark.parametrize("name", LOOKALIKES)
@pytest.mark.usefixtures("priya")
def test_name_of_the_team_cannot_be_taken_by_renaming(house: House, name: str) -> None:
    visitor = house.signed_in(house.person("Eve"))
    answer = visitor.press("/account", "Save name", display_name=name)
    assert answer.status_code == 409
    assert "This name is taken." in answer.text
    assert Page(answer.text).field_labelled("Your name")["value"] == name
    assert house.accounts.people.find("Eve")


@pytest.mark.parametrize("name", LOOKALIKES)
@pytest.mark.usefixtures("priya")
def test_name_of_the_team_cannot_be_taken_by_joining(
    house: House, stranger: Visitor, name: str
) -> None:
    path = invitation_path(house)
    answer = stranger.press(path, "Join the beta", display_name=name)
    assert (answer.status_code, stranger.cookie) == (409, None)
    assert "This name is taken." in answer.text
    assert house.accounts.invitations.all()[0].uses == 0


@pytest.mark.usefixtures("priya")
def test_name_of_the_team_cannot_be_taken_by_a_file_or_the_command_line(house: House) -> None:
    sheet = house.accounts.importing.look("name,cohort\nРriуа,beta\nOtto,beta\n".encode())
    assert [(problem.line, problem.code) for problem in sheet.problems] == [(2, "taken")]
    with pytest.raises(AppError, match="name_taken"):
        house.person("Рriуа")


@pytest.mark.usefixtures("priya")
def test_product_managers_cannot_take_each_others_names(house: House) -> None:
    visitor = house.signed_in(house.person("Quinn", roles=["qa"]))
    assert visitor.press("/account", "Save name", display_name="Priya").status_code == 409


def test_own_name_can_be_spelled_anew(house: House) -> None:
    visitor = house.signed_in(house.person("Priya", "staff", roles=["product_manager"]))
    assert visitor.press("/account", "Save name", display_name="PRIYA").status_code == 303


def test_name_of_a_host_is_taken_while_their_space_is_live(house: House) -> None:
    hana, visitor = house.person("Hana"), house.signed_in(house.person("Eve"))
    slug = house.core.spaces.open(hana, "Talk")
    assert visitor.press("/account", "Save name", display_name="Нana").status_code == 409
    house.core.spaces.end(slug)
    assert visitor.press("/account", "Save name", display_name="Нana").status_code == 303


def test_names_of_testers_are_free(house: House) -> None:
    house.person("Tess")
    visitor = house.signed_in(house.person("Eve"))
    assert visitor.press("/account", "Save name", display_name="Tess").status_code == 303


def test_demo_people_come_into_a_database_that_has_their_names(house: House) -> None:
    house.person("Priya", "staff", roles=["product_manager"])
    assert set(demo_people(house.accounts)) >= {"product", "qa"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Paul", "PauI"), ("Paul", "Pau1"), ("Marn", "Mam"), ("Jo", "J0"), ("Ο", "O"), ("Zoë", "Zoe")],
)
def test_names_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Nina", "Vina"), ("Юлия", "Мария"), ("李雷", "韩梅"), ("Ana", "Anna"), ("🎧", "🎤")],
)
def test_other_names_have_other_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)
