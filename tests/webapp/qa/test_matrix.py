"""Matrix: what should be beside what is; personas edited in the pages; the command for CI."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
import yaml
from click.testing import Result
from werkzeug.test import TestResponse

from flags.catalogue import CATALOGUE, REACTIONS, WEB_HOSTING, WEB_LISTENING, WEB_SPEAKING
from flags.sources.interface import Closing
from tests.harness import factories
from tests.harness.factories import House, Visitor
from tests.webapp.qa.test_explain import text_of
from webapp.qa.matrix.forms import persona_in, sent_as
from webapp.qa.matrix.service import Matrix, matrix_of
from webapp.qa.personas.schema import Persona
from webapp.qa.personas.service import personas_of
from webapp.qa.personas.yaml_file import read, written

LISTENER = "Quiet listener"


def turned_off(house: House, key: str) -> None:
    house.core.source.turn_off(key, Closing.CUT, "Paula")
    house.core.gating.gate.reload()


def made(house: House, *personas: Persona) -> Matrix:
    return matrix_of(house.core.gating.gate, personas, house.clock())


def persona(name: str = "One", **expected: str) -> Persona:
    given = {"name": name, "properties": {"cohort": "alpha"}, "expected": expected}
    return read(yaml.safe_dump({"personas": [given]}))[0]


def sent(visitor: Visitor, address: str, **fields: str) -> TestResponse:
    """What a form sends, with the token of one."""
    token = visitor.get("/qa/matrix").text.split('name="csrf_token" value="')[1].split('"')[0]
    return visitor.open("POST", address, data={"csrf_token": token, **fields})


class TestService:
    def test_a_difference_is_one_from_what_is_expected(self, house: House) -> None:
        one = persona(**{WEB_LISTENING: "closed", WEB_SPEAKING: "open"})
        cells = {cell.feature: cell for cell in made(house, one).rows[0].cells}
        assert [key for key, cell in cells.items() if cell.differs] == [WEB_LISTENING]
        assert cells[WEB_HOSTING].expected is None
        assert list(cells) == list(CATALOGUE)

    def test_what_nobody_knows_is_not_as_expected(self, house: House) -> None:
        matrix = made(house, persona(**{"web-lisening": "closed"}))
        assert matrix.unknown == ["web-lisening"]
        assert matrix.differences == 1

    def test_is_what_people_are_answered(self, house: House) -> None:
        ana = house.person("Ana", "alpha", followers=700)
        same = Persona(name="Ana", id=ana.id, cohort="alpha", followers=700)
        row = made(house, same).rows[0]
        decided = {key: house.core.gating.decide(ana, key) for key in CATALOGUE}
        assert {cell.feature: cell.answer for cell in row.cells} == decided

    def test_a_persona_in_a_space_has_what_is_dealt_there(self, house: House) -> None:
        personas = [
            Persona(name=slug, id="same", cohort="alpha", others={"space": slug})
            for slug in ("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8")
        ]
        ana = house.person("Ana", "alpha")
        gating = house.core.gating
        for row in made(house, *personas).rows:
            asked = gating.asking(ana, row.persona.name)
            cell = next(cell for cell in row.cells if cell.feature == REACTIONS)
            assert cell.answer == gating.decide(ana, REACTIONS, asked)

    def test_counts_nowhere(self, house: House) -> None:
        tally = house.core.gating.gate.tally
        before = dict(tally.totals())
        made(house, persona())
        assert tally.totals() == before

    def test_only_what_differs(self, house: House) -> None:
        wrong = persona("Wrong", **{WEB_LISTENING: "closed", WEB_SPEAKING: "open"})
        some = made(house, persona("Right"), wrong).only(differing=True)
        assert [row.persona.name for row in some.rows] == ["Wrong"]
        assert some.features == (WEB_LISTENING,)

    def test_names_are_found_without_capitals(self, house: House) -> None:
        some = made(house, persona("Right"), persona("Wrong")).only("rIg", "SPEAK")
        assert [row.persona.name for row in some.rows] == ["Right"]
        assert some.features == (WEB_SPEAKING,)


class TestPage:
    def test_a_difference_is_told_in_words(self, house: House, quinn: Visitor) -> None:
        assert "Everything is as expected" in text_of(quinn.get("/qa/matrix"))
        turned_off(house, WEB_HOSTING)
        told = text_of(quinn.get("/qa/matrix"))
        assert "2 differences" in told
        assert "Closed expected: Open" in told
        only = text_of(quinn.get("/qa/matrix?show=differences"))
        assert "Established host" in only
        assert LISTENER not in only

    def test_a_cell_leads_to_why(self, quinn: Visitor) -> None:
        cell = f"{WEB_SPEAKING}/{LISTENER}"
        assert f'name="cell" value="{cell}"' in quinn.get("/qa/matrix").text
        answer = sent(quinn, "/qa/explain", cell=cell)
        told = text_of(quinn.get(answer.headers["Location"]))
        assert f"web-speaking for {LISTENER} Closed" in told

    def test_makes_a_persona_that_is_marked(self, quinn: Visitor) -> None:
        done = sent(
            quinn,
            "/qa/matrix/new",
            name="Early bird",
            cohort="alpha",
            others="app: 2.1",
            **{f"expect.{REACTIONS}": "variant:tray", f"expect.{WEB_SPEAKING}": "closed"},
        )
        assert done.status_code == 303
        told = text_of(quinn.get("/qa/matrix"))
        assert "Early bird is there." in told
        assert "Early bird made here alpha, 0" in told
        assert "Open expected: Closed" in told
        page = quinn.get("/qa/matrix/persona?name=Early%20bird")
        assert "Made here by Quinn" in text_of(page)
        assert "app: 2.1" in page.text

    def test_an_edit_is_marked_and_can_be_reset(self, house: House, quinn: Visitor) -> None:
        address = "/qa/matrix/persona?name=Quiet%20listener"
        done = quinn.press(address, "Save persona", cohort="alpha")
        assert done.status_code == 303
        assert f"{LISTENER} edited" in text_of(quinn.get("/qa/matrix"))
        assert "1 difference" not in text_of(quinn.get("/qa/matrix?persona=host"))
        exported = read(quinn.get("/qa/matrix/personas.yaml").text)
        assert next(one for one in exported if one.name == LISTENER).cohort == "alpha"
        quinn.press(address, "Reset to the file")
        assert "edited" not in text_of(quinn.get("/qa/matrix"))

    def test_one_that_is_taken_out_can_be_had_back(self, quinn: Visitor) -> None:
        quinn.press("/qa/matrix/persona?name=Quiet%20listener", "Take out")
        told = text_of(quinn.get("/qa/matrix"))
        assert f"Taken out, but in the file {LISTENER}" in told
        quinn.press("/qa/matrix", f"Have {LISTENER} back")
        assert "Taken out, but" not in text_of(quinn.get("/qa/matrix"))

    def test_what_is_can_be_expected_from_now_on(self, house: House, quinn: Visitor) -> None:
        turned_off(house, WEB_HOSTING)
        quinn.press("/qa/matrix/persona?name=Established%20host", "Expect what is now")
        told = text_of(quinn.get("/qa/matrix"))
        assert "1 difference" in told
        kept = personas_of(house.core).get("Established host").persona
        assert not kept.expected[WEB_HOSTING].enabled
        assert kept.expected[REACTIONS].variant == "tapback"

    def test_what_is_wrong_is_told_and_nothing_written_is_lost(self, quinn: Visitor) -> None:
        new = {"name": "Early bird", "cohort": "alpha", "followers": "-1"}
        page = sent(quinn, "/qa/matrix/new", **new)
        assert page.status_code == 400
        assert "A whole number, 0 or more." in text_of(page)
        assert 'value="Early bird"' in page.text

    def test_the_second_of_two_editors_is_told(self, quinn: Visitor) -> None:
        address = "/qa/matrix/persona?name=Quiet%20listener"
        page = quinn.get(address)
        quinn.press(address, "Save persona", cohort="beta", followers="13")
        late = quinn.press_on(page, "Save persona", cohort="beta", followers="14")
        assert late.status_code == 409
        assert "Somebody else has changed this persona meanwhile" in text_of(late)
        assert 'value="14"' in late.text

    def test_a_name_is_there_once(self, quinn: Visitor) -> None:
        late = sent(quinn, "/qa/matrix/new", name=LISTENER, cohort="alpha")
        assert late.status_code == 409
        assert "There is a persona of this name already." in text_of(late)

    def test_a_file_that_cannot_be_read_is_told(self, tmp_path: Path) -> None:
        file = tmp_path / "personas.yaml"
        file.write_text("personas: {", "utf-8")
        with factories.house(tmp_path, personas_file=file) as house:
            quinn = house.signed_in(house.person("Quinn", "staff", roles=["qa"]))
            for page in ("/qa/matrix", "/qa/explain"):
                assert quinn.get(page).status_code == 200
            assert "personas.yaml: " in text_of(quinn.get("/qa/matrix"))

    def test_is_exported_as_it_is_shown(self, house: House, quinn: Visitor) -> None:
        turned_off(house, WEB_HOSTING)
        text = quinn.get("/qa/matrix.csv?show=differences").text
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
        assert {row["result"] for row in rows if row["expected"] == "open"} == {"different"}
        assert rows[0]["persona"] == "Established host"
        told = yaml.safe_load(quinn.get("/qa/matrix.yaml").text)
        assert told["different"] == 2
        assert told["personas"][0]["features"][WEB_HOSTING] == {
            "expected": "open",
            "actual": "closed",
            "result": "different",
        }


class TestCommand:
    def run(self, house: House, *args: str) -> Result:
        return house.app.test_cli_runner().invoke(args=["qa", "matrix", *args])

    def test_everything_is_as_expected_on_the_first_day(self, house: House) -> None:
        done = self.run(house)
        assert done.exit_code == 0, done.output
        assert "checked, 0 different" in done.output
        assert f"{LISTENER}      " in done.output

    def test_a_difference_fails(self, house: House, tmp_path: Path) -> None:
        turned_off(house, WEB_HOSTING)
        file = tmp_path / "outcome.xml"
        done = self.run(house, "--junit", str(file))
        assert done.exit_code == 1
        assert "different: Established host, web-hosting: expected open, is closed" in done.output
        suite = Xml.fromstring(file.read_text("utf-8"))[0]  # noqa: S314  # our own
        assert (suite.get("failures"), suite.get("tests")) == ("2", "28")
        failed = [case for case in suite if case.find("failure") is not None]
        assert {case.get("name") for case in failed} == {WEB_HOSTING}

    def test_on_an_exported_file(self, house: House, tmp_path: Path) -> None:
        file = tmp_path / "features.json"
        house.app.test_cli_runner().invoke(args=["flags", "export", str(file)])
        turned_off(house, WEB_LISTENING)
        assert self.run(house, "--source", str(file)).exit_code == 0
        assert self.run(house, "--source", "embedded").exit_code == 1

    def test_on_personas_of_a_file_alone(self, house: House, tmp_path: Path) -> None:
        file = tmp_path / "personas.yaml"
        file.write_text(written([persona("Odd", **{WEB_SPEAKING: "closed"})]), "utf-8")
        done = self.run(house, "--personas", str(file))
        assert done.exit_code == 1
        assert "1 checked, 1 different" in done.output

    def test_with_nobody_to_ask_about_nothing_is_as_expected(
        self, house: House, tmp_path: Path
    ) -> None:
        file = tmp_path / "personas.yaml"
        file.write_text("personas: []", "utf-8")
        assert self.run(house, "--personas", str(file)).exit_code == 2

    def test_says_which_were_edited(self, house: House, quinn: Visitor) -> None:
        quinn.press("/qa/matrix/persona?name=Quiet%20listener", "Save persona", cohort="beta")
        assert f"edited in QA's pages: {LISTENER}" in self.run(house).output

    @pytest.mark.parametrize(
        ("args", "told"),
        [
            (("--source", "unleash"), "no Unleash server is configured"),
            (("--source", "nothing.json"), "nothing.json cannot be read"),
            (("--source", "{personas}"), "not a file that `flags export` has written"),
            (("--personas", "{features}"), "there is no list `personas`"),
        ],
    )
    def test_what_cannot_be_found_out(
        self, house: House, tmp_path: Path, args: tuple[str, str], told: str
    ) -> None:
        files = {"personas": tmp_path / "p.yaml", "features": tmp_path / "f.json"}
        files["personas"].write_text(written([persona()]), "utf-8")
        house.app.test_cli_runner().invoke(args=["flags", "export", str(files["features"])])
        done = self.run(house, *(arg.format(**files) for arg in args))
        assert (done.exit_code, told in done.output) == (2, True), done.output


def test_a_form_that_is_sent_as_it_came_changes_nothing() -> None:
    at = datetime.fromisoformat("2026-12-24T18:00+01:00")
    one = Persona(name="One", id="one", cohort="alpha", at=at)
    assert persona_in(sent_as(one)) == one
