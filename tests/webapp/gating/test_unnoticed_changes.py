"""Whoever is not concerned by a change cannot tell that there was one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.house import House
from tests.webapp.problem_reports.browser_reports import report, send

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.9"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def test_outsider_is_greeted_the_same_after_a_change_of_others(house: House) -> None:
    outsider = house.guest("Otto", "public")
    house.close_gate("reactions")
    before = house.tab(outsider).received("features")
    house.open_gate("reactions")
    house.close_gate("reactions")
    assert house.tab(outsider).received("features") == before
    assert "revision" not in repr(before)


def test_change_of_features_is_told_without_a_revision(house: House) -> None:
    tab = house.tab(house.guest("Tomas"))
    house.close_gate("reactions")
    assert "revision" not in repr(tab.received())


def test_report_still_knows_which_definitions_a_browser_was_told(house: House) -> None:
    tomas = house.guest("Tomas")
    house.tab(tomas)
    told = house.core.gating.gate.revision
    content = report()
    send(house.browser(tomas), content)
    assert house.core.reports.get(content["id"]).report.told_revision == told


@pytest.mark.parametrize("forwarded", [None, "192.0.2.9"])
def test_readiness_tells_others_only_whether_it_is_ready(
    house: House, forwarded: str | None
) -> None:
    browser = house.browser()
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    address = {} if forwarded else ELSEWHERE
    told = browser.get("/readyz", headers=headers, environ_overrides=address)
    assert told.get_json() == {"status": "ready"}
    house.close_gate("reactions")
    again = browser.get("/readyz", headers=headers, environ_overrides=address)
    assert (again.status_code, again.data) == (told.status_code, told.data)


def test_readiness_tells_this_machine_what_is_missing(house: House) -> None:
    told = house.browser().get("/readyz").get_json()
    assert set(told) == {"status", "database", "janus", "definitions"}
