from __future__ import annotations

from typing import Any

import pytest
from flask import abort
from sqlalchemy.exc import OperationalError

from flags.sources.interface import SourceUnavailable
from tests.harness.factories import House, Page, Visitor
from webapp.accounts.authentication import open_to_strangers
from webapp.http.errors import STATUS, AppError, ErrorCode
from webapp.infra.i18n import LANGUAGES, translate


def failing(house: House, error: Exception | int) -> Visitor:
    """Somebody signed in, in an app whose /fails ends in `error`."""

    def fail() -> None:
        if isinstance(error, int):
            abort(error)
        raise error

    house.app.add_url_rule("/fails", "fails", fail)
    house.app.config["PROPAGATE_EXCEPTIONS"] = False
    return house.signed_in()


def shown(answer: Any) -> tuple[object, ...]:
    return answer.status_code, dict(answer.headers), answer.data


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_has_a_status_and_words_in_every_language(code: ErrorCode) -> None:
    assert 400 <= STATUS[code] < 600
    texts = {translate(language, f"error.{code}") for language in LANGUAGES}
    assert len(texts) == len(LANGUAGES)


def test_ack_is_what_the_contract_says() -> None:
    assert AppError("unknown_event").as_ack("en") == {
        "ok": False,
        "error": {"code": "unknown_event", "message": "There is no such event."},
    }
    assert AppError("bad_input", fields=["title"]).as_ack("fr")["error"]["fields"] == ["title"]


def test_code_that_is_not_listed_cannot_be_raised() -> None:
    with pytest.raises(ValueError, match="no_such_code"):
        AppError("no_such_code")


@pytest.mark.parametrize("code", ErrorCode)
def test_error_is_a_page_for_browsers_and_a_problem_for_programs(
    house: House, code: ErrorCode
) -> None:
    visitor = failing(house, AppError(code))
    page = visitor.get("/fails")
    assert (page.status_code, page.mimetype) == (STATUS[code], "text/html")
    assert len(Page(page.text).headings) == 1
    assert translate("en", f"error.{code}") in page.text
    problem = visitor.get("/fails", headers={"Accept": "application/json"})
    assert (problem.status_code, problem.mimetype) == (STATUS[code], "application/problem+json")
    assert (problem.json["code"], problem.json["status"]) == (code, STATUS[code])


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_unknown_pages_and_wrong_methods_are_the_same_bytes(house: House, accept: str) -> None:
    visitor = house.signed_in()
    unknown = visitor.get("/a-secret-word", headers={"Accept": accept})
    assert unknown.status_code == 404
    assert b"a-secret-word" not in unknown.data
    for path in ("/other/words?and=more", "/account/link/x", "/account//name", "/account%00"):
        assert shown(visitor.get(path, headers={"Accept": accept})) == shown(unknown), path
    wrong = visitor.open("POST", "/account", headers={"Accept": accept})
    assert shown(wrong) == shown(unknown)
    assert "Allow" not in wrong.headers


def test_raised_not_found_is_the_same_as_no_page(house: House) -> None:
    visitor = failing(house, 404)
    assert shown(visitor.get("/fails")) == shown(visitor.get("/nothing"))


def test_fault_of_ours_says_nothing_of_its_insides(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    answer = failing(house, ZeroDivisionError("the insides")).get("/fails")
    assert answer.status_code == 500
    assert "it is our fault" in answer.text
    assert "insides" not in answer.text
    assert "the insides" in caplog.text


def test_database_that_does_not_answer(house: House, caplog: pytest.LogCaptureFixture) -> None:
    error = OperationalError("SELECT ?", {"name": "Ana's secret"}, Exception("it is locked"))
    answer = failing(house, error).get("/fails")
    assert answer.status_code == 503
    assert "Try again in a moment" in answer.text
    assert "it is locked" in caplog.text
    assert "secret" not in caplog.text


def test_lost_database_still_answers_in_words(house: House, stranger: Visitor) -> None:
    stranger.cookie = house.signed_in().cookie or ""
    with house.core.db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE logins RENAME TO gone")
    answer = stranger.get("/account")
    assert answer.status_code == 503
    assert Page(answer.text).headings == ["One moment"]


def test_definitions_that_cannot_be_reached(house: House) -> None:
    answer = failing(house, SourceUnavailable("nobody there")).get("/fails")
    assert answer.status_code == 503
    assert "Try again in a moment" in answer.text


def test_numbers_beyond_those_of_the_database(house: House) -> None:
    paula = house.signed_in(house.person("Paula", "staff", roles=["product_manager"]))
    for address in (
        "/console/people?page={}",
        "/console/history?before={}",
        "/console/history/people?before={}",
        "/console/proposals/{}/effect",
    ):
        assert paula.get(address.format(10**30)).status_code == 404, address


def test_too_large_a_form(house: House) -> None:
    visitor = house.signed_in()
    answer = visitor.press("/account", "Save name", display_name="x" * 2_000_000)
    assert (answer.status_code, "too large" in answer.text) == (413, True)


def test_refusals_are_logged_without_the_address(
    house: House, stranger: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    @open_to_strangers
    def open_page(token: str) -> None:
        raise AppError("not_allowed")

    house.app.add_url_rule("/i/<token>/more", "more", open_page)
    stranger.get("/i/the-token/more")
    assert "GET more refused: not_allowed" in caplog.text
    assert "the-token" not in caplog.text
