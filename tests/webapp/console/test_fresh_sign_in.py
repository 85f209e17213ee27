"""What a stolen login must not be enough for needs a fresh sign-in; turning off never does."""

from __future__ import annotations

import pytest

from flags.catalogue import REACTIONS
from tests.harness.factories import House, Page, Visitor
from tests.webapp.console.test_change_requests import proposed
from tests.webapp.console.test_feature_routes import FEATURE
from tests.webapp.console.test_second_approver import own_link

AGAIN = "You signed in too long ago for this."
PEOPLE = "/console/people"


@pytest.fixture
def stale(house: House, paula: Visitor, ben: Visitor) -> Visitor:
    """Ben, who signed in half a day ago; Paula has made a proposal."""
    house.clock.go_on(hours=12)
    proposed(house, paula)
    return ben


def test_approving_needs_a_fresh_sign_in(house: House, stale: Visitor) -> None:
    answer = stale.press(FEATURE, "Agree")
    assert (answer.status_code, AGAIN in answer.text) == (403, True)
    assert house.core.source.feature(REACTIONS).rollout == 100
    link = house.accounts.links.make(house.accounts.people.find("Ben").id)
    stale.press(f"/sign-in/{link}", "Sign in")
    assert stale.press(FEATURE, "Agree").status_code == 303
    assert house.core.source.feature(REACTIONS).rollout == 30


def test_link_of_ones_own_makes_no_sign_in_fresh(house: House, stale: Visitor) -> None:
    again = house.stranger()
    again.press(own_link(stale), "Sign in")
    assert again.press(FEATURE, "Agree").status_code == 403


def test_making_a_link_for_somebody_else_needs_a_fresh_sign_in(
    house: House, stale: Visitor
) -> None:
    tess = house.person("Tess", "beta")
    answer = stale.press(PEOPLE, "Make a sign-in link for Tess")
    assert (answer.status_code, AGAIN in answer.text) == (403, True)
    assert house.accounts.links.open_links(tess.id) == []


def test_turning_off_asks_for_nothing(house: House, stale: Visitor) -> None:
    form = Page(stale.get(FEATURE).text).named("Decline").form
    assert form is not None
    data = {"csrf_token": form.fields["csrf_token"], "closing": "cut"}
    answer = stale.open("POST", f"/console/features/{REACTIONS}/off", data=data)
    assert answer.status_code == 303
    assert not house.core.source.feature(REACTIONS).enabled


def test_deleting_ones_own_account_needs_nobodys_help(house: House) -> None:
    tess = house.person("Tess", "beta")
    browser = house.signed_in(tess)
    house.clock.go_on(hours=13)
    assert browser.press("/account/delete", "Delete my account now").status_code == 303
    assert house.accounts.people.get(tess.id) is None


def test_deleting_somebody_else_needs_a_fresh_sign_in(house: House) -> None:
    tess = house.person("Tess", "beta")
    ada = house.signed_in(house.person("Ada", "staff", roles=["administrator"]))
    house.clock.go_on(hours=12)
    answer = ada.press(f"{PEOPLE}/{tess.id}/data", "Delete Tess")
    assert (answer.status_code, AGAIN in answer.text) == (403, True)
    assert house.accounts.people.get(tess.id) is not None
