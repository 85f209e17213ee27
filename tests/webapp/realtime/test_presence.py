"""Who is connected, and where."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from webapp.accounts.models import Person
from webapp.http.errors import AppError, ErrorCode
from webapp.realtime.presence import Connection, Presence


def connection(sid: str, person_id: str = "ada", page: str | None = None) -> Connection:
    person = Person(
        id=person_id, display_name=person_id, cohort="alpha", created_at=datetime.now(UTC)
    )
    return Connection(sid, person, f"login of {person_id}", "en", page=page)


def connected(
    presence: Presence, sid: str, person_id: str = "ada", page: str | None = None
) -> Connection:
    made = connection(sid, person_id, page)
    presence.add(made)
    return made


def test_found_by_socket_and_person() -> None:
    presence, first, second = Presence(), connection("1"), connection("2")
    presence.add(first)
    presence.add(second)
    assert presence.by_sid("1") is first
    assert presence.of_person("ada") == [first, second]
    assert presence.people() == {"ada"}
    presence.remove("1")
    assert presence.of_person("ada") == [second]
    presence.remove("2")
    assert (presence.people(), presence.everyone(), presence.of_person("ada")) == (set(), [], [])


def test_removing_what_is_not_there() -> None:
    presence = Presence()
    assert presence.remove("nobody") is None
    presence.add(connection("1"))
    presence.remove("1")
    assert presence.remove("1") is None


def test_a_person_is_in_a_space_through_one_connection() -> None:
    presence = Presence()
    first, second = connected(presence, "1"), connected(presence, "2")
    assert presence.enter(first, "space") is None
    assert presence.in_space("space", "ada") is first
    assert presence.enter(second, "space") is first, "the one that is replaced"
    assert presence.in_space("space", "ada") is second
    assert first.slug is None
    presence.leave(first)
    assert presence.in_space("space", "ada") is second, "who was replaced takes nothing away"


def test_entering_another_space_leaves_the_one_before() -> None:
    presence = Presence()
    one = connected(presence, "1")
    presence.enter(one, "here")
    presence.enter(one, "there")
    assert presence.in_space("here", "ada") is None
    assert presence.in_space("there", "ada") is one


def test_a_socket_that_goes_is_in_no_space() -> None:
    presence, one = Presence(), connection("1")
    presence.add(one)
    presence.enter(one, "here")
    presence.remove("1")
    assert presence.in_space("here", "ada") is None


def test_a_connection_whose_socket_has_ended_enters_nothing() -> None:
    presence = Presence()
    one = connected(presence, "1")
    presence.remove("1")
    with pytest.raises(AppError) as refused:
        presence.enter(one, "here")
    assert refused.value.code is ErrorCode.NOT_IN_SPACE
    assert (presence.in_space("here", "ada"), one.slug) == (None, None)


def test_people_do_not_get_in_each_others_way() -> None:
    presence = Presence()
    ada, bo = connected(presence, "1"), connected(presence, "2", "bo")
    presence.enter(ada, "space")
    assert presence.enter(bo, "space") is None
    assert presence.in_space("space", "ada") is ada


def test_a_page_is_where_one_is_until_one_joins() -> None:
    presence = Presence()
    one = connected(presence, "1", page="page")
    assert one.where == "page"
    presence.enter(one, "space")
    assert one.where == "space"
