"""Who the console exists for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from flags.catalogue import REACTIONS
from tests.harness.factories import House, Visitor

PAGES = [
    "/console",
    f"/console/features/{REACTIONS}",
    "/console/history",
    "/console/people",
    "/console/pulse",
    "/console/static/console.css",
    "/console/static/live_refresh.js",
    "/console/static/feature.css",
    "/console/static/impact_preview.js",
    "/console/static/nothing.css",
]
EDITS = [
    f"/console/features/{REACTIONS}/on",
    f"/console/features/{REACTIONS}/off",
    f"/console/features/{REACTIONS}/audience",
    f"/console/features/{REACTIONS}/undo",
    f"/console/features/{REACTIONS}/schedule",
    f"/console/features/{REACTIONS}/protect",
    f"/console/features/{REACTIONS}/unprotect",
    "/console/schedules/1/cancel",
    "/console/proposals/1/agree",
    "/console/proposals/1/decline",
    "/console/people/cohorts",
    "/console/people/invitations",
    "/console/people/invitations/0/revoke",
    "/console/people/0/cohort",
    "/console/people/0/link",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def told(answer: TestResponse) -> tuple[int, str, list[tuple[str, str]]]:
    """Everything that an answer tells."""
    return answer.status_code, answer.text, sorted(answer.headers.items())


@pytest.mark.parametrize("method", METHODS)
def test_for_a_tester_it_was_never_written(house: House, method: str) -> None:
    tester = house.signed_in()
    unwritten = told(tester.open(method, "/never-written"))
    assert unwritten[0] == 404
    for address in PAGES + EDITS:
        assert told(tester.open(method, address)) == unwritten, address


@pytest.mark.parametrize("method", METHODS)
def test_for_a_stranger_it_was_never_written(house: House, method: str) -> None:
    stranger = house.stranger()
    unwritten = told(stranger.open(method, "/never-written"))
    for address in PAGES + EDITS:
        assert told(stranger.open(method, address)) == unwritten, address


@pytest.mark.parametrize("role", ["product_manager", "administrator", "qa"])
def test_is_there_for_those_who_work_with_it(house: House, role: str) -> None:
    visitor = house.signed_in(house.person(role, "staff", roles=[role]))
    for address in PAGES[:-1]:
        assert visitor.get(address).status_code == 200, address


def test_qa_changes_nothing(house: House, quinn: Visitor) -> None:
    # The token of a form that QA does have: the language switch.
    token = quinn.get("/console").text.split('name="csrf_token" value="')[1].split('"')[0]
    revision = house.core.source.revision()
    for address in EDITS:
        answer = quinn.open("POST", address, data={"csrf_token": token, "closing": "cut"})
        assert answer.status_code == 403, address
    assert house.core.source.revision() == revision


def test_qa_is_shown_nothing_to_press(house: House, quinn: Visitor) -> None:
    house.accounts.invitations.make("beta", 1, timedelta(days=1))
    for address in PAGES[:4]:
        text = quinn.get(address).text
        assert "Turn off now" not in text
        assert "/i/" not in text
        harmless = ('action="/language"', 'role="search"', 'action="/qa/explain"')
        assert text.count("<form") == sum(map(text.count, harmless))


def test_an_edit_needs_the_token_of_a_form(house: House, paula: Visitor) -> None:
    revision = house.core.source.revision()
    for address in EDITS:
        assert paula.open("POST", address, data={"closing": "cut"}).status_code == 400
    assert house.core.source.revision() == revision


def test_only_those_who_may_read_it_are_led_to_it(house: House, quinn: Visitor) -> None:
    assert 'href="/console"' in quinn.get("/").text
    assert "console" not in house.signed_in().get("/").text
