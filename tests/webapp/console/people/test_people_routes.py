"""Cohorts, invitations and people."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.harness.factories import BASE_URL, House, Page, Visitor
from tests.webapp.console.test_feature_routes import followed, seen

PEOPLE = "/console/people"


class TestCohorts:
    def test_makes_one_and_features_can_use_it(self, house: House, paula: Visitor) -> None:
        text = followed(paula, paula.press(PEOPLE, "Make cohort", cohort="friends"))
        assert "There is a cohort friends now." in text
        assert "friends" in paula.get("/console/features/reactions").text

    @pytest.mark.parametrize("name", ["", "With Space", "Ünique", "x" * 31])
    def test_refuses_names_that_cannot_be(self, house: House, paula: Visitor, name: str) -> None:
        answer = paula.press(PEOPLE, "Make cohort", cohort=name)
        assert answer.status_code == 400
        assert "A cohort’s name has 1 to 30 lower-case letters" in seen(answer)
        assert Page(answer.text).inputs["new-cohort"]["value"] == name

    def test_says_when_there_is_one_already(self, house: House, paula: Visitor) -> None:
        answer = paula.press(PEOPLE, "Make cohort", cohort="alpha")
        assert answer.status_code == 409
        assert "There is a cohort of that name already." in seen(answer)


class TestInvitations:
    def test_the_link_lets_people_in(self, house: House, paula: Visitor) -> None:
        sent = {"cohort": "beta", "uses": "2", "days": "3", "welcome": "Come in!"}
        text = followed(paula, paula.press(PEOPLE, "Make invitation", **sent))
        assert "Come in!" in text
        assert "0 of 2" in text
        (invitation,) = house.accounts.invitations.all()
        field = Page(paula.get(PEOPLE).text).inputs[f"link-{invitation.id}"]
        link = field["value"] or ""
        assert link.startswith(f"{BASE_URL}/i/")
        guest = house.stranger()
        guest.press(link.removeprefix(BASE_URL), "Join the beta", display_name="Gast")
        assert "1 of 2" in seen(paula.get(PEOPLE))
        assert house.accounts.people.find("Gast").cohort == "beta"

    def test_a_revoked_one_has_no_link(self, house: House, paula: Visitor) -> None:
        made = house.accounts.invitations.make("beta", 1, timedelta(days=1))
        link = house.accounts.invitations.token(made)
        text = followed(paula, paula.press(PEOPLE, "Revoke"))
        assert "Revoked" in text
        assert link not in text
        assert house.stranger().get(f"/i/{link}").status_code == 410

    def test_says_when_one_is_over(self, house: House, paula: Visitor) -> None:
        house.accounts.invitations.make("beta", 1, timedelta(days=1))
        house.clock.go_on(days=2)
        assert "Expired" in seen(paula.get(PEOPLE))

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"cohort": "nowhere"}, "There is no such cohort any more."),
            ({"uses": "0"}, "Enter a whole number from 1 to 10,000."),
            ({"days": "soon"}, "Enter a whole number from 1 to 365."),
            ({"welcome": "x" * 501}, "The welcome has at most 500 characters."),
        ],
    )
    def test_says_what_is_wrong_and_keeps_the_rest(
        self, house: House, paula: Visitor, wrong: dict[str, str], said: str
    ) -> None:
        sent = {"cohort": "beta", "uses": "7", "days": "3", "welcome": "Come in!"} | wrong
        answer = paula.press(PEOPLE, "Make invitation", **sent)
        assert answer.status_code == 400
        assert said in seen(answer)
        if "uses" not in wrong:
            assert Page(answer.text).inputs["invite-uses"]["value"] == "7"
        assert house.accounts.invitations.all() == []


class TestPeople:
    def test_shows_who_there_is(self, house: House, paula: Visitor) -> None:
        house.person("Tess", "alpha", followers=1234)
        text = seen(paula.get(PEOPLE))
        assert "Tess" in text
        assert "1234" in text
        assert "product manager" in text

    def test_moves_somebody(self, house: House, paula: Visitor) -> None:
        tess = house.person("Tess", "beta")
        text = followed(paula, paula.press(PEOPLE, "Move Tess", cohort="alpha"))
        assert "Tess is in alpha." in text
        moved = house.accounts.people.get(tess.id)
        assert moved is not None
        assert moved.cohort == "alpha"

    def test_moves_nobody_into_nowhere(self, house: House, paula: Visitor) -> None:
        house.person("Tess", "beta")
        assert paula.press(PEOPLE, "Move Tess", cohort="nowhere").status_code == 400

    def test_finds_people_by_name_or_cohort(self, house: House, paula: Visitor) -> None:
        house.person("Tess", "beta")
        house.person("Otto", "alpha")
        for sought in ("tes", "beta"):
            text = paula.press(PEOPLE, "Find", q=sought).text
            assert "Move Tess" in text
            assert "Move Otto" not in text

    def test_what_is_searched_for_stands_in_no_address(self, house: House, paula: Visitor) -> None:
        """Addresses stand in the logs of proxies, and in browsers' histories."""
        house.person("Tess", "beta")
        page = paula.press(PEOPLE, "Find", q="Tess")
        assert page.request.query_string == b""
        assert "Move Tess" in page.text
        addresses = re.findall(r'(?:href|action)="([^"]*)"', page.text)
        assert [one for one in addresses if "Tess" in one] == []
        assert "Move Tess" in paula.get(f"{PEOPLE}?q=nobody").text

    def test_shows_many_by_the_hundred(self, house: House, paula: Visitor) -> None:
        for number in range(100):
            house.person(f"Number {number}", "beta")
        assert "Move Number 50" in paula.get(PEOPLE).text
        first, second = paula.get(PEOPLE), paula.get(f"{PEOPLE}?page=1")
        assert first.text.count(">Move<") == 100
        assert second.text.count(">Move<") == 1

    def test_a_link_signs_somebody_in_once(self, house: House, paula: Visitor) -> None:
        house.person("Tess", "beta")
        answer = paula.press(PEOPLE, "Make a sign-in link for Tess")
        link = (Page(answer.text).inputs["link"]["value"] or "").removeprefix(BASE_URL)
        tess = house.stranger()
        assert tess.press(link, "Sign in").status_code == 303
        assert "Tess" in tess.get("/account").text
        assert house.stranger().get(link).status_code == 410

    @pytest.mark.parametrize("role", ["administrator", "qa"])
    def test_no_link_gives_its_maker_a_role(self, house: House, paula: Visitor, role: str) -> None:
        other = house.person("Ada", "staff", roles=[role, "tester"])
        house.person("Tess", "beta")
        page = paula.get(PEOPLE)
        assert "Make a sign-in link for Ada" not in page.text
        form = Page(page.text).named("Make a sign-in link for Tess").form
        assert form is not None
        address = f"{PEOPLE}/{other.id}/link"
        assert paula.open("POST", address, data=form.fields).status_code == 403

    def test_an_administrator_may_make_one_for_anybody(self, house: House) -> None:
        ada = house.signed_in(house.person("Ada", "staff", roles=["administrator"]))
        house.person("Quinn", "staff", roles=["qa"])
        assert ada.press(PEOPLE, "Make a sign-in link for Quinn").status_code == 200
