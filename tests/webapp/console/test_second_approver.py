"""Nobody approves their own proposal in somebody else's name."""

from __future__ import annotations

import pytest

from flags.catalogue import REACTIONS
from tests.harness.factories import BASE_URL, House, Page, Visitor
from tests.webapp.console.test_change_requests import names, proposed
from tests.webapp.console.test_feature_routes import FEATURE

PEOPLE = "/console/people"


@pytest.fixture
def ada(house: House) -> Visitor:
    """An administrator."""
    return house.signed_in(house.person("Ada", "staff", roles=["administrator"]))


def link_for(maker: Visitor, name: str) -> str:
    page = maker.press(PEOPLE, f"Make a sign-in link for {name}")
    return (Page(page.text).inputs["link"]["value"] or "").removeprefix(BASE_URL)


def opened(house: House, path: str) -> Visitor:
    visitor = house.stranger()
    visitor.press(path, "Sign in")
    return visitor


def own_link(visitor: Visitor) -> str:
    page = Page(visitor.press("/account", "Make a sign-in link").text)
    return (page.field_labelled("Sign-in link")["value"] or "").removeprefix(BASE_URL)


def approves(visitor: Visitor) -> int:
    return visitor.press(FEATURE, "Agree").status_code


def rollout(house: House) -> int:
    return house.core.source.feature(REACTIONS).rollout


def test_product_manager_gets_no_link_for_another_one(
    house: House, paula: Visitor, ben: Visitor
) -> None:
    assert "Make a sign-in link for Ben" not in [
        c.name for c in Page(paula.get(PEOPLE).text).controls
    ]
    other = house.accounts.people.find("Ben")
    form = Page(paula.get(FEATURE).text).named("Protect it").form
    assert form is not None
    answer = paula.open("POST", f"{PEOPLE}/{other.id}/link", data=form.fields)
    assert answer.status_code == 403


def test_proposal_is_not_approved_by_a_login_that_its_author_opened(
    house: House, ada: Visitor, ben: Visitor
) -> None:
    as_ben = opened(house, link_for(ada, "Ben"))
    proposed(house, ada)
    assert approves(as_ben) == 403
    assert rollout(house) == 100
    assert approves(ben) == 303
    assert rollout(house) == 30


def test_nor_by_one_that_comes_through_a_chain_of_links(
    house: House, ada: Visitor, ben: Visitor
) -> None:
    as_ben = opened(house, own_link(opened(house, link_for(ada, "Ben"))))
    proposed(house, ada)
    assert approves(as_ben) == 403


def test_nor_by_its_author_when_it_was_made_in_a_login_that_they_opened(
    house: House, ada: Visitor, ben: Visitor
) -> None:
    proposed(house, opened(house, link_for(ada, "Ben")))
    assert "Agree" in names(ada)
    assert approves(ada) == 403
    assert rollout(house) == 100


def test_nor_is_the_end_of_a_protection(house: House, ada: Visitor, ben: Visitor) -> None:
    as_ben = opened(house, link_for(ada, "Ben"))
    ada.press(FEATURE, "Protect it")
    ada.press(FEATURE, "Propose to unprotect it")
    assert approves(as_ben) == 403
    assert approves(ben) == 303


def test_link_for_another_person_stands_in_the_history(
    house: House, paula: Visitor, quinn: Visitor
) -> None:
    tess = house.person("Tess", "beta")
    link_for(paula, "Tess")
    page = quinn.get("/console/history/people").text
    assert f"made a sign-in link for the person {tess.id}" in page
    assert house.accounts.people.find("Paula").id[:8] in page


def test_roles_given_on_the_command_line_stand_in_the_history(house: House, quinn: Visitor) -> None:
    tess = house.person("Tess", "beta")
    result = house.app.test_cli_runner().invoke(args=["people", "role", "Tess", "qa", "on"])
    assert result.exit_code == 0, result.output
    page = quinn.get("/console/history/people").text
    assert f"gave the person {tess.id} the role qa" in page
    assert "command line" in page
