from __future__ import annotations

import pytest
from click.testing import Result

from tests.harness.factories import BASE_URL, House, Visitor


def typed(house: House, *words: str) -> Result:
    return house.app.test_cli_runner().invoke(args=list(words))


def done(house: House, *words: str) -> str:
    result = typed(house, *words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_first_administrator(house: House, stranger: Visitor) -> None:
    link = done(house, "people", "admin", "Ada Admin").strip()
    stranger.press(link.removeprefix(BASE_URL), "Sign in")
    person = house.accounts.people.find("Ada Admin")
    assert (person.cohort, person.roles) == ("staff", ["administrator"])
    assert all(person.has_role(role) for role in ("product_manager", "qa", "tester"))
    assert "Ada Admin" in stranger.get("/account").text


def test_adding_moving_and_listing(house: House) -> None:
    added = ["add", "Bo", "--cohort", "beta", "--followers", "600", "--country", "SE"]
    done(house, "people", *added, "--role", "qa")
    done(house, "people", "move", "Bo", "alpha")
    done(house, "people", "role", "Bo", "tester")
    done(house, "people", "role", "Bo", "qa", "off")
    done(house, "people", "set", "Bo", "--platform", "ios", "--followers", "601")
    (person,) = house.accounts.people.all()
    assert (person.cohort, person.roles, person.followers) == ("alpha", ["tester"], 601)
    assert (person.country, person.platform) == ("SE", "ios")
    (line,) = done(house, "people", "list").splitlines()
    assert line.split() == [person.id, "alpha", "tester", "601", "SE", "ios", "Bo"]


def test_link_and_sign_out(house: House, stranger: Visitor) -> None:
    person = house.person("Bo")
    link = done(house, "people", "link", person.id).strip()
    stranger.press(link.removeprefix(BASE_URL), "Sign in")
    done(house, "people", "sign-out", "Bo")
    assert stranger.get("/account").status_code == 303


def test_invitation_from_making_to_revoking(house: House, stranger: Visitor) -> None:
    words = ["--cohort", "alpha", "--uses", "5", "--days", "7", "--welcome", "Hello!"]
    link = done(house, "invite", "create", *words).strip()
    assert "Hello!" in stranger.get(link.removeprefix(BASE_URL)).text
    (line,) = done(house, "invite", "list").splitlines()
    assert line.split()[1:6] == ["alpha", "good", "0", "of", "5"]
    done(house, "invite", "revoke", line.split()[0])
    assert "revoked" in done(house, "invite", "list")
    assert stranger.get(link.removeprefix(BASE_URL)).status_code == 410


def test_cohorts(house: House) -> None:
    house.person(cohort="alpha")
    done(house, "cohorts", "add", "night-owls")
    listed = dict(line.split() for line in done(house, "cohorts", "list").splitlines())
    assert listed == {"alpha": "1", "beta": "0", "night-owls": "0", "public": "0", "staff": "0"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("people", "move", "Nobody", "alpha"), 1),
        (("people", "move", "Twin", "alpha"), 1),
        (("people", "move", "Bo", "no-such-cohort"), 2),
        (("people", "add", "\x07"), 2),
        (("people", "add", "Cy", "--country", "sweden"), 2),
        (("people", "add", "Cy", "--followers", "-1"), 2),
        (("people", "role", "Bo", "king"), 2),
        (("invite", "create", "--cohort", "nobody"), 2),
        (("invite", "create", "--cohort", "alpha", "--uses", "0"), 2),
        (("invite", "revoke", "nothing"), 1),
        (("cohorts", "add", "Night Owls"), 2),
        (("cohorts", "add", "alpha"), 1),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    house: House, words: tuple[str, ...], code: int
) -> None:
    house.person("Bo", "beta")
    for _ in range(2):
        house.person("Twin", "beta")
    before = done(house, "people", "list"), done(house, "cohorts", "list")
    result = typed(house, *words)
    assert (result.exit_code, "Error" in result.stderr) == (code, True), result.output
    assert "Traceback" not in result.output
    assert (done(house, "people", "list"), done(house, "cohorts", "list")) == before
