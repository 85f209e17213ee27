"""A rule that the engine cannot evaluate is told wherever somebody looks."""

from __future__ import annotations

import csv
import io
import json

import pytest

from flags.catalogue import REACTIONS, WEB_LISTENING
from tests.harness.definitions import edit
from tests.harness.factories import House, Visitor

RULE = "currentTime DATE_AFTER 2026-12-01"
CONSTRAINT = {"contextName": "currentTime", "operator": "DATE_AFTER", "value": "2026-12-01"}
FEATURE = f"/console/features/{WEB_LISTENING}"


@pytest.fixture
def broken(house: House) -> House:
    edit(house.core, WEB_LISTENING, constraints=(CONSTRAINT,))
    house.core.gating.refresh()
    return house


def text_of(visitor: Visitor, address: str) -> str:
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.status
    return " ".join(answer.text.split())


def test_people_keep_the_feature(broken: House) -> None:
    person = broken.person("Alice", "alpha")
    assert broken.core.gating.is_open(person, WEB_LISTENING)


def test_table_and_status_line_say_so_in_red(broken: House, paula: Visitor) -> None:
    text = text_of(paula, "/console")
    assert '<span class="state wrong">A rule cannot be read</span>' in text
    assert f"A rule of {WEB_LISTENING} cannot be read." in text
    pulse = paula.get("/console/pulse").get_json()
    assert pulse["status"]["loud"] is True


def test_feature_page_names_the_rule_and_what_holds(broken: House, paula: Visitor) -> None:
    text = text_of(paula, FEATURE)
    assert f"This rule cannot be read: {RULE}." in text
    evaluated = broken.core.gating.gate.unreadable[WEB_LISTENING].evaluated
    assert f"by the rules of revision {evaluated}" in text
    assert "cannot be read" not in text_of(paula, f"/console/features/{REACTIONS}").replace(
        f"A rule of {WEB_LISTENING} cannot be read.", ""
    )


def test_history_names_the_rule_at_the_change_that_brought_it(
    broken: House, paula: Visitor
) -> None:
    edit(broken.core, WEB_LISTENING, constraints=(CONSTRAINT,), rollout=50)
    assert text_of(paula, "/console/history").count(f"this rule cannot be read: {RULE}") == 1
    rows = list(
        csv.DictReader(io.StringIO(paula.get("/console/history.csv").text.lstrip("\ufeff")))
    )
    assert [RULE in row["change"] for row in rows[:2]] == [False, True]


def test_readyz_names_the_feature_and_stays_ready(broken: House) -> None:
    definitions = json.loads(broken.stranger(address="127.0.0.1").get("/readyz").text)[
        "definitions"
    ]
    assert definitions["unreadable"] == [WEB_LISTENING]
    assert definitions["healthy"] is True


def test_explain_says_that_the_answer_goes_by_older_rules(broken: House, quinn: Visitor) -> None:
    asked = quinn.press(
        "/qa/explain", "Explain these", persona="Quiet listener", feature=WEB_LISTENING
    )
    text = text_of(quinn, asked.headers["Location"])
    assert f"This rule cannot be read: {RULE}." in text
    assert "do not agree" not in text


def test_corrected_rule_silences_all_of_it(broken: House, paula: Visitor) -> None:
    edit(broken.core, WEB_LISTENING, constraints=())
    broken.core.gating.refresh()
    assert "cannot be read" not in text_of(paula, "/console")
    assert "cannot be read" not in text_of(paula, FEATURE).partition('id="changes"')[0]


def test_random_stickiness_is_told_on_the_feature_page(house: House, paula: Visitor) -> None:
    drawn = {
        "name": "flexibleRollout",
        "parameters": {"rollout": "20", "stickiness": "random", "groupId": "g"},
        "constraints": [],
        "segments": [],
        "variants": [],
    }
    edit(house.core, WEB_LISTENING, custom=(drawn,))
    house.core.gating.refresh()
    assert "Here the draw sticks to the person" in text_of(paula, FEATURE)
    assert "draws" not in text_of(paula, f"/console/features/{REACTIONS}")
