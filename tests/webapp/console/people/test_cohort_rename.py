"""Cohorts renamed: everywhere, live, and nobody gains or loses anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from flags.catalogue import CATALOGUE, REACTIONS, WEB_HOSTING, WEB_LISTENING, WEB_SPEAKING
from flags.context import context_of
from flags.sources.embedded import seed_state
from flags.sources.interface import SourceUnavailable
from tests.harness.factories import House, Visitor
from tests.harness.house import House as LiveHouse
from tests.webapp.console.test_feature_routes import followed, seen
from webapp.accounts.events import PeopleChanged
from webapp.console.people.cohort_rename import rename, with_names
from webapp.http.errors import AppError

PEOPLE = "/console/people"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveHouse]:
    house = LiveHouse(tmp_path)
    yield house
    house.close()


def test_every_place_has_the_new_name(house: House, paula: Visitor) -> None:
    tess = house.person("Tess", "alpha", followers=700)
    text = followed(paula, paula.press(PEOPLE, "Rename alpha", cohort="insiders"))
    assert "alpha is called insiders now, everywhere." in text
    moved = house.accounts.people.get(tess.id)
    assert moved is not None
    assert moved.cohort == "insiders"
    states = {state.key: state.cohorts for state in house.core.source.features()}
    assert states == {
        WEB_LISTENING: ("staff", "insiders", "beta"),
        WEB_SPEAKING: ("staff", "insiders"),
        WEB_HOSTING: ("staff", "insiders"),
        REACTIONS: ("staff", "insiders"),
    }
    segments = house.core.source.definitions().document["segments"]
    assert {one["name"] for one in segments} == {"cohort beta", "cohort insiders", "cohort staff"}
    assert all(house.core.gating.is_open(moved, key) for key in CATALOGUE)


def test_the_history_says_what_it_was(house: House, paula: Visitor) -> None:
    paula.press(PEOPLE, "Rename beta", cohort="friends")
    text = seen(paula.get("/console/history?kind=rename"))
    assert "Paula" in text
    assert "renaming beta to friends" in text
    assert "beta is called friends" in text
    assert "took beta out" not in text


def test_everybody_has_what_they_had_at_every_step(live: LiveHouse) -> None:
    alma = live.guest("Alma", "alpha")
    tab = live.tab(alma)
    kept = tab.received("features")[0][1]["features"]
    assert {feature["key"] for feature in kept} == {WEB_LISTENING, WEB_SPEAKING, REACTIONS}
    steps: list[set[str]] = []

    def look(_: object = None) -> None:
        person = live.core.accounts.people.get(alma.id)
        assert person is not None
        steps.append({key for key in CATALOGUE if live.core.gating.is_open(person, key)})

    live.core.events.subscribe(PeopleChanged, look)
    rename(live.core, "alpha", "insiders", "Paula")
    look()
    live.tick()
    assert steps == [{WEB_LISTENING, WEB_SPEAKING, REACTIONS}] * 2
    assert tab.received("features.changed") == []
    assert live.core.presence.of_person(alma.id)[0].person.cohort == "insiders"


def test_nobody_gets_in_by_the_old_name(house: House, paula: Visitor) -> None:
    paula.press(PEOPLE, "Rename alpha", cohort="insiders")
    paula.press(PEOPLE, "Make cohort", cohort="alpha")
    late = house.person("Late", "alpha")
    assert not house.core.gating.is_open(late, WEB_LISTENING)


def named(house: House) -> dict[str, tuple[str, ...]]:
    return {state.key: state.cohorts for state in house.core.source.features()}


@pytest.fixture
def refuse(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """The definitions cannot be written between one edit and another, counted from now."""
    put = house.core.source.put

    def refuse(first: int, last: int) -> None:
        edits = count(1)

        def put_or_not(*given: Any) -> Any:
            if first <= next(edits) <= last:
                raise SourceUnavailable("not now")
            return put(*given)

        monkeypatch.setattr(house.core.source, "put", put_or_not)

    return refuse


def test_a_rename_that_cannot_begin_leaves_nothing(
    house: House, refuse: Callable[[int, int], None]
) -> None:
    before = named(house)
    refuse(3, 3)
    with pytest.raises(AppError, match="try_again"):
        rename(house.core, "alpha", "insiders", "Paula")
    assert named(house) == before
    assert dict(house.core.accounts.people.cohorts()).keys() >= {"alpha", "beta"}


def test_people_who_have_the_new_name_keep_what_it_opens(house: House) -> None:
    def fail(_: object) -> None:
        raise OSError("somebody could not be told")

    house.core.events.subscribe(PeopleChanged, fail)
    with pytest.raises(OSError, match="told"):
        rename(house.core, "alpha", "insiders", "Paula")
    assert all({"alpha", "insiders"} <= set(cohorts) for cohorts in named(house).values())


@pytest.mark.parametrize("first", [3, 6])
def test_a_rename_that_stopped_goes_on(
    house: House, refuse: Callable[[int, int], None], first: int
) -> None:
    refuse(first, 99)
    with pytest.raises(AppError, match="try_again"):
        rename(house.core, "alpha", "insiders", "Paula")
    refuse(0, 0)
    rename(house.core, "alpha", "insiders", "Paula")
    names = {name for cohorts in named(house).values() for name in cohorts}
    assert names == {"staff", "insiders", "beta"}
    with pytest.raises(AppError, match="not_found"):
        rename(house.core, "alpha", "insiders", "Paula")


@pytest.mark.parametrize("name", ["beta", "With Space", ""])
def test_refused_names_change_nothing(house: House, paula: Visitor, name: str) -> None:
    revision = house.core.source.revision()
    assert paula.press(PEOPLE, "Rename alpha", cohort=name).status_code in (400, 409)
    assert house.core.source.revision() == revision


def test_cohorts_that_commands_rely_on_keep_their_names(house: House, paula: Visitor) -> None:
    page = paula.get(PEOPLE)
    assert "Rename staff" not in page.text
    assert "Rename public" not in page.text


def test_rules_made_by_hand_are_respelled() -> None:
    rule = {"contextName": "cohort", "operator": "IN", "values": ["alpha", "beta"]}
    country = {"contextName": "country", "operator": "IN", "values": ["alpha"]}
    state = replace(
        seed_state(CATALOGUE[REACTIONS]),
        custom=({"name": "flexibleRollout", "constraints": [rule, country]},),
    )
    named = with_names(state, lambda names: [name for name in names if name != "alpha"])
    assert named.custom[0]["constraints"] == [{**rule, "values": ["beta"]}, country]
    assert with_names(state, list) == state


def test_size_and_who_is_connected(live: LiveHouse) -> None:
    paula = live.guest("Paula", "staff", roles=["product_manager"])
    live.guest("Away", "beta")
    live.tab(live.guest("Alma", "beta"))
    text = " ".join(live.browser(paula).get(PEOPLE).text.split())
    assert '<strong>beta</strong></a> <span class="soft numbers">2 people, 1 connected' in text


def test_gates_know_only_the_name(house: House) -> None:
    person = house.person("Tess", "alpha")
    properties = context_of(person, house.clock())["properties"]
    assert properties["cohort"] == "alpha"
