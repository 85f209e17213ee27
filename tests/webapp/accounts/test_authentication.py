"""Nothing is open to a stranger but the ways in, health, and the files that their pages need."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from tests.harness.factories import BASE_URL, House, Visitor
from webapp.accounts.authentication import SIGN_IN

OPEN = {
    "/i/<token>",
    "/privacy",
    "/account-deleted",
    "/sign-in",
    "/sign-in/<token>",
    "/language",
    "/healthz",
    "/readyz",
    "/static/<path:filename>",
    "/static/vendor/<name>",
}

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"]


WEBSOCKET = {"Connection": "Upgrade", "Upgrade": "websocket"}


def addresses(house: House) -> list[str]:
    """Everything that exists and is not open, filled with something, and what does not exist."""
    known = {rule.rule for rule in house.app.url_map.iter_rules()} - OPEN
    filled = [rule.replace("<path:", "<").replace("<", "x").replace(">", "x") for rule in known]
    return [*sorted(filled), "/account/", "/account//name", "/nothing/here", "/static/nothing.js"]


def shown(response: TestResponse) -> tuple[object, ...]:
    return response.status_code, dict(response.headers), response.data


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
def test_every_address_answers_a_stranger_alike(
    house: House, stranger: Visitor, method: str, accept: str
) -> None:
    unknown = stranger.open(method, "/no-such-page", headers={"Accept": accept})
    for path in addresses(house):
        answer = stranger.open(method, path, headers={"Accept": accept})
        assert shown(answer) == shown(unknown), path
    if accept == "text/html" and method in ("GET", "HEAD"):
        assert (unknown.status_code, unknown.location) == (303, SIGN_IN)
    else:
        assert unknown.status_code == 401
        assert unknown.mimetype == "application/problem+json"


def test_socket_answers_a_stranger_like_any_address(stranger: Visitor) -> None:
    unknown = stranger.get("/no-such-page")
    for path in ("/socket.io/?EIO=4&transport=polling", "/socket.io/", "/socket.io"):
        assert shown(stranger.get(path)) == shown(unknown)
    forged = stranger.get("/socket.io/?EIO=4&transport=polling&sid=x")
    assert shown(forged) == shown(unknown)


def test_socket_takes_no_page_of_another_site(house: House) -> None:
    visitor = house.signed_in()
    address = "/socket.io/?EIO=4&transport=polling"
    answer = visitor.get(address, headers={"Origin": "http://elsewhere.test", "Accept": "*/*"})
    assert (answer.status_code, answer.json["code"]) == (403, "wrong_origin")
    assert visitor.get(address, headers={"Origin": BASE_URL}).text.startswith("0{")
    handshake = {"Origin": "http://elsewhere.test", "Accept": "*/*", **WEBSOCKET}
    answer = visitor.get("/socket.io/?EIO=4&transport=websocket", headers=handshake)
    assert (answer.status_code, answer.json["code"]) == (403, "wrong_origin")


def test_what_is_open_answers_a_stranger(stranger: Visitor) -> None:
    for path in ("/sign-in", "/healthz", "/static/css/base.css", "/static/favicon.svg"):
        assert stranger.get(path).status_code == 200, path


def test_forged_cookie_leaves_one_a_stranger(house: House, stranger: Visitor) -> None:
    person = house.person()
    for cookie in ("", "x", person.id, f"{person.id}.x", "\x00", "a." * 2000):
        stranger.cookie = cookie
        assert stranger.get("/account").status_code == 303, cookie


def test_somebody_signed_in_learns_nothing_from_wrong_methods(house: House) -> None:
    visitor = house.signed_in()
    unknown = visitor.open("DELETE", "/no-such-page")
    for path in ("/account", "/", "/account/sign-out", "/healthz", "/static/css/base.css"):
        for method in ("DELETE", "OPTIONS", "BREW"):
            assert shown(visitor.open(method, path)) == shown(unknown), (method, path)
    assert unknown.status_code == 404
    assert "no-such-page" not in unknown.text


def test_a_websocket_where_there_is_none_finds_nothing(house: House, stranger: Visitor) -> None:
    for visitor in (house.signed_in(), stranger):
        unknown = visitor.get("/no-such-page", headers=WEBSOCKET)
        for path in ("/account", "/spaces/abcdefgh", "/assets/listening/listening.js"):
            assert shown(visitor.get(path, headers=WEBSOCKET)) == shown(unknown), path
