from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Blueprint, abort

from flags.catalogue import WEB_SPEAKING
from tests.harness import factories
from tests.harness.factories import BASE_URL, House, Page, Visitor
from webapp.gating.http import GatedPages
from webapp.http.security import HSTS


def forms(house: House) -> list[tuple[str, str]]:
    """Every address that takes a form, filled with something, and its endpoint."""
    rules = [rule for rule in house.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    return [(rule.rule.replace("<", "x").replace(">", "x"), rule.endpoint) for rule in rules]


@pytest.mark.parametrize("token", [{}, {"csrf_token": ""}, {"csrf_token": "made-up"}])
def test_no_form_is_taken_without_its_token(house: House, token: dict[str, str]) -> None:
    visitor = house.signed_in()
    for path, endpoint in forms(house):
        if endpoint == "wrong_origin":
            continue
        filled = {"display_name": "Changed", "language": "fr", **token}
        answer = visitor.open("POST", path, data=filled)
        assert answer.status_code in (400, 404), path
        assert "login=" not in answer.headers.get("Set-Cookie", ""), path
    assert [person.display_name for person in house.accounts.people.all()] == ["Ana"]
    assert visitor.get("/account").status_code == 200


def test_missing_token_is_said_kindly(house: House) -> None:
    answer = house.signed_in().open("POST", "/account/name", data={"display_name": "Changed"})
    assert Page(answer.text).headings[0] == "Your account"
    assert "open for too long, so nothing was changed" in answer.text


def test_token_of_another_browser_is_none(house: House) -> None:
    mine, theirs = house.signed_in(), house.signed_in(house.person("Eve"))
    form = Page(theirs.get("/account").text).named("Save name").form
    assert form is not None
    mine.get("/account")
    answer = mine.open("POST", "/account/name", data=form.fields | {"display_name": "Eve's"})
    assert answer.status_code == 400


def test_token_from_before_signing_in_is_none(house: House, stranger: Visitor) -> None:
    link = house.accounts.links.make(house.person().id)
    page = stranger.get(f"/sign-in/{link}")
    form = Page(page.text).named("Sign in").form
    assert form is not None
    stranger.press_on(page, "Sign in")
    answer = stranger.open("POST", "/account/name", data=form.fields | {"display_name": "New"})
    assert answer.status_code == 400


@pytest.mark.parametrize("origin", ["https://evil.test", "null", BASE_URL + "1", ""])
def test_no_form_is_taken_from_another_site(house: House, origin: str) -> None:
    visitor = house.signed_in()
    page = visitor.get("/account")
    form = Page(page.text).named("Save name").form
    assert form is not None
    filled = form.fields | {"display_name": "Changed"}
    answer = visitor.open("POST", form.action, data=filled, headers={"Origin": origin})
    assert (answer.status_code, "from another site" in answer.text) == (403, True)
    answer = visitor.open("POST", form.action, data=filled, headers={"Origin": BASE_URL})
    assert answer.status_code == 303


def test_origins_of_the_settings_are_ours(house: House) -> None:
    visitor = house.signed_in()
    form = Page(visitor.get("/account").text).named("Save name").form
    assert form is not None
    origin = BASE_URL.replace("127.0.0.1", "localhost")
    answer = visitor.open("POST", form.action, data=form.fields, headers={"Origin": origin})
    assert answer.status_code == 303


def test_headers_are_the_same_whatever_is_asked_for(house: House, stranger: Visitor) -> None:
    visitor = house.signed_in()
    answers = [
        visitor.get("/account"),
        visitor.get("/"),
        visitor.get("/nothing"),
        visitor.open("POST", "/account/name"),
        stranger.get("/sign-in"),
        stranger.get("/account"),
        stranger.get("/healthz"),
        stranger.get("/i/forged"),
    ]
    for answer in answers:
        headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "connect-src 'self' ws://127.0.0.1:5000;" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "microphone=(self)" in headers["Permissions-Policy"]
        assert headers["Cache-Control"] == "private, no-store"
        assert {"Accept", "Accept-Language", "Cookie"} <= set(answer.vary)


def test_sockets_of_a_product_behind_https_are_secure(tmp_path: Path) -> None:
    with factories.house(tmp_path, base_url="https://soundcheck.test") as made:
        policy = made.stranger().get("/sign-in").headers["Content-Security-Policy"]
    assert "connect-src 'self' wss://127.0.0.1:5000;" in policy


@pytest.mark.parametrize("base_url", [BASE_URL, "https://soundcheck.test"])
def test_https_is_insisted_on_where_people_use_it(tmp_path: Path, base_url: str) -> None:
    """On pages, refusals, and what Socket.IO answers (RFC 6797)."""
    with factories.house(tmp_path, base_url=base_url) as made:
        polling = "/socket.io/?EIO=4&transport=polling"
        answers = [
            made.stranger().get("/sign-in"),
            made.stranger().get("/nothing"),
            made.signed_in().get(polling),
            made.signed_in().get(polling + "&sid=x"),
        ]
    secure = base_url.startswith("https")
    for answer in answers:
        assert answer.headers.get("Strict-Transport-Security") == (HSTS if secure else None)


def test_pages_have_nothing_inline_that_the_policy_would_refuse(
    house: House, stranger: Visitor
) -> None:
    visitor = house.signed_in()
    invitation = house.accounts.invitations.make("alpha", 1, timedelta(days=1))
    pages = [
        visitor.get("/"),
        visitor.get("/account"),
        visitor.get("/nothing"),
        stranger.get("/sign-in"),
        stranger.get(f"/i/{house.accounts.invitations.token(invitation)}"),
    ]
    for page in pages:
        assert " style=" not in page.text
        assert "<style" not in page.text
        assert " onclick=" not in page.text
        assert "<script>" not in page.text


def test_files_of_the_shell_may_be_kept(stranger: Visitor) -> None:
    assert "no-store" not in stranger.get("/static/css/base.css").headers["Cache-Control"]


def test_guessing_is_stopped_and_goes_on_later(house: House, stranger: Visitor) -> None:
    for attempt in range(20):
        path = "/i/guess" if attempt % 2 else "/sign-in/guess"
        assert stranger.get(path).status_code == 404
    for path in ("/i/guess", "/sign-in/guess", "/sign-in/demo.x"):
        answer = stranger.get(path)
        assert (answer.status_code, "Try again in a minute" in answer.text) == (429, True), path
    house.clock.go_on(minutes=1)
    assert stranger.get("/i/guess").status_code == 404


def test_good_link_is_not_refused_for_the_wrong_ones_of_others(
    house: House, stranger: Visitor
) -> None:
    """Behind a proxy, or a router, many people have one address."""
    link = house.accounts.links.make(house.person().id)
    invited = house.accounts.invitations.make("beta", 1, timedelta(days=1))
    for _ in range(50):
        stranger.get("/sign-in/guess")
    assert stranger.get("/sign-in/guess").status_code == 429
    path = f"/i/{house.accounts.invitations.token(invited)}"
    assert house.stranger().press(path, "Join the beta", display_name="Tess").status_code == 303
    assert house.stranger().press(f"/sign-in/{link}", "Sign in").status_code == 303


def test_guessing_cannot_hide_behind_a_header(stranger: Visitor) -> None:
    for number in range(20):
        stranger.get("/i/guess", headers={"X-Forwarded-For": f"198.51.100.{number}"})
    answer = stranger.get("/i/guess", headers={"X-Forwarded-For": "198.51.100.99"})
    assert answer.status_code == 429


def test_good_links_cost_nothing(house: House) -> None:
    person = house.person()
    for _ in range(30):
        link = house.accounts.links.make(person.id)
        assert house.stranger().press(f"/sign-in/{link}", "Sign in").status_code == 303


def test_form_that_does_not_exist_for_somebody_asks_for_no_token(house: House) -> None:
    closed = GatedPages("closed", __name__, gates=(WEB_SPEAKING,))
    closed.post("/closed")(lambda: "never")
    refused = Blueprint("refused", __name__)
    refused.before_request(lambda: abort(404))
    refused.post("/refused")(lambda: "never")
    for blueprint in (closed, refused):
        house.app.register_blueprint(blueprint)
    visitor = house.signed_in()
    unknown = visitor.open("POST", "/nothing")
    for path in ("/closed", "/refused"):
        for headers in ({}, {"Origin": "https://evil.test"}):
            answer = visitor.open("POST", path, headers=headers)
            assert answer.status_code == unknown.status_code == 404
            assert (answer.data, dict(answer.headers)) == (unknown.data, dict(unknown.headers))
