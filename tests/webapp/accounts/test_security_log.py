"""What happens at the ways in is logged: ids only, and no more than can be read."""

from __future__ import annotations

import logging

import pytest

from tests.harness.factories import House, Visitor
from tests.harness.flags import Clock
from webapp.http.security_log import LINES_PER_MINUTE, SecurityLog


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "security")
    return caplog


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The security log since the last look."""
    found = [record.getMessage() for record in caplog.records if record.name == "security"]
    caplog.clear()
    return found


def test_coming_in_and_going_out(
    house: House, stranger: Visitor, lines: pytest.LogCaptureFixture
) -> None:
    person = house.person()
    secret = house.accounts.links.make(person.id)
    assert events(lines) == [f"event=link_made person={person.id} by=command_line"]
    stranger.press(f"/sign-in/{secret}", "Sign in")
    (login,) = house.accounts.logins.of_person(person.id)
    assert events(lines) == [f"event=signed_in way=link person={person.id} login={login.id}"]
    stranger.press("/account", "Sign out here")
    assert events(lines) == [
        f"event=login_ended person={person.id} login={login.id}",
        f"event=signed_out person={person.id} login={login.id}",
    ]


def test_wrong_links_are_told_apart_by_where_they_come_from_without_an_address(
    house: House, lines: pytest.LogCaptureFixture
) -> None:
    for address in ("203.0.113.7", "203.0.113.7", "203.0.113.8"):
        house.stranger(address).get("/sign-in/guess")
    told = events(lines)
    assert [line.split()[:2] for line in told] == [["event=wrong_link", "kind=accounts.link"]] * 3
    assert len({line.split()[2] for line in told}) == 2
    assert "203.0.113" not in "".join(told)
    assert "guess" not in "".join(told)


@pytest.mark.parametrize(("path", "area"), [("/console", "console"), ("/qa", "qa")])
def test_refused_access(
    house: House, lines: pytest.LogCaptureFixture, path: str, area: str
) -> None:
    person = house.person()
    visitor = house.signed_in(person)
    assert visitor.get(path).status_code == 404
    assert events(lines) == [f"event=access_refused person={person.id} area={area}"]


def test_roles_and_voided_links(house: House, lines: pytest.LogCaptureFixture) -> None:
    person = house.person()
    visitor = house.signed_in(person)
    house.accounts.people.set_role(person.id, "qa", True)
    house.accounts.people.set_role(person.id, "qa", False)
    visitor.press("/account", "Make a sign-in link")
    page = visitor.get("/account").text
    events(lines)
    house.accounts.people.set_role(person.id, "qa", True)
    assert events(lines) == [f"event=role_given person={person.id} role=qa"]
    assert "Links that can still be used" in page
    assert "Links that can still be used" not in visitor.get("/account").text


def test_flood_leaves_so_many_lines_and_says_how_many_more(
    lines: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    log = SecurityLog(clock)
    for _ in range(LINES_PER_MINUTE + 40):
        log.note("wrong_link", kind="x")
    log.note("signed_in", person="p")
    assert len(events(lines)) == LINES_PER_MINUTE + 1
    clock.go_on(minutes=1)
    log.note("wrong_link", kind="x")
    assert events(lines) == ["event=wrong_link kind=x suppressed=40"]
