"""Several people into another cohort, with what that does to them."""

from __future__ import annotations

from werkzeug.test import TestResponse

from flags.catalogue import WEB_HOSTING, WEB_LISTENING
from tests.harness.factories import House, Page, Visitor
from tests.webapp.console.test_feature_routes import followed, seen
from webapp.console.people.bulk_cohort_change import effects

PEOPLE = "/console/people"


def asked(paula: Visitor, people: list[str], cohort: str) -> TestResponse:
    """The answer to "See what it does", as the boxes of `people` were ticked."""
    form = Page(paula.get(PEOPLE).text).named("See what it does").form
    assert form is not None
    fields = {"csrf_token": form.fields["csrf_token"], "cohort": cohort, "who": people}
    return paula.open("POST", form.action, data=fields)


def test_says_what_it_does_and_does_it_when_told(house: House, paula: Visitor) -> None:
    ids = [house.person(f"P{number}", "alpha").id for number in range(3)]
    ids.append(house.person("Big", "alpha", followers=900).id)
    answer = asked(paula, ids, "beta")
    text = seen(answer)
    assert "Move 4 people to beta" in text
    assert "4 people lose web-speaking" in text
    assert "1 person loses web-hosting" in text
    assert "web-listening" not in text.split("What it does")[-1]
    assert dict(house.accounts.people.cohorts())["beta"] == 0
    form = Page(answer.text).named("Move 4 people").form
    assert form is not None
    fields = {"csrf_token": form.fields["csrf_token"], "cohort": "beta", "sure": "yes", "who": ids}
    done = paula.open("POST", form.action, data=fields)
    assert "4 people are in beta now." in followed(paula, done)
    assert dict(house.accounts.people.cohorts())["beta"] == 4
    assert answer.text.count('name="who"') == 4


def test_gains_are_told_as_well(house: House, paula: Visitor) -> None:
    text = seen(asked(paula, [house.person("Out", "public").id], "beta"))
    assert f"1 person gains {WEB_LISTENING}" in text
    assert WEB_HOSTING not in text.split("What it does")[-1].split("<table")[0].split("People")[0]


def test_says_when_it_does_nothing(house: House, paula: Visitor) -> None:
    assert "Nobody gains or loses a feature." in seen(
        asked(paula, [house.person("Out", "alpha").id], "staff")
    )


def test_a_count_is_no_decision(house: House) -> None:
    gate, person = house.core.gating.gate, house.person("Out", "alpha")
    assert effects(gate, [person], "beta", {person.id}, house.clock())[0].lose_connected == 1
    assert gate.tally.totals() == {}


def test_nobody_chosen_and_nowhere_to_go(house: House, paula: Visitor) -> None:
    assert asked(paula, [], "beta").status_code == 400
    assert asked(paula, [house.person().id], "nowhere").status_code == 400
