"""Who the workbench exists for."""

from __future__ import annotations

import re

from werkzeug.test import TestResponse

from tests.harness.factories import House, Visitor

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def told(answer: TestResponse) -> tuple[int, str, list[tuple[str, str]]]:
    """Everything that an answer tells."""
    return answer.status_code, answer.text, sorted(answer.headers.items())


def addresses(house: House) -> list[str]:
    """Every address of the workbench, with something in each of its gaps."""
    rules = [str(rule) for rule in house.app.url_map.iter_rules()]
    mine = [re.sub("<[^>]+>", "1", rule) for rule in rules if rule.startswith("/qa")]
    return [*mine, "/qa/static/qa.css", "/qa/static/nothing.css"]


def test_for_others_it_was_never_written(house: House) -> None:
    for visitor in (house.signed_in(), house.stranger()):
        for method in METHODS:
            unwritten = told(visitor.open(method, "/never-written"))
            for address in addresses(house):
                assert told(visitor.open(method, address)) == unwritten, (method, address)


def test_is_there_for_those_who_work_with_it(house: House) -> None:
    for role in ("product_manager", "administrator", "qa"):
        visitor = house.signed_in(house.person(role, "staff", roles=[role]))
        for address in ("/qa", "/qa/explain", "/qa/matrix", "/qa/static/qa.css"):
            assert visitor.get(address).status_code == 200, address


def test_only_those_are_led_to_it(house: House, quinn: Visitor) -> None:
    assert 'href="/qa"' in quinn.get("/").text
    assert "/qa" not in house.signed_in().get("/").text


def test_every_page_that_it_leads_to_is_there(quinn: Visitor) -> None:
    start = quinn.get("/qa").text
    leads = {part.split('"')[0] for part in start.split('href="')[1:]}
    for address in sorted(lead for lead in leads if lead.startswith("/qa")):
        assert quinn.get(address).status_code == 200, address
