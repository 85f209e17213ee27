"""Last known good: who has what stands when definitions are lost. Sticky: nobody loses what they
have by chance."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from sqlalchemy import text

from flags.catalogue import CATALOGUE
from flags.sources.interface import Closing
from tests.harness.definitions import edit
from tests.harness.house import OFFER, Guest, House

GARBAGE = ["{}", "[]", "null", '"x"', "not json", '{"enabled": 1}', '{"enabled": true}']


def write_raw(house: House, key: str, state: str) -> None:
    """As something that has gone wrong might: a newer revision with nonsense in it."""
    with house.core.db.session() as db_session:
        db_session.execute(
            text(
                "UPDATE feature_definitions SET state = :state, revision ="
                " (SELECT max(revision) + 1 FROM feature_definitions) WHERE key = :key"
            ),
            {"state": state, "key": key},
        )


def answers(house: House, guests: list[Guest]) -> list[dict[str, str | None]]:
    return [house.core.gating.gates(guest.person) for guest in guests]


def answers_in_spaces(house: House, guests: list[Guest]) -> list[dict[str, str | None]]:
    """The same, each of them in another Space: variants go by it."""
    gates = house.core.gating.gates
    return [gates(guest.person, f"space{number}") for number, guest in enumerate(guests)]


@pytest.mark.parametrize("state", GARBAGE)
def test_garbage_changes_nothing(
    house: House, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    tab.received()
    before = answers(house, [host.guest, guest])
    caplog.clear()
    write_raw(house, "web-speaking", state)
    for _ in range(20):
        house.tick()
    assert answers(house, [host.guest, guest]) == before
    assert tab.received() == []
    assert house.on_bridge(slug) == {guest.id}
    warnings = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert 1 <= len(warnings) <= 4, "said, and not again with each look"


def test_garbage_is_seen_in_readiness_and_heals(house: House) -> None:
    def definitions() -> dict[str, object]:
        told: dict[str, object] = house.browser().get("/readyz").get_json()["definitions"]
        return told

    assert definitions()["healthy"] is True
    write_raw(house, "reactions", "{}")
    house.go_on(minutes=5)
    assert definitions()["healthy"] is False
    assert definitions()["age_seconds"] == 300
    with house.core.db.session() as db_session:
        good = house.core.source.history("reactions", 1)[0].after
        db_session.execute(
            text("UPDATE feature_definitions SET state = :state WHERE key = 'reactions'"),
            {"state": json.dumps(good)},
        )
    house.tick()
    assert definitions()["healthy"] is True
    house.close_gate("reactions")
    assert "reactions" not in house.core.gating.gates(house.guest("Tomas").person)


def test_a_strategy_that_the_engine_does_not_take_changes_nothing(house: House) -> None:
    guest = house.guest("Hana", followers=1200)
    before = answers(house, [guest])
    edit(house.core, "web-hosting", constraints=({"operator": "NO SUCH"},))
    house.tick()
    assert answers(house, [guest]) == before


def test_a_database_that_is_away_changes_nothing(house: House) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    before = answers(house, [guest])
    tab.received()
    hidden = away(house)
    house.core.gating.refresh()
    assert answers(house, [guest]) == before
    assert tab.received() == []
    assert house.on_bridge(slug) == {guest.id}, "nobody loses a live Space"
    assert house.browser().get("/readyz").status_code == 503
    back(house, hidden)
    house.tick()
    assert house.browser().get("/readyz").status_code == 200
    tab.does("stage.offer", sdp=OFFER)


def away(house: House) -> Path:
    """The database is gone under the running process."""
    house.core.db.close()
    file = house.folder / "soundcheck.sqlite3"
    hidden = house.folder / "hidden"
    for part in house.folder.glob("soundcheck.sqlite3*"):
        part.rename(part.with_name(part.name.replace("soundcheck.sqlite3", "hidden")))
    file.mkdir()
    return hidden


def back(house: House, hidden: Path) -> None:
    (house.folder / "soundcheck.sqlite3").rmdir()
    for part in house.folder.glob("hidden*"):
        part.rename(part.with_name(part.name.replace("hidden", "soundcheck.sqlite3")))


def test_starting_with_garbage_serves_closed_gates(house: House) -> None:
    """Nothing good was ever known: nobody has anything, and the process lives to be healed."""
    write_raw(house, "web-listening", "{}")
    other = House(house.folder)
    try:
        assert answers(other, [other.guest("Tomas")]) == [{}]
        assert other.browser().get("/readyz").status_code == 503
        assert other.browser().get("/healthz").status_code == 200
    finally:
        other.close()


# ---------------------------------------------------------------------- sticky


def crowd(house: House, size: int = 200) -> list[Guest]:
    people = [house.core.accounts.people.add(f"Person {n}", "alpha") for n in range(size)]
    return [Guest(person, "", "") for person in people]


def test_raising_a_percentage_never_takes_anything_away(house: House) -> None:
    guests = crowd(house)
    had: set[str] = set()
    for percent in (0, 1, 5, 20, 50, 51, 90, 100):
        house.core.source.set_rollout("reactions", percent, "a test")
        house.tick()
        have = {
            guest.id for guest in guests if "reactions" in house.core.gating.gates(guest.person)
        }
        assert had <= have
        had = have
    assert len(had) == len(guests)


def test_who_has_the_child_has_the_parent(house: House) -> None:
    """The same place in the percentage: 30 % of the child are 30 % of all, not 30 % of 50 %."""
    guests = crowd(house)
    house.core.source.set_rollout("web-listening", 50, "a test")
    house.core.source.set_rollout("web-speaking", 30, "a test")
    house.tick()
    found = answers(house, guests)
    assert all("web-listening" in gates for gates in found if "web-speaking" in gates)
    share = sum("web-speaking" in gates for gates in found) / len(found)
    assert 0.2 < share < 0.4


def test_a_restart_deals_out_nothing_anew(house: House) -> None:
    guests = crowd(house, 50)
    for key in CATALOGUE:
        house.core.source.set_rollout(key, 50, "a test")
    house.tick()
    before = answers_in_spaces(house, guests)
    assert len({str(gates) for gates in before}) > 2
    other = House(house.folder)
    try:
        assert answers_in_spaces(other, guests) == before
    finally:
        other.close()


def test_a_variant_stays_while_others_change(house: House) -> None:
    guests = crowd(house, 50)
    before = answers_in_spaces(house, guests)
    assert {gates["reactions"] for gates in before} == {"tray", "tapback"}
    house.core.source.set_cohort("reactions", "beta", True, "a test")
    house.close_gate("web-speaking", Closing.DRAIN)
    house.open_gate("web-speaking")
    assert answers_in_spaces(house, guests) == before


def test_turned_off_and_on_is_as_before(house: House) -> None:
    guests = crowd(house, 50)
    house.core.source.set_rollout("reactions", 40, "a test")
    house.tick()
    before = answers(house, guests)
    house.close_gate("reactions")
    assert not any("reactions" in gates for gates in answers(house, guests))
    house.open_gate("reactions")
    assert answers(house, guests) == before
