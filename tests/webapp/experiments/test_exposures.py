"""An exposure is the first time that somebody actually met a gate's answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from flags.gate import Decision
from tests.harness.house import Guest, House
from tests.webapp.experiments.recorded_rows import Met, exposures
from webapp.experiments import exposure_recorder

HOST = {"followers": 1200}


def met(house: House, guest: Guest) -> set[tuple[str, str]]:
    """Feature and answer of everything that somebody has met."""
    house.core.figures.write_exposures()
    return {(m.feature, m.answer) for m in exposures(house.core.db) if m.person == guest.id}


def test_the_lobby_shows_what_is_met_there(house: House) -> None:
    host, outsider = house.guest("Hana", **HOST), house.guest("Oscar", "public")
    house.tab(host)
    house.tab(outsider)
    # Listening is open too, in a variant that is met where there is something to hear.
    assert met(house, host) == {("web-hosting", "yes")}
    assert met(house, outsider) == {("web-listening", "out"), ("web-hosting", "out")}


def test_in_a_space_the_rest_is_met_once_it_has_been_joined(house: House) -> None:
    _, slug = house.space()
    tomas, bea = house.guest("Tomas"), house.guest("Bea", "beta")
    tab = house.tab(tomas, slug)
    assert ("web-speaking", "yes") not in met(house, tomas)
    tab.does("space.join", slug=slug)
    house.joined(bea, slug)
    variant = house.core.gating.gates(tomas.person, slug)["reactions"]
    assert {("web-speaking", "yes"), ("reactions", f":{variant}")} <= met(house, tomas)
    assert {("web-speaking", "out"), ("reactions", "out")} <= met(house, bea)


def test_once_per_answer_and_revision(house: House) -> None:
    guest = house.guest("Tomas", **HOST)
    for _ in range(3):
        house.tab(guest).close()
    house.core.figures.write_exposures()
    assert len(exposures(house.core.db, "web-hosting")) == 1
    house.core.source.set_rollout("web-speaking", 90, "a test")
    house.tick()
    house.tab(guest)
    house.core.figures.write_exposures()
    assert [m.answer for m in exposures(house.core.db, "web-hosting")] == ["yes", "yes"]


def test_a_change_is_met_by_those_whom_it_changes(house: House) -> None:
    guest, other = house.guest("Tomas", **HOST), house.guest("Sam", "staff", **HOST)
    house.tab(guest)
    house.tab(other)
    house.core.source.set_cohort("web-hosting", "staff", False, "a test")
    house.tick()
    assert ("web-hosting", "out") in met(house, other)
    # Nothing has changed for this one, who is still met with what was there before.
    assert [m.answer for m in exposures(house.core.db) if m.person == guest.id] == ["yes"]


def test_whom_a_percentage_left_out_is_the_control(house: House) -> None:
    guests = [house.guest(f"Guest {n}", **HOST) for n in range(12)]
    house.core.source.set_rollout("web-hosting", 50, "a test")
    house.tick()
    for guest in guests:
        house.tab(guest)
    house.tab(house.guest("Bea", "beta", **HOST))
    house.tab(house.guest("Ali", followers=10))
    house.core.figures.write_exposures()
    answers = [m.answer for m in exposures(house.core.db, "web-hosting")]
    assert sorted(set(answers)) == ["no", "out", "yes"]
    assert answers.count("out") == 2


def test_each_space_counts_for_itself_where_variants_go_by_space(house: House) -> None:
    guest = house.guest("Tomas")
    slugs = {house.space(house.guest(f"Hana {n}", **HOST))[1] for n in range(2)}
    for slug in slugs:
        house.joined(guest, slug)
    house.core.figures.write_exposures()
    mine = [m for m in exposures(house.core.db, "reactions") if m.person == guest.id]
    assert {m.space for m in mine} == slugs
    speaking = [m for m in exposures(house.core.db, "web-speaking") if m.person == guest.id]
    assert [m.space for m in speaking] == [""]


def test_a_variant_that_goes_by_space_is_not_met_in_the_lobby(house: House) -> None:
    guest, figures = house.guest("Tomas"), house.core.figures
    figures.met(guest.person, {"web-listening": Decision(True, "hls", 1)}, None)
    figures.met(guest.person, {"web-listening": Decision(True, "hls", 1)}, "abc")
    figures.write_exposures()
    assert exposures(house.core.db) == [Met(guest.id, "web-listening", ":hls", "abc")]


def test_nothing_of_a_preview_counts(house: House) -> None:
    guest, figures = house.guest("Tomas"), house.core.figures
    forced = Decision(True, None, 1, forced=True)
    figures.met(guest.person, {"web-listening": forced})
    guest.person.preview_id = "0" * 32
    figures.met(guest.person, {"web-listening": replace(forced, forced=False)})
    figures.outcome(guest.person, "reaction", 1)
    figures.close()
    assert exposures(house.core.db) == []


def test_goes_with_the_person(house: House) -> None:
    guest, figures = house.guest("Tomas"), house.core.figures
    figures.met(guest.person, {"web-listening": Decision(True, None, 1)})
    figures.outcome(guest.person, "reaction", 1)
    figures.close()
    assert exposures(house.core.db)
    figures.met(guest.person, {"web-listening": Decision(False, None, 2)})
    house.core.privacy.delete(guest.id)
    figures.close()
    # Counted on, for results stay as they were, but nobody's any more.
    assert guest.id not in {met[0] for met in exposures(house.core.db)}


def test_exposures_are_forgotten_after_400_days(house: House) -> None:
    guest, figures = house.guest("Tomas"), house.core.figures
    figures.met(guest.person, {"web-listening": Decision(True, None, 1)})
    figures.close()
    house.clock.go_on(days=399)
    house.core.privacy.forget()
    assert len(exposures(house.core.db)) == 1
    house.clock.go_on(days=2)
    house.core.privacy.forget()
    assert exposures(house.core.db) == []


def hide(house: House) -> Path:
    """The database cannot be reached."""
    file = house.folder / "soundcheck.sqlite3"
    house.core.db.close()
    for part in house.folder.glob("soundcheck.sqlite3*"):
        part.rename(part.with_name(part.name.replace("soundcheck.sqlite3", "hidden")))
    file.mkdir()
    return file


def bring_back(house: House, file: Path) -> None:
    file.rmdir()
    for part in house.folder.glob("hidden*"):
        part.rename(part.with_name(part.name.replace("hidden", "soundcheck.sqlite3")))


def test_waits_for_a_database_that_is_away_and_is_bounded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exposure_recorder, "MOST_WAITING", 5)
    guests = [house.guest(f"Guest {n}") for n in range(9)]
    figures, file = house.core.figures, hide(house)
    for guest in guests:
        figures.met(guest.person, {"web-listening": Decision(True, None, 1)})
        figures.outcome(guest.person, "reaction", 1)
    for write in (figures.write_exposures, figures.write_outcomes):
        with pytest.raises(SQLAlchemyError):
            write()
    assert figures.lost == 4
    bring_back(house, file)
    figures.close()
    assert len(exposures(house.core.db)) == 5
    # The others are taken down when they happen again.
    for guest in guests[:9]:
        figures.met(guest.person, {"web-listening": Decision(True, None, 1)})
    figures.write_exposures()
    assert len(exposures(house.core.db)) == 9
