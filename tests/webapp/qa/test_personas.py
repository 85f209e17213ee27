"""Personas: the file, and what is edited over it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.settings import Settings
from flags.gate import Decision
from tests.harness.factories import House
from tests.harness.flags import NOON
from webapp.http.errors import AppError
from webapp.qa.personas.schema import Expected, Persona
from webapp.qa.personas.service import Personas, personas_of
from webapp.qa.personas.yaml_file import BadSheet, read, written

ONE = """
personas:
- name: Quiet
  properties: {cohort: beta, followers: 012, country: NO, app: 2.10}
  expected: {web-listening: open, web-speaking: closed, reactions: {variant: tray}}
"""

texts = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)
lines = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)
"""With control characters and every kind of line end (U+0085, U+2028, U+2029)."""


@st.composite
def personas(draw: st.DrawFn) -> Persona:
    try:
        return Persona(
            name=draw(texts),
            description=draw(lines),
            id=draw(texts),
            cohort=draw(texts),
            followers=draw(st.integers(0, 10**6)),
            country=draw(st.sampled_from([None, "NO", "FR"])),
            platform=draw(st.sampled_from([None, "ios", "true"])),
            others=draw(st.dictionaries(texts, lines, max_size=3)),
            at=draw(st.sampled_from([None, NOON])),
            expected=draw(st.dictionaries(texts, expectations, max_size=3)),
        )
    except ValidationError:
        return Persona(name="usual", id="usual", cohort="beta")


expectations = st.one_of(
    st.builds(Expected, enabled=st.booleans()),
    st.builds(Expected, enabled=st.just(True), variant=texts),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "personas.yaml"
    made.write_text(ONE, "utf-8")
    return made


@pytest.fixture
def kept(house: House, file: Path) -> Personas:
    return Personas(file, house.core.db, house.clock)


def quiet(**more: object) -> Persona:
    return Persona.model_validate({"name": "Quiet", "id": "q", "cohort": "alpha", **more})


def test_values_are_taken_as_they_stand_there() -> None:
    (persona,) = read(ONE)
    assert (persona.country, persona.followers, persona.others) == ("NO", 12, {"app": "2.10"})
    assert persona.id == "persona-quiet"
    assert persona.expected["reactions"] == Expected(enabled=True, variant="tray")


@given(made=personas())
def test_what_is_written_is_read_again(made: Persona) -> None:
    assert read(written([made])) == [made]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("personas: {", "line 1"),
        ("people: []", "no list `personas`"),
        (ONE.replace("beta", "''"), "persona 1 (Quiet): cohort"),
        (ONE.replace("012", "many"), "persona 1 (Quiet): followers"),
        (ONE.replace("closed", "shut"), "web-speaking is neither open nor closed"),
        (ONE + ONE.split("personas:")[1], "two personas called Quiet"),
        (ONE.replace("country: NO", "cohort: alpha"), "cohort is there twice"),
        (ONE.replace("- name: Quiet", "- name: ''"), "1 to 40 characters"),
        (
            ONE + ONE.split("personas:")[1].replace("Quiet", "quiet"),
            "Quiet and quiet have the same id: persona-quiet",
        ),
    ],
)
def test_says_what_is_wrong_with_a_file(text: str, told: str) -> None:
    with pytest.raises(BadSheet) as caught:
        read(text)
    assert told in str(caught.value)


def test_the_file_that_is_delivered_can_be_read_and_is_as_it_would_be_written() -> None:
    text = Settings().personas_file.read_text("utf-8")
    assert written(read(text)) == text


@pytest.mark.parametrize(
    ("expected", "answer", "met"),
    [
        (Expected(enabled=True), (True, "tray"), True),
        (Expected(enabled=True), (False, None), False),
        (Expected(enabled=True, variant="tray"), (True, "tray"), True),
        (Expected(enabled=True, variant="tray"), (True, "tapback"), False),
        (Expected(enabled=False), (True, None), False),
        (Expected(enabled=False), (False, None), True),
    ],
)
def test_when_an_expectation_is_met(
    expected: Expected, answer: tuple[bool, str | None], met: bool
) -> None:
    assert expected.is_met(Decision(*answer, revision=1)) is met


def test_an_edit_goes_before_the_file_until_it_is_reset(kept: Personas) -> None:
    assert kept.get("Quiet").edit is None
    kept.save(quiet(), seen=0, by="Quinn")
    one = kept.get("Quiet")
    assert (one.persona.cohort, one.in_file, one.file_moved) == ("alpha", True, False)
    assert one.edit is not None
    assert one.edit.by == "Quinn"
    kept.reset("Quiet")
    assert kept.get("Quiet").persona.cohort == "beta"


def test_tells_when_the_file_has_moved_on_under_an_edit(kept: Personas, file: Path) -> None:
    kept.save(quiet(), seen=0, by="Quinn")
    file.write_text(ONE.replace("NO", "SE"), "utf-8")
    assert kept.get("Quiet").file_moved


def test_one_of_the_file_that_is_taken_out_can_be_had_back(kept: Personas) -> None:
    kept.remove("Quiet", seen=0, by="Quinn")
    everybody = kept.everybody()
    assert (everybody.kept, everybody.removed) == ((), ("Quiet",))
    kept.reset("Quiet")
    assert [one.name for one in kept.everybody().personas] == ["Quiet"]


def test_one_that_was_made_here_is_gone_when_it_is_taken_out(kept: Personas) -> None:
    kept.add(quiet(name="New", id="new"), by="Quinn")
    assert not kept.get("New").in_file
    kept.remove("New", seen=1, by="Quinn")
    assert [one.name for one in kept.everybody().personas] == ["Quiet"]
    assert kept.everybody().removed == ()


def test_the_second_of_two_editors_is_told(kept: Personas) -> None:
    kept.save(quiet(followers=1), seen=0, by="Quinn")
    with pytest.raises(AppError) as caught:
        kept.save(quiet(followers=2), seen=0, by="Paula")
    assert caught.value.code == "conflict"
    assert kept.get("Quiet").persona.followers == 1


def test_a_name_is_there_once(kept: Personas) -> None:
    with pytest.raises(AppError) as caught:
        kept.add(quiet(), by="Quinn")
    assert caught.value.code == "conflict"


def test_what_is_exported_is_everything_as_it_stands(kept: Personas) -> None:
    kept.save(quiet(), seen=0, by="Quinn")
    kept.add(quiet(name="New", id="new"), by="Quinn")
    assert read(kept.exported()) == [quiet(), quiet(name="New", id="new")]


def test_a_file_that_cannot_be_read_is_told_and_edits_stay(kept: Personas, file: Path) -> None:
    kept.add(quiet(name="New", id="new"), by="Quinn")
    file.write_text("personas: {", "utf-8")
    everybody = kept.everybody()
    assert "personas.yaml" in everybody.problem
    assert [one.name for one in everybody.personas] == ["New"]


def test_the_app_has_those_of_its_settings(house: House) -> None:
    assert "Quiet listener" in [one.name for one in personas_of(house.core).everybody().personas]


@pytest.mark.parametrize(
    "name", ["李雷", "韩梅梅", "محمد", "...", "a?b", "a#b", "a:b", "a;b", "a-b", "Zoé", "Zoe", "!"]
)
def test_no_two_names_have_one_id(kept: Personas, name: str) -> None:
    others = {persona_named(other).id for other in ("李雷 2", "...!", "a&b", "Zoë", "?")}
    assert persona_named(name).id not in others
    assert persona_named(name).id.removeprefix("persona").strip("-")


def persona_named(name: str) -> Persona:
    return Persona.model_validate({"name": name, "cohort": "beta"})


def test_names_that_differ_in_capitals_only_get_ids_of_their_own(kept: Personas) -> None:
    for name in ("Anna", "anna", "AN na", "AN-na"):
        kept.add(persona_named(name), "Quinn")
    ids = [one.id for one in kept.everybody().personas]
    assert len(ids) == len(set(ids)) == 5


def test_an_id_that_was_chosen_belongs_to_one_persona(kept: Personas) -> None:
    kept.add(quiet(name="Loud", id="mine"), "Quinn")
    for change in (
        lambda: kept.add(quiet(name="Late", id="mine"), "Quinn"),
        lambda: kept.save(quiet(id="mine"), 0, "Quinn"),
    ):
        with pytest.raises(AppError) as caught:
            change()
        assert (caught.value.code, caught.value.fields) == ("bad_input", ("id",))


def test_a_file_may_not_take_an_id_that_was_given_in_the_pages(kept: Personas, file: Path) -> None:
    kept.add(quiet(name="Loud", id="mine"), "Quinn")
    file.write_text(ONE.replace("- name: Quiet", "- name: Quiet\n  id: mine"), "utf-8")
    everybody = kept.everybody()
    assert everybody.problem == "personas.yaml: Quiet and Loud have the same id: mine"
    assert [one.name for one in everybody.personas] == ["Loud"]


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029", "\n", "\r", "\t", "\x07", "\ufeff"])
def test_line_ends_of_every_kind_outlive_the_file(mark: str) -> None:
    made = quiet(description=f"a{mark}b", others={"app": f"1{mark}2"})
    assert read(written([made])) == [made]
