"""People found, moved and brought in together; cohorts renamed; what is over swept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.harness.factories import House
from webapp.accounts.csv_import import Refused
from webapp.accounts.events import PeopleChanged
from webapp.accounts.models import Login, Person, SignInLink
from webapp.http.errors import AppError
from webapp.infra.database import Base


def number_of(house: House, model: type[Base]) -> int:
    with house.core.db.reading() as db_session:
        return db_session.scalar(select(func.count()).select_from(model)) or 0


def names(house: House, *args: object, **more: object) -> list[str]:
    people, _ = house.accounts.people.found(*args, **more)  # type: ignore[arg-type]
    return [person.display_name for person in people]


class TestFinding:
    def test_accents_and_capitals_do_not_matter(self, house: House) -> None:
        house.person("Zoë Ångström")
        for sought in ("zoe", "ZOË", "angs", "ë å"):
            assert names(house, sought) == ["Zoë Ångström"], sought

    def test_a_new_name_is_found_and_the_old_one_is_not(self, house: House) -> None:
        house.accounts.people.rename(house.person("Zoë").id, "Émile")
        assert names(house, "emile") == ["Émile"]
        assert names(house, "zoe") == []

    @pytest.mark.parametrize("sought", ["%", "_", "\\", "/"])
    def test_no_character_means_anything_else(self, house: House, sought: str) -> None:
        house.person("Ana")
        house.person(f"A{sought}b")
        assert names(house, sought) == [f"A{sought}b"]

    def test_by_cohort_and_by_id_and_in_pages(self, house: House) -> None:
        made = [house.person(f"P{number}", "beta") for number in range(5)]
        house.person("Otto", "alpha")
        assert names(house, made[3].id[:12]) == ["P3"]
        order = names(house, cohort="beta")
        people, found = house.accounts.people.found("", "beta", 2, 2)
        assert ([person.display_name for person in people], found) == (order[2:4], 5)

    def test_each_is_everybody_once(self, house: House) -> None:
        made = {house.person(f"P{number}").id for number in range(7)}
        for at_once in (1, 3, 7, 100):
            ids = [person.id for person in house.accounts.people.each(at_once)]
            assert (len(ids), set(ids)) == (7, made)


class TestMoving:
    def test_moves_them_and_tells_once(self, house: House) -> None:
        told: list[PeopleChanged] = []
        house.core.events.subscribe(PeopleChanged, told.append)
        ids = [house.person(f"P{number}", "beta").id for number in range(3)]
        house.person("Otto", "beta")
        assert house.accounts.people.move_all(ids, "alpha") == 3
        assert house.accounts.people.move_all(ids, "alpha") == 0
        assert (names(house, cohort="beta"), len(told)) == (["Otto"], 1)

    def test_nobody_into_nowhere(self, house: House) -> None:
        person = house.person("Ana", "beta")
        with pytest.raises(AppError, match="bad_input"):
            house.accounts.people.move_all([person.id], "nowhere")
        assert names(house, cohort="beta") == ["Ana"]


class TestRenaming:
    def test_people_and_invitations_go_along(self, house: House) -> None:
        house.person("Ana", "beta")
        house.accounts.invitations.make("beta", 1, timedelta(days=1))
        before = house.accounts.people.revision()
        house.accounts.people.rename_cohort("beta", "friends")
        assert dict(house.accounts.people.cohorts()) == {
            "alpha": 0, "friends": 1, "public": 0, "staff": 0
        }  # fmt: skip
        assert [one.cohort for one in house.accounts.invitations.all()] == ["friends"]
        assert house.accounts.people.revision() > before

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("nowhere", "friends", "not_found"),
            ("staff", "friends", "not_allowed"),
            ("public", "friends", "not_allowed"),
            ("beta", "alpha", "conflict"),
            ("beta", "No Name", "bad_input"),
        ],
    )
    def test_refuses_what_cannot_be(self, house: House, old: str, new: str, code: str) -> None:
        for attempt in (house.accounts.people.check_rename, house.accounts.people.rename_cohort):
            with pytest.raises(AppError, match=code):
                attempt(old, new)


class TestImporting:
    def test_everybody_comes_with_a_link_that_works(self, house: House) -> None:
        arrivals = house.accounts.importing.bring_in("name,cohort\nAlma,beta\nBo,alpha\n")
        assert [one.person.display_name for one in arrivals] == ["Alma", "Bo"]
        assert arrivals[0].person.roles == ["tester"]
        alma = house.stranger()
        alma.press(f"/sign-in/{arrivals[0].link}", "Sign in")
        assert "Alma" in alma.get("/account").text

    def test_one_bad_line_keeps_everybody_out(self, house: House) -> None:
        house.person("Zoë", "beta")
        with pytest.raises(Refused) as refused:
            house.accounts.importing.bring_in("name,cohort\nAlma,beta\nZOE,beta\n")
        assert [problem.code for problem in refused.value.sheet.problems] == ["taken"]
        assert number_of(house, Person) == 1
        assert number_of(house, SignInLink) == 0

    def test_looking_changes_nothing(self, house: House) -> None:
        assert len(house.accounts.importing.look("name,cohort\nAlma,beta\n").rows) == 1
        assert number_of(house, Person) == 0


class TestSweeping:
    def test_logins_that_are_over_are_forgotten_and_others_stay(self, house: House) -> None:
        person = house.person()
        out, old = house.signed_in(person), house.signed_in(person)
        out.press("/account", "Sign out here")
        house.clock.go_on(days=29)
        here = house.signed_in(person)
        house.core.privacy.forget()
        assert number_of(house, Login) == 2
        house.clock.go_on(days=3)
        house.core.privacy.forget()
        assert number_of(house, Login) == 1
        assert here.get("/account").status_code == 200
        assert old.get("/account").status_code == 303

    def test_a_used_link_says_so_for_a_month(self, house: House) -> None:
        link = house.accounts.links.make(house.person().id)
        house.stranger().press(f"/sign-in/{link}", "Sign in")
        house.clock.go_on(days=30)
        house.core.privacy.forget()
        assert house.stranger().get(f"/sign-in/{link}").status_code == 410
        house.clock.go_on(days=2)
        house.core.privacy.forget()
        assert number_of(house, SignInLink) == 0


def test_devices_of_a_kind_are_told_apart(house: House) -> None:
    person = house.person()
    for _ in range(2):
        house.signed_in(person)
    house.clock.go_on(minutes=10)
    house.signed_in(person)
    text = house.signed_in(person).get("/account").text
    for name in (
        "Sign out Firefox, Linux, last used 2026-11-21 12:10 UTC",
        "Sign out Firefox, Linux, last used 2026-11-21 12:00 UTC",
        "Sign out Firefox, Linux, last used 2026-11-21 12:00 UTC, number 2",
    ):
        assert text.count(f'"{name}"') == 1, name
