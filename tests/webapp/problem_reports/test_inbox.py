"""QA's inbox: what was reported, what they saw, and what becomes of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.harness.house import Guest, House
from tests.webapp.problem_reports.browser_reports import SECOND, report, send, token_of
from webapp.qa.inbox.charts import charts_of, with_scores
from webapp.qa.inbox.reproduce import wanted_for

HTML = {"Accept": "text/html"}
CELL = re.compile(r'<t[dh] role="(?:cell|rowheader)"[^>]*>(.*?)</t[dh]>', re.DOTALL)
TAG = re.compile(r"<[^>]+>")


@pytest.fixture
def quinn(house: House) -> Guest:
    return house.guest("Quinn", "staff", roles=("qa",))


@pytest.fixture
def qa(house: House, quinn: Guest) -> FlaskClient:
    return house.browser(quinn)


@pytest.fixture
def tomas(house: House) -> Guest:
    return house.guest("Tomas", followers=20)


def reported(house: House, guest: Guest, text: str = "No sound", **more: Any) -> str:
    content = report(text, **more)
    assert send(house.browser(guest), content).status_code == 201
    house.clock.go_on(seconds=1)
    report_id: str = content["id"]
    return report_id


def page(qa: FlaskClient, path: str) -> str:
    answer = qa.get(path, headers=HTML)
    assert answer.status_code == 200, path
    return answer.text


def does(qa: FlaskClient, path: str, **fields: str) -> TestResponse:
    return qa.post(path, data={"csrf_token": token_of(qa), **fields}, headers=HTML)


def cells(text: str) -> list[str]:
    return [" ".join(TAG.sub("", cell).split()) for cell in CELL.findall(text)]


def test_reports_are_listed_by_state(house: House, qa: FlaskClient, tomas: Guest) -> None:
    first, second = reported(house, tomas, "Crackling"), reported(house, tomas, "Too quiet")
    listed = page(qa, "/qa/inbox")
    assert listed.index("Too quiet") < listed.index("Crackling"), "newest first"
    page(qa, f"/qa/inbox/{first}")
    assert "Crackling" not in page(qa, "/qa/inbox?state=new")
    assert "Crackling" in page(qa, "/qa/inbox?state=seen")
    does(qa, f"/qa/inbox/{second}/close", note="")
    assert "Too quiet" in page(qa, "/qa/inbox?state=closed")
    assert "Too quiet" in page(qa, "/qa/inbox?state=nonsense"), "then all"


def test_reports_are_found_by_words_and_names(house: House, qa: FlaskClient, tomas: Guest) -> None:
    reported(house, tomas, "100 % crackling_noise")
    reported(house, house.guest("Lena", "beta"), "Too quiet")
    for words, found in {
        "CRACKLING 100": True,
        "tomas": True,
        "100 % c": True,
        "_oise": False,
    }.items():
        assert ("crackling_noise" in does(qa, "/qa/inbox/find", q=words).text) is found, words


def test_a_long_list_has_pages(house: House, qa: FlaskClient, tomas: Guest) -> None:
    for number in range(52):
        reported(house, tomas, f"Problem no {number}.")
    first = page(qa, "/qa/inbox")
    assert "Problem no 2." in first
    assert "Problem no 1." not in first
    older = re.search(r'href="([^"]*before=[^"]*)"', first)
    assert older
    assert cells(page(qa, older[1].replace("&amp;", "&")))[0] == "Problem no 1."


def test_what_they_had_then_and_what_they_would_have_now(
    house: House, qa: FlaskClient, tomas: Guest
) -> None:
    told = {"revision": 3, "features": {"web-listening": None, "reactions": "tray"}}
    report_id = reported(house, tomas, told=told)
    house.close_gate("web-speaking")
    rows = cells(page(qa, f"/qa/inbox/{report_id}"))
    speaking = rows.index("web-speaking")
    assert rows[speaking + 1 : speaking + 4] == ["Open", "Closed", "Closed"]
    reactions = rows.index("reactions")
    assert rows[reactions + 2] == "Open tray"


def test_explain_is_one_step_away(house: House, qa: FlaskClient, tomas: Guest) -> None:
    reported(house, tomas)
    answer = does(qa, "/qa/explain", person=tomas.id, feature="reactions", space="ab12cd34")
    assert answer.status_code == 303
    assert "reactions" in page(qa, answer.headers["Location"])


def test_it_is_seen_as_they_saw_it(house: House, qa: FlaskClient, tomas: Guest) -> None:
    report_id = reported(house, tomas)
    then = {d["key"]: d for d in house.core.reports.get(report_id).report.decisions}
    house.close_gate("web-speaking")
    answer = does(qa, f"/qa/inbox/{report_id}/see")
    assert answer.status_code == 303, answer.text
    where = answer.headers["Location"]
    assert re.fullmatch(r"/p/[0-9a-f]{32}/spaces/ab12cd34", where)
    eyes = house.core.accounts.people.get(where.split("/")[2])
    assert eyes is not None
    assert (eyes.preview, eyes.display_name, eyes.cohort) == (True, "As Tomas", "alpha")
    for key, was in then.items():
        decision = house.core.gating.decide(eyes, key)
        assert (decision.enabled, decision.variant) == (was["enabled"], was["variant"]), key


def test_who_looks_through_a_preview_reports_nothing(
    house: House, qa: FlaskClient, tomas: Guest
) -> None:
    where = does(qa, f"/qa/inbox/{reported(house, tomas)}/see").headers["Location"]
    below = where.removesuffix("/spaces/ab12cd34")
    assert "report-open" not in page(qa, f"{below}/")
    token = qa.get(f"{below}/report/token", headers={"Accept": "application/json"}).json["token"]
    headers = {"Accept": "application/json", "X-CSRFToken": token}
    assert qa.post(f"{below}/report", json=report(), headers=headers).status_code == 403
    assert house.core.reports.counts() == {"new": 1}


def test_one_report_is_linked_to_another(house: House, qa: FlaskClient, tomas: Guest) -> None:
    first, second, third = (reported(house, tomas, text) for text in ("First", "Second", "Third"))
    does(qa, f"/qa/inbox/{second}/link", other=first)
    assert "1 other report says the same" in page(qa, f"/qa/inbox/{first}")
    does(qa, f"/qa/inbox/{third}/link", other=second)
    assert house.core.reports.get(third).report.linked_to == first, "to where all are"
    for other in (first, third, "made up", ""):
        answer = does(qa, f"/qa/inbox/{first}/link", other=other)
        assert (answer.status_code, "cannot be linked" in answer.text) == (400, True), other
    does(qa, f"/qa/inbox/{second}/open")
    assert house.core.reports.get(second).report.state == "seen"


def test_a_report_is_closed_with_a_note_and_opened_again(
    house: House, qa: FlaskClient, tomas: Guest
) -> None:
    report_id = reported(house, tomas)
    assert does(qa, f"/qa/inbox/{report_id}/close", note="x" * 2001).status_code == 400
    does(qa, f"/qa/inbox/{report_id}/close", note="Mended. See /i/secret.token")
    shown = page(qa, f"/qa/inbox/{report_id}")
    assert "Closed by Quinn" in shown
    assert "They have not seen the note yet" in shown
    assert "secret.token" not in shown
    does(qa, f"/qa/inbox/{report_id}/open")
    assert house.core.reports.unread(tomas.id) == []


def test_what_was_written_is_text(house: House, qa: FlaskClient, tomas: Guest) -> None:
    evil = "<script>alert(1)</script>"
    errors = [{"kind": "script", "text": evil, "ago": 1}]
    devices = [{"kind": "audioinput", "count": 1, "names": [evil]}]
    report_id = reported(house, tomas, evil, errors=errors, devices=devices, page=f"/x{evil}")
    for path in ("/qa/inbox", f"/qa/inbox/{report_id}"):
        assert evil not in page(qa, path)


def test_what_is_not_there(house: House, qa: FlaskClient) -> None:
    assert qa.get("/qa/inbox/made-up", headers=HTML).status_code == 404
    for what in ("close", "link", "open", "see"):
        assert does(qa, f"/qa/inbox/made-up/{what}", other="x").status_code == 404, what


def test_charts_say_how_it_was() -> None:
    sound = [{**SECOND, "t": t, "concealed": 0.2 if t < 10 else 0.0} for t in range(59, -1, -1)]
    charts = {chart.name: chart for chart in charts_of(with_scores(sound))}
    assert (charts["score"].low, charts["score"].high) == ("1.6", "4.4")
    assert charts["missing"].high == "20.0"
    [line] = charts["missing"].lines
    assert line.split()[0] == "4.0,56.0", "the oldest at the left, nothing missing at the bottom"
    assert line.split()[-1] == "240.0,0.0"


def test_a_gap_in_the_sound_is_a_gap_in_the_chart() -> None:
    sound = [{**SECOND, "t": t} for t in (50, 49, 48, 10, 9, 8)]
    [score, *_] = charts_of(with_scores(sound))
    assert len(score.lines) == 2
    assert charts_of([]) == []


@pytest.mark.parametrize("variant", ["tray", "tapback", "gone meanwhile"])
def test_a_variant_is_seen_whichever_it_was(house: House, tomas: Guest, variant: str) -> None:
    stored = house.core.reports.get(reported(house, tomas)).report
    reactions = next(one for one in stored.decisions if one["key"] == "reactions")
    stored.decisions = [*(one for one in stored.decisions if one is not reactions)]
    stored.decisions.append({**reactions, "variant": variant})
    forced = wanted_for(stored, "Tomas", "alpha").forced["reactions"]
    assert (forced.enabled, forced.variant) == (True, None if " " in variant else variant)
