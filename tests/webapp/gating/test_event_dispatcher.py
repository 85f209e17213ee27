"""The socket surface: whatever is sent, one clear answer; what is refused changes nothing."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from media.errors import JanusRefused
from tests.harness.house import OFFER, House
from webapp.http.errors import AppError, ErrorCode

UNKNOWN = {"code": "unknown_event", "message": "There is no such event."}


def test_an_unknown_event(house: House) -> None:
    tab = house.tab(house.guest("Tomas"))
    for name in ("no.such", "", "space.joinx", "SPACE.JOIN", "__class__", "é", "x" * 5000):
        assert tab.call(name, {}) == {"ok": False, "error": UNKNOWN}


def test_a_closed_event_answers_like_an_unknown_one_whatever_it_carries(house: House) -> None:
    tab = house.tab(house.guest("Oscar", "public"))
    for content in ([{}], [], [{"slug": 1}], ["x"], [{}, {}], [None], [[[]]]):
        assert tab.call("space.join", *content) == tab.call("no.such", *content)


WRONG: list[Any] = [
    None,
    5,
    "slug",
    [],
    ["slug"],
    {},
    {"slug": None},
    {"slug": 5},
    {"slug": ["abc"]},
    {"slug": {"slug": "abc"}},
    {"slug": ""},
    {"slug": "ABC"},
    {"slug": "abc\n"},
    {"slug": "a" * 17},
    {"slug": "a" * 60_000},
    {"slug": "abc", "more": 1},
    {"slug": "abc", "__proto__": {}},
    {"Slug": "abc"},
]


@pytest.mark.parametrize("content", WRONG, ids=lambda content: repr(content)[:30])
def test_bad_input(house: House, content: object) -> None:
    ack = house.tab(house.guest("Tomas")).call("space.join", content)
    assert ack["error"]["code"] == "bad_input"
    assert "aaaa" not in str(ack), "the values sent are not told back"


def test_bad_input_names_our_fields_only(house: House) -> None:
    tab = house.tab(house.guest("Tomas"))
    error = tab.call("space.join", {"slug": 5, "<script>": 1})["error"]
    assert error["fields"] == ["slug"]


def test_several_arguments_are_bad_input(house: House) -> None:
    tab = house.tab(house.guest("Tomas"))
    assert tab.call("lobby.list", {}, {})["error"]["code"] == "bad_input"
    assert tab.call("lobby.list", {}, None)["error"]["code"] == "bad_input"


def test_no_argument_is_an_empty_one(house: House) -> None:
    assert house.tab(house.guest("Tomas")).call("lobby.list")["ok"]


def test_bytes_are_bad_input(house: House) -> None:
    tab = house.tab(house.guest("Tomas"))
    assert tab.call("space.join", {"slug": b"abc"})["error"]["code"] == "bad_input"
    assert tab.call("lobby.list", b"\x00")["error"]["code"] == "bad_input"


def test_events_that_socket_io_itself_knows_are_as_unknown_as_others(house: House) -> None:
    """A browser may send them as events: they must not reach what runs on connecting."""
    host, slug = house.space()
    before = len(house.core.presence.everyone())
    for name in ("connect", "disconnect", "connect_error", "__disconnect_final", "*"):
        for content in ([], [{}], [{"slug": slug}], ["x", "y"]):
            assert host.call(name, *content) == {"ok": False, "error": UNKNOWN}, name
    assert len(house.core.presence.everyone()) == before
    assert host.does("hosting.people")["people"] == []


def test_flooding_is_told_and_costs_only_whoever_floods(tmp_path: Path) -> None:
    house = House(tmp_path, flood_factor=0.1)
    try:
        first, other = (house.tab(house.guest(name)) for name in ("Tomas", "Lou"))
        codes = {first.call("space.join", {"slug": "nosuch"})["error"]["code"] for _ in range(3)}
        assert codes == {"not_found"}
        assert first.refused("space.join", slug="nosuch") == "too_many"
        again = house.tab(first.guest)
        assert again.refused("space.join", slug="nosuch") == "too_many", "tabs share the limit"
        assert other.refused("space.join", slug="nosuch") == "not_found"
        house.go_on(seconds=11)
        assert first.refused("space.join", slug="nosuch") == "not_found"
    finally:
        house.close()


def test_a_flood_of_closed_events_answers_like_one_of_unknown_events(tmp_path: Path) -> None:
    house = House(tmp_path, flood_factor=0.1)
    try:
        closed, unknown = (house.tab(house.guest(name, "public")) for name in ("Oscar", "Olga"))
        answers = [closed.call("space.join", {"slug": "x"}) for _ in range(9)]
        assert answers == [unknown.call("no.such", {"slug": "x"}) for _ in range(9)]
        assert answers[-1]["error"]["code"] == "too_many"
    finally:
        house.close()


def test_what_goes_wrong_inside_is_one_of_our_errors(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "INSERT of a secret"
    failures: dict[Exception, str] = {
        OperationalError(secret, {"p": secret}, Exception(secret)): "try_again",
        JanusRefused(490, secret): "sound_unavailable",
        TimeoutError(): "sound_unavailable",
        AppError("conflict"): "conflict",
        RuntimeError("a fault of ours"): "internal",
    }
    tab = house.tab(house.guest("Tomas"))
    for failure, code in failures.items():

        def fail(failure: Exception = failure) -> None:
            raise failure

        monkeypatch.setattr(house.core.spaces, "lobby", fail)
        assert tab.refused("lobby.list") == code
    assert secret not in caplog.text


def test_a_database_that_is_away_is_told_and_nothing_is_changed(house: House) -> None:
    host, slug = house.space()
    tab = house.joined(house.guest("Tomas"), slug)
    with house.core.db.engine.connect() as other:
        # Another process writes, and takes longer than anybody waits.
        other.exec_driver_sql("SELECT 1")
        assert tab.refused("speaking.request") == "try_again"
    assert tab.does("speaking.where") == {"state": "none"}
    assert host.does("hosting.people")["people"] == []


def test_a_janus_that_is_away_is_told(house: House) -> None:
    _, slug = house.space()
    tab = house.joined(house.guest("Tomas"), slug)
    house.janus_does("crash")
    assert tab.refused("listening.warm") == "sound_unavailable"
    assert house.seats() == {}


def test_errors_are_in_the_persons_language(house: House) -> None:
    guest = house.guest("Tomas")
    english, french = (house.tab(guest, language=language) for language in ("en", "fr"))
    said = {tab.call("no.such", {})["error"]["message"] for tab in (english, french)}
    assert len(said) == 2


def test_every_code_has_a_message_in_both_languages() -> None:
    for code in ErrorCode:
        english, french = (AppError(code).message(language) for language in ("en", "fr"))
        assert english != french


def test_log_lines_carry_no_content(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "webapp")
    host, slug = house.space()
    tab = house.on_stage(host, house.guest("Tomas"), slug)
    tab.call("stage.offer", {"sdp": OFFER + "a=ice-pwd:very-secret\r\n", "x": 1})
    tab.call("stage.offer", {"sdp": "v=1 very-secret"})
    tab.call("hosting.open", {"title": "very-secret"})
    tab.call("very-secret" * 10, {"very-secret": "very-secret"})
    lines = [r.getMessage() for r in caplog.records if r.name.startswith(("webapp", "media"))]
    assert lines
    assert not [line for line in lines if "very-secret" in line and "'very-secretvery" not in line]
    assert not [line for line in lines if len(line) > 200]


def test_registering_a_name_twice_is_a_mistake(house: House) -> None:
    from webapp.gating.event_dispatcher import Nothing

    with pytest.raises(ValueError, match="twice"):
        house.core.sockets.on("space.join", Nothing, "web-listening")(lambda _call, _sent: None)


def test_a_socket_that_is_not_known_yet_is_asked_to_try_again(house: House) -> None:
    ack = house.core.sockets.dispatch("nobody", "lobby.list", ({},))
    assert ack["error"]["code"] == "try_again"
