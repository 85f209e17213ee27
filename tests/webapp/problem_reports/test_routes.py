"""Reporting a problem: over HTTP, with what QA needs, and without what is not its business."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.harness.house import Guest, House
from tests.webapp.problem_reports.browser_reports import SECOND, report, send, token_of
from webapp.problem_reports.models import Report

HTML = {"Accept": "text/html"}


@pytest.fixture
def tomas(house: House) -> Guest:
    return house.guest("Tomas", followers=20, country="FI")


@pytest.fixture
def browser(house: House, tomas: Guest) -> FlaskClient:
    return house.browser(tomas)


@pytest.fixture
def quinn(house: House) -> Guest:
    return house.guest("Quinn", "staff", roles=("qa",))


def kept(house: House, content: dict[str, Any]) -> Report:
    return house.core.reports.get(content["id"]).report


def test_a_report_holds_how_things_were(house: House, browser: FlaskClient) -> None:
    house.close_gate("web-speaking")
    content = report(waited=90)
    assert send(browser, content).status_code == 201
    stored = kept(house, content)
    assert (stored.text, stored.state, stored.page) == (content["text"], "new", content["page"])
    assert (stored.received_at - stored.at).total_seconds() == 90
    assert stored.revision == house.core.gating.gate.revision
    answers = {one["key"]: (one["enabled"], one["variant"]) for one in stored.decisions}
    assert answers["web-listening"][0]
    assert not answers["web-speaking"][0]
    assert answers["reactions"][1] in ("tray", "tapback")
    assert (stored.told_revision, stored.told) == (None, {"web-listening": None})
    assert stored.properties["country"] == "FI"
    assert stored.sound == [SECOND]
    assert stored.browser["agent"].endswith("129.0.0.0")


def test_no_secret_and_no_address_is_kept(house: House, browser: FlaskClient) -> None:
    trouble = {"kind": "request", "text": "wss://192.0.2.9:1/x?sid=1 failed", "ago": 1}
    content = report("See /sign-in/Zm9vYmFy from 192.0.2.9", errors=[trouble], page="/i/abc.def")
    send(browser, content)
    stored = kept(house, content)
    parts = (stored.text, stored.page, stored.errors, stored.browser, stored.devices)
    everything = json.dumps(parts)
    for secret in ("192.0.2.9", "Zm9vYmFy", "abc.def", "sid=1", "127.0.0.1"):
        assert secret not in everything


def test_the_same_report_twice_is_one(house: House, browser: FlaskClient) -> None:
    content = report()
    assert [send(browser, content).status_code for _ in range(2)] == [201, 201]
    assert sum(house.core.reports.counts().values()) == 1


WRONG: tuple[Any, ...] = (
    report(text="  "),
    report(text="x" * 4001),
    report(address="192.0.2.7"),
    report(sound=[{**SECOND, "candidate": "192.0.2.7"}]),
    report(sound=[SECOND] * 91),
    report(id="../../x"),
    report(slug="UP"),
    report(browser={"agent": 5}),
    report(errors=[{"kind": "sound", "text": "x", "ago": 0}]),
    [],
    None,
    "text",
)


def test_what_is_no_report_is_refused(house: House, browser: FlaskClient) -> None:
    token = token_of(browser)
    for content in WRONG:
        answer = send(browser, content, token)
        assert (answer.status_code, answer.json["code"]) == (400, "bad_input"), content
    large = report(errors=[{"kind": "script", "text": "x" * 70_000, "ago": 0}])
    assert send(browser, large, token).json["code"] == "too_large"
    assert house.core.reports.counts() == {}


def test_only_with_the_form_token_of_a_page(browser: FlaskClient) -> None:
    assert send(browser, report(), "made up").json["code"] == "old_form"


def test_not_too_often(tmp_path: Path) -> None:
    house = House(tmp_path, flood_factor=1.0)
    browser = house.browser(house.guest("Tomas"))
    token = token_of(browser)
    answers = [send(browser, report(), token).status_code for _ in range(7)]
    assert answers == [201] * 6 + [429]
    house.clock.go_on(minutes=11)
    assert send(browser, report(), token).status_code == 201
    house.close()


def test_strangers_find_nothing(house: House) -> None:
    stranger = house.browser()
    answers = {
        (answer.status_code, answer.data)
        for path in ("/report", "/never", f"/report/{'0' * 32}/read", "/never/x/read")
        for answer in [stranger.post(path, json=report(), headers={"Accept": "application/json"})]
    }
    assert len(answers) == 1
    assert "report-open" not in stranger.get("/sign-in", headers=HTML).text


def test_every_page_has_a_foot(house: House, quinn: Guest) -> None:
    _, slug = house.space()
    browser = house.browser(quinn)
    pages = ("/", "/account", f"/spaces/{slug}", "/console", "/qa", "/no/such/page")
    for page in pages:
        text = browser.get(page, headers=HTML).text
        assert text.count('id="report-open"') == 1, page
        assert "Report a problem" in text


def test_a_page_stands_though_answers_cannot_be_read(house: House, browser: FlaskClient) -> None:
    with house.core.db.session() as db_session:
        db_session.connection().exec_driver_sql("ALTER TABLE reports RENAME TO away")
    assert browser.get("/", headers=HTML).status_code == 200


def test_the_note_is_told_once(house: House, tomas: Guest, quinn: Guest) -> None:
    browser, tab = house.browser(tomas), house.tab(tomas)
    content = report()
    send(browser, content)
    tab.received()
    house.core.reports.close(content["id"], "Mended in 0.1.1. Thank you!", quinn.person)
    house.settle()
    [(_, told)] = tab.received("report.answered")
    assert [answer["note"] for answer in told["answers"]] == ["Mended in 0.1.1. Thank you!"]
    assert "Mended in 0.1.1" in browser.get("/", headers=HTML).text, "until it is seen"
    other = house.browser(quinn)
    headers = {"Accept": "application/json", "X-CSRFToken": token_of(other)}
    read = told["answers"][0]["read"]
    assert other.post(read, headers=headers).status_code == 404
    headers["X-CSRFToken"] = token_of(browser)
    assert browser.post(read, headers=headers).status_code == 200
    assert "Mended in 0.1.1" not in browser.get("/", headers=HTML).text
    account = browser.get("/account", headers=HTML).text
    assert "Mended in 0.1.1" in account
    assert "Closed" in account


def test_a_report_without_a_note_is_closed_silently(
    house: House, tomas: Guest, quinn: Guest
) -> None:
    tab = house.tab(tomas)
    content = report()
    send(house.browser(tomas), content)
    house.core.reports.close(content["id"], "  ", quinn.person)
    house.settle()
    assert tab.received("report.answered") == []


def test_refused_reports_count_against_the_limit(tmp_path: Path) -> None:
    house = House(tmp_path / "refused", flood_factor=1.0)
    browser = house.browser(house.guest("Tomas"))
    token = token_of(browser)
    answers = [send(browser, report(made_up=1), token).status_code for _ in range(7)]
    assert answers == [400] * 6 + [429]
    house.close()
