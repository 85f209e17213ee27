"""The history: found, paged, and as a file."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import pytest

from flags.catalogue import REACTIONS, WEB_LISTENING, WEB_SPEAKING
from flags.sources.interface import Closing
from tests.harness.factories import House, Visitor
from tests.webapp.console.test_feature_routes import seen
from webapp.console.history.change_history_routes import mark_of
from webapp.feature_flags.change_history import History, Wanted

HISTORY = "/console/history"


@pytest.fixture(autouse=True)
def some_changes(house: House) -> None:
    """Besides the four seeds: three days of work by three people."""
    source = house.core.source
    source.set_rollout(REACTIONS, 50, "Ann")
    house.clock.go_on(days=1)
    source.turn_off(WEB_SPEAKING, Closing.CUT, "Ben")
    house.clock.go_on(days=1)
    source.set_rollout(REACTIONS, 70, "=Cmd()")


def shown(visitor: Visitor, query: str) -> list[str]:
    """Who made the changes that a page shows."""
    text = seen(visitor.get(f"{HISTORY}?{query}"))
    return re.findall(r'data-label="Who">([^<]+)<', text)


@pytest.mark.parametrize(
    ("query", "who"),
    [
        (f"by={mark_of('Ann')}", ["Ann"]),
        (f"feature={REACTIONS}&kind=rollout", ["=Cmd()", "Ann"]),
        ("from=2026-11-22&to=2026-11-22", ["Ben"]),
        ("from=2026-11-23", ["=Cmd()"]),
        ("to=2026-11-21&kind=rollout", ["Ann"]),
        ("by=Nobody", []),
        ("kind=off&feature=reactions", []),
    ],
)
def test_finds_by_feature_person_kind_and_day(paula: Visitor, query: str, who: list[str]) -> None:
    assert shown(paula, query) == who


def test_a_day_that_is_none_is_refused(paula: Visitor) -> None:
    assert paula.get(f"{HISTORY}?from=soon").status_code == 400


def test_pages_hold_every_change_once(house: House) -> None:
    history = History(house.core.db)
    every = [change.revision for change in history.each(Wanted())]
    assert every == sorted(every, reverse=True)
    for limit in (1, 2, 3, 100):
        pages: list[int] = []
        before = None
        while page := history.older(Wanted(), before, limit):
            pages += [change.revision for change in page]
            before = page[-1].revision
        assert pages == every, limit
    middle = every[3]
    newer = [change.revision for change in history.newer(Wanted(), middle, 2)]
    assert newer == every[1:3]


def test_goes_back_and_forth_between_pages(house: House, paula: Visitor) -> None:
    for percent in range(1, 150):
        house.core.source.set_rollout(REACTIONS, percent % 60, "Ann")
    first = paula.get(f"{HISTORY}?by={mark_of('Ann')}")
    older = re.search(r'href="([^"]+)">Older<', first.text)
    assert older is not None
    second = paula.get(older[1].replace("&amp;", "&"))
    assert (first.text.count(">Ann<"), second.text.count(">Ann<")) == (100 + 1, 50 + 1)
    newer = re.search(r'href="([^"]+)">Newer<', second.text)
    assert newer is not None
    again = paula.get(newer[1].replace("&amp;", "&"))
    rows = re.compile(r"<tr role=.row.>.*?</tr>", re.S)
    assert rows.findall(again.text) == rows.findall(first.text)


def test_a_csv_for_spreadsheets(paula: Visitor) -> None:
    answer = paula.get(f"{HISTORY}.csv?feature={REACTIONS}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="history.csv"'
    assert answer.data.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    found = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["by"] for row in found] == ["'=Cmd()", "Ann", "seed"]
    assert found[0]["change"] == "percentage from 50 % to 70 %"
    assert found[0]["after"] == "On, 70 % of staff, alpha"


def test_a_json_for_machines(paula: Visitor) -> None:
    found = paula.get(f"{HISTORY}.json?by={mark_of('Ben')}").get_json()
    assert [(one["feature"], one["kind"], one["closing"]) for one in found] == [
        (WEB_SPEAKING, "off", "cut")
    ]
    assert json.loads(paula.get(f"{HISTORY}.json?by=Nobody").text) == []


def test_says_what_was_made_in_unleash(house: House, paula: Visitor) -> None:
    state = house.core.source.feature(WEB_LISTENING)
    house.clock.go_on(hours=1)
    house.core.source.put(replace(state, rollout=30), "dora@unleash", action="unleash")
    text = seen(paula.get(f"{HISTORY}?kind=unleash"))
    assert re.search(r"dora@unleash <span[^>]*>in Unleash</span>", text)
    assert "made in Unleash" in text


def test_names_stand_in_no_address(house: House, paula: Visitor) -> None:
    house.core.source.set_rollout(REACTIONS, 10, "Annabel")
    page = paula.get(HISTORY).text
    assert ">Annabel</option>" in page
    assert not re.findall(r'(?:href|value|action)="[^"]*Annabel', page)
