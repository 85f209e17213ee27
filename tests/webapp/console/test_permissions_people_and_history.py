"""The console's pages of people and of what was: for whom they exist."""

from __future__ import annotations

import pytest

from tests.harness.factories import House, Visitor
from tests.webapp.console.test_permissions import METHODS, told

PAGES = [
    "/console/people",
    "/console/people/import/template.csv",
    "/console/history",
    "/console/history.csv",
    "/console/history.json",
    "/console/decisions",
    "/console/stale",
    "/console/static/chart.js",
    "/console/static/chart.css",
    "/console/static/pages.css",
]
EDITS = [
    "/console/people/cohorts/beta/rename",
    "/console/people/move",
    "/console/people/import",
]


@pytest.mark.parametrize("method", METHODS)
def test_for_a_tester_and_a_stranger_they_were_never_written(house: House, method: str) -> None:
    for visitor in (house.signed_in(), house.stranger()):
        unwritten = told(visitor.open(method, "/never-written"))
        for address in PAGES + EDITS:
            assert told(visitor.open(method, address)) == unwritten, address


@pytest.mark.parametrize("role", ["product_manager", "administrator", "qa"])
def test_are_there_for_those_who_work_with_them(house: House, role: str) -> None:
    visitor = house.signed_in(house.person(role, "staff", roles=[role]))
    for address in PAGES:
        assert visitor.get(address).status_code == 200, address


def test_qa_changes_nothing(house: House, quinn: Visitor) -> None:
    token = quinn.get("/console").text.split('name="csrf_token" value="')[1].split('"')[0]
    before = house.accounts.people.revision(), house.accounts.people.cohorts()
    for address in EDITS:
        fields = {"csrf_token": token, "cohort": "friends", "who": "1", "sure": "yes"}
        assert quinn.open("POST", address, data=fields).status_code == 403, address
    assert quinn.get("/console/people/import").status_code == 403
    assert (house.accounts.people.revision(), house.accounts.people.cohorts()) == before


def test_qa_is_shown_nothing_to_press(house: House, quinn: Visitor) -> None:
    house.person("Tess", "beta")
    text = quinn.get("/console/people").text
    for word in ("Rename", "Import people", "See what it does", 'type="checkbox"'):
        assert word not in text
