"""Who gets a socket, and what a form must prove: over a real process."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from script.servers.janus import JanusServer
from tests.harness.crawl import Wire
from tests.harness.house import House
from tests.harness.server import RunningApp
from tests.harness.socket_people import Ear
from webapp.accounts.authentication import COOKIE
from webapp.accounts.models import ROLES

pytestmark = pytest.mark.server

ELSEWHERE = ("https://elsewhere.example", "null", "http://127.0.0.1", "https://127.0.0.1:1", "")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with JanusServer() as janus, RunningApp(janus, tmp_path_factory.mktemp("app")) as app:
        yield app


def connects(app: RunningApp, headers: dict[str, str], transport: str = "websocket") -> bool:
    """Whether the server opens a socket for a browser that sends `headers`."""
    connection = http.client.HTTPConnection(app.base_url.removeprefix("http://"), timeout=60)
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    sent = headers | (upgrade if transport == "websocket" else {})
    try:
        connection.request("GET", f"/socket.io/?EIO=4&transport={transport}", headers=sent)
        with connection.getresponse() as answer:
            return answer.status in (200, 101)
    finally:
        connection.close()


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_socket_is_for_those_who_are_signed_in(app: RunningApp, transport: str) -> None:
    visitor = app.person("Tomas")
    assert connects(app, visitor.header, transport)
    assert not connects(app, {}, transport)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize("origin", ELSEWHERE)
def test_a_page_of_another_site_gets_no_socket(
    app: RunningApp, origin: str, transport: str
) -> None:
    visitor = app.person("Tomas")
    assert not connects(app, {**visitor.header, "Origin": origin}, transport)
    assert connects(app, {**visitor.header, "Origin": app.base_url}, transport)


def test_cookies_that_are_not_good(app: RunningApp) -> None:
    visitor, other = app.person("Tomas"), app.person("Tess")
    value, _, signature = visitor.cookie.rpartition(".")
    forged = [
        f"{value}.{signature[::-1]}",
        f"{other.cookie.rpartition('.')[0]}.{signature}",
        value,
        "",
        "x" * 3000,
        f"{visitor.id}.{signature}",
        visitor.cookie + "x",
        visitor.cookie.upper(),
    ]
    for cookie in forged:
        assert not connects(app, {"Cookie": f"{COOKIE}={cookie}"}), cookie[:60]


async def test_a_cookie_of_before_is_worth_nothing_after_signing_out(app: RunningApp) -> None:
    visitor = app.person("Tomas")
    ear = await Ear(app, visitor).open()
    wire = Wire(app.base_url, visitor.header)
    page = wire.sent("/account", {"Accept": "text/html"})
    session = re.search(r"session=[^;]+", page.head)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.body)
    assert session
    assert token
    both = {"Cookie": f"{visitor.header['Cookie']}; {session[0]}", "Origin": app.base_url}
    response = wire.ask("/account/sign-out", "POST", both, f"csrf_token={token[1]}")
    assert response.status == 303
    assert not connects(app, visitor.header), "replayed"
    assert wire.answer("/account").status in (303, 401)
    await ear.ended()


def test_an_expired_login_is_no_login(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = House(tmp_path_factory.mktemp("house"))
    try:
        guest = house.guest("Tomas")
        house.clock.go_on(days=29)
        assert house.tab(guest).connected
        house.clock.now += timedelta(days=31)
        assert not house.tab(guest).connected
        assert house.browser(guest).get("/account").status_code in (303, 401)
    finally:
        house.close()


def test_every_form_insists_on_its_token_and_origin(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A walk over every address that takes a form, as somebody who may use them all."""
    house = House(tmp_path_factory.mktemp("house"))
    try:
        guest = house.guest("Pia", "staff", followers=900, roles=tuple(ROLES))
        looker = house.looks(guest)
        ours, previews = house.browser(guest), house.browser(looker)
        rules = [rule for rule in house.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
        paths = {filled(rule.rule) for rule in rules if "socket.io" not in rule.rule}
        assert len(paths) > 5
        way_out = "/preview/leave"  # an address for people in a preview only
        forms = [(ours, path) for path in paths - {way_out}]
        for browser, path in [*forms, (previews, looker.base + way_out)]:
            for form in ({}, {"csrf_token": "made up"}):
                answer = browser.post(path, data=form, headers={"Accept": "application/json"})
                assert (answer.status_code, answer.get_json()["code"]) == (400, "old_form"), path
            foreign = {"Accept": "application/json", "Origin": "https://elsewhere.example"}
            answer = browser.post(path, data={}, headers=foreign)
            assert answer.get_json()["code"] == "wrong_origin", path
    finally:
        house.close()


def filled(rule: str) -> str:
    return re.sub(r"<[^>]+>", "x", re.sub(r"<int:[^>]+>", "1", rule))


async def test_a_message_that_is_too_large_ends_only_that_socket(app: RunningApp) -> None:
    first, second = Ear(app, app.person("Tomas")), Ear(app, app.person("Tess"))
    async with second:
        await first.open()
        await first.send("space.join", {"slug": "x" * 200_000})
        await first.ended()
        assert (await second.call("no.such"))["error"]["code"] == "unknown_event"


async def test_flooding_is_answered_and_hurts_only_who_floods(app: RunningApp) -> None:
    async with Ear(app, app.person("Tomas")) as first, Ear(app, app.person("Tess")) as second:
        acks = [await first.call("space.join", {"slug": "no"}) for _ in range(40)]
        codes = [ack["error"]["code"] for ack in acks]
        assert codes[0] == "not_found"
        assert codes[-1] == "too_many"
        assert (await second.call("space.join", {"slug": "no"}))["error"]["code"] == "not_found"


def test_logs_hold_no_secrets(app: RunningApp) -> None:
    """The last test of this file: whatever was tried above is in the log by now."""
    log = app.log.read_text(errors="replace")
    assert "Traceback" not in log, log[-3000:]
    assert app.janus.api_secret not in log
    assert app.janus.admin_key not in log
    assert "x" * 50 not in log
