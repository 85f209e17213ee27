"""Comparisons: begun in a live Space, kept with what was found and said, and opened again."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.version import app_version
from tests.harness.house import Guest, House

TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')
PANES = {
    "1-who": "persona:Newcomer in alpha",
    "1-force-reactions": "open:tray",
    "2-who": "persona:Newcomer in alpha",
    "2-force-reactions": "open:tapback",
}
FOUND: dict[str, Any] = {
    "panes": [
        {"first_sound_ms": 41, "sound": [{"label": "Lost", "value": "0.0 %"}]},
        {"first_sound_ms": None, "sound": []},
    ],
    "differences": [
        {"pane": 2, "kind": "features", "lines": ["- reactions tray", "+ reactions tapback"]}
    ],
    "acts": [{"name": "React", "role": "button", "pane": 1, "missing": [2]}],
}
PICTURE = b"RIFF\x00\x00\x00\x00WEBPVP8 "


def form_of(browser: FlaskClient, path: str) -> str:
    found = TOKEN.search(browser.get(path).text)
    assert found is not None
    return found[1]


def begin(house: House, browser: FlaskClient, slug: str, **more: str) -> TestResponse:
    form = {"csrf_token": form_of(browser, "/qa/compare"), "space": slug, **PANES}
    answer: TestResponse = browser.post("/qa/compare", data={**form, **more})
    return answer


@pytest.fixture
def slug(house: House) -> str:
    return house.space()[1]


def keep(browser: FlaskClient, run: str, **sent: Any) -> TestResponse:
    data = {"csrf_token": form_of(browser, run), "note": "", **sent}
    answer: TestResponse = browser.post(run, data=data, content_type="multipart/form-data")
    return answer


def test_panes_are_people_of_their_own_in_one_browser(
    house: House, quinn: Guest, slug: str
) -> None:
    browser = house.browser(quinn)
    there = begin(house, browser, slug).headers["Location"]
    page = browser.get(there.split("#")[0]).text
    panes = re.findall(r'<iframe src="([^"]*)"', page)
    assert len(set(panes)) == 2
    for pane, variant in zip(panes, ("tray", "tapback"), strict=True):
        text = browser.get(pane).text
        assert f"reactions forced open ({variant})" in text
        assert "Morning show" in text


def test_up_to_four_and_no_fewer_than_two(house: House, quinn: Guest, slug: str) -> None:
    browser = house.browser(quinn)
    more = {f"{n}-who": "cohort:public" for n in (3, 4)}
    four = browser.get(begin(house, browser, slug, **more).headers["Location"].split("#")[0]).text
    assert four.count("<iframe") == 4
    assert begin(house, browser, slug, **{"2-who": ""}).status_code == 400


def test_only_in_a_space_that_is_live(house: House, quinn: Guest, slug: str) -> None:
    house.core.spaces.end(slug)
    answer = begin(house, house.browser(quinn), slug)
    assert answer.status_code == 404
    assert house.core.previews.history() == []


def test_panes_are_in_the_history_and_can_be_ended(house: House, quinn: Guest, slug: str) -> None:
    browser = house.browser(quinn)
    run = begin(house, browser, slug).headers["Location"].split("#")[0]
    records = house.core.previews.history()
    assert [(one.preview.purpose, len(one.uses)) for one in records] == [("compare", 1)] * 2
    house.core.previews.revoke(records[0].preview.id, quinn.person)
    assert "<iframe" not in browser.get(run).text


def test_a_run_is_kept_and_opened_again_by_others(house: House, quinn: Guest, slug: str) -> None:
    browser = house.browser(quinn)
    run = begin(house, browser, slug).headers["Location"].split("#")[0]
    sent = {
        "note": "The tray covers the crowd",
        "verdict-reactions": "failed",
        "findings": json.dumps(FOUND),
        "picture": (io.BytesIO(PICTURE), "panes"),
    }
    assert keep(browser, run, **sent).status_code == 303
    paula = house.browser(house.guest("Paula", "staff", roles=("product_manager",)))
    page = paula.get(run).text
    # The panes live in Quinn's browser; what was found can be read everywhere.
    assert "<iframe" not in page
    for text in ("The tray covers the crowd", "41 ms", "+ reactions tapback", app_version()):
        assert text in page
    assert "Not there in pane 2" in page
    picture = paula.get(f"{run}/picture")
    assert (picture.data, picture.mimetype) == (PICTURE, "image/webp")
    listed = paula.get("/qa/compare?feature=reactions").text
    assert "reactions: Failed" in listed
    assert "The tray covers the crowd" not in paula.get("/qa/compare?feature=web-hosting").text


def test_what_is_said_again_takes_the_place_of_what_was(
    house: House, quinn: Guest, slug: str
) -> None:
    browser = house.browser(quinn)
    run = begin(house, browser, slug).headers["Location"].split("#")[0]
    keep(browser, run, **{"verdict-reactions": "failed", "findings": json.dumps(FOUND)})
    keep(browser, run, **{"verdict-web-listening": "passed"})
    listed = browser.get("/qa/compare").text
    assert "web-listening: Passed" in listed
    assert "reactions: Failed" not in listed
    house.core.previews.revoke(house.core.previews.history()[0].preview.id, quinn.person)
    assert "+ reactions tapback" in browser.get(run).text


@pytest.mark.parametrize(
    "sent",
    [
        {"verdict-reactions": "splendid"},
        {"findings": "{"},
        {"findings": json.dumps({**FOUND, "panes": []})},
        {"findings": json.dumps({**FOUND, "more": 1})},
        {"note": "x" * 2001},
        {"picture": (io.BytesIO(b"<svg onload='alert(1)'>"), "panes")},
    ],
)
def test_what_cannot_be_kept(house: House, quinn: Guest, slug: str, sent: dict[str, Any]) -> None:
    browser = house.browser(quinn)
    run = begin(house, browser, slug).headers["Location"].split("#")[0]
    assert keep(browser, run, **sent).status_code == 400
    assert keep(browser, run, **{"verdict-reactions": "passed"}).status_code == 303


def test_nobody_else_has_it(house: House, quinn: Guest, slug: str) -> None:
    run = begin(house, house.browser(quinn), slug).headers["Location"].split("#")[0]
    tess = house.browser(house.guest("Tess"))
    for path in ("/qa/compare", run, f"{run}/picture", "/qa/static/compare/compare.js"):
        assert tess.get(path).status_code == 404
