"""Looking at features and changing them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

import webapp.console
from flags.catalogue import CATALOGUE, REACTIONS, WEB_LISTENING, WEB_SPEAKING
from flags.sources.interface import Closing
from tests.harness.factories import House, Page, Visitor

FEATURE = f"/console/features/{REACTIONS}"
PAGES = [
    "/console",
    FEATURE,
    "/console/history",
    "/console/people",
    "/console/people/import",
    "/console/decisions",
    "/console/stale",
    "/console/turn-off",
]


def seen(answer: TestResponse) -> str:
    """What an answer says, in one line."""
    assert answer.status_code in (200, 400, 409), answer.status
    return " ".join(answer.text.split())


def followed(visitor: Visitor, answer: TestResponse) -> str:
    """The page that an edit leads to."""
    assert answer.status_code == 303, answer.text
    return seen(visitor.get(answer.location))


class TestTable:
    def test_says_what_each_feature_does_and_how_it_stands(
        self, house: House, paula: Visitor
    ) -> None:
        text = seen(paula.get("/console"))
        for feature in CATALOGUE.values():
            assert feature.key in text
            assert feature.purpose in text
        assert "staff, alpha, beta" in text
        assert "100 %" in text
        assert "seed: first set up" in text
        assert "2026-11-21 12:00 UTC" in text

    def test_counts_who_has_what(self, house: House, paula: Visitor) -> None:
        for number in range(3):
            house.person(f"Beta {number}", "beta")
        house.person("Public", "public")
        rows = {row.key: row.reach.people for row in console_of(house).rows()}
        assert rows == {
            WEB_LISTENING: 4,
            WEB_SPEAKING: 1,
            "web-hosting": 0,
            REACTIONS: 1,
        }

    def test_counts_again_when_people_or_definitions_change(
        self, house: House, paula: Visitor
    ) -> None:
        console = console_of(house)
        somebody = house.person("Somebody", "beta")
        assert console.row(REACTIONS).reach.people == 1
        house.accounts.people.move(somebody.id, "alpha")
        assert console.row(REACTIONS).reach.people == 2
        house.core.source.set_cohort(REACTIONS, "alpha", False, "p")
        house.core.gating.refresh()
        assert console.row(REACTIONS).reach.people == 1

    @pytest.mark.parametrize(
        ("done", "words"),
        [
            (lambda source: source.turn_off(REACTIONS, Closing.CUT, "p"), "Off"),
            (
                lambda source: source.turn_off(WEB_LISTENING, Closing.CUT, "p"),
                "web-listening is off",
            ),
            (lambda source: source.set_rollout(REACTIONS, 25, "p"), "25 %"),
        ],
    )
    def test_states_are_words(self, house: House, paula: Visitor, done, words: str) -> None:
        done(house.core.source)
        assert words in seen(paula.get("/console"))

    def test_without_cohorts_it_is_for_nobody(self, house: House, paula: Visitor) -> None:
        for cohort in ("staff", "alpha"):
            house.core.source.set_cohort(REACTIONS, cohort, False, "p")
        assert "On, for nobody" in seen(paula.get("/console"))


class TestEditing:
    def test_the_percentage(self, house: House, paula: Visitor) -> None:
        answer = paula.press(FEATURE, "Save changes", percent="30", closing="cut")
        text = followed(paula, answer)
        assert "reactions: percentage from 100 % to 30 %, cut." in text
        state = house.core.source.feature(REACTIONS)
        assert (state.rollout, state.closing) == (30, Closing.CUT)
        assert house.core.source.history(REACTIONS, 1)[0].by == "Paula"

    def test_takes_hold_without_waiting(self, house: House, paula: Visitor) -> None:
        somebody = house.person("Somebody", "beta")
        assert not house.core.gating.is_open(somebody, REACTIONS)
        paula.press(FEATURE, "Save changes", cohort=["staff", "alpha", "beta"])
        assert house.core.gating.is_open(somebody, REACTIONS)

    def test_cohorts(self, house: House, paula: Visitor) -> None:
        text = followed(
            paula, paula.press(FEATURE, "Save changes", cohort=["staff", "alpha", "beta"])
        )
        assert "reactions: let beta in." in text
        pressed = paula.press(FEATURE, "Save changes", cohort=["staff", "beta"], closing="drain")
        assert "reactions: took alpha out, drain." in followed(paula, pressed)
        assert house.core.source.feature(REACTIONS).cohorts == ("staff", "beta")

    @pytest.mark.parametrize("closing", list(Closing))
    def test_off_and_on(self, house: House, paula: Visitor, closing: Closing) -> None:
        name = f"{closing.capitalize()} reactions"
        text = followed(paula, paula.press("/console/turn-off", name, closing=closing.value))
        assert f"reactions: turned off, {closing.value}." in text
        state = house.core.source.feature(REACTIONS)
        assert (state.enabled, state.closing) == (False, closing)
        assert "reactions: turned on." in followed(paula, paula.press(FEATURE, "Turn on"))

    def test_the_same_twice_says_so(self, house: House, paula: Visitor) -> None:
        page = paula.get(FEATURE)
        sent = {"percent": "30", "closing": "cut"}
        paula.press_on(page, "Save changes", **sent)
        before = house.core.source.revision()
        again = followed(paula, paula.press_on(page, "Save changes", **sent))
        assert "reactions: nothing changed, it was so already." in again
        assert house.core.source.revision() == before

    @pytest.mark.parametrize("percent", ["101", "-1", "", "many", "2.5"])
    def test_a_percentage_that_is_none_is_told_beside_its_field(
        self, house: House, paula: Visitor, percent: str
    ) -> None:
        answer = paula.press(FEATURE, "Save changes", percent=percent, closing="cut")
        assert answer.status_code == 400
        assert "Enter a whole number from 0 to 100." in seen(answer)
        assert "Check what you entered" not in seen(answer)
        field = Page(answer.text).field_labelled("Percent of each cohort")
        assert field["aria-invalid"] == "true"
        assert house.core.source.feature(REACTIONS).rollout == 100

    def test_a_cohort_that_is_none_is_refused(self, house: House, paula: Visitor) -> None:
        answer = paula.press(FEATURE, "Save changes", cohort=["staff", "nowhere"])
        assert answer.status_code == 400
        assert "Check what you entered" in seen(answer)
        assert house.core.source.feature(REACTIONS).cohorts == ("staff", "alpha")

    def test_a_feature_that_is_none_is_not_there(self, house: House, paula: Visitor) -> None:
        form = Page(paula.get(FEATURE).text).named("Save changes").form
        assert form is not None
        sent = form.fields | {"percent": "1", "closing": "cut"}
        assert paula.get("/console/features/teleport").status_code == 404
        for edit in ("on", "off", "audience"):
            address = f"/console/features/teleport/{edit}"
            assert paula.open("POST", address, data=sent).status_code == 404, edit


class TestTurnOffNow:
    @pytest.mark.parametrize(
        "address", ["/console", FEATURE, "/console/history", "/console/people"]
    )
    def test_is_on_every_page_for_every_feature(
        self, house: House, paula: Visitor, address: str
    ) -> None:
        page = Page(paula.get(address).text)
        openers = [c for c in page.controls if c.attributes.get("popovertarget") == "turn-off"]
        assert openers[0].name == "Turn off now"
        assert 'data-sheet="/console/turn-off' in paula.get(address).text
        sheet = Page(paula.get("/console/turn-off").text)
        for key in CATALOGUE:
            for closing in Closing:
                button = sheet.named(f"{closing.capitalize()} {key}")
                assert button.attributes["value"] == closing.value
                assert button.form is not None
                assert button.form.action == f"/console/features/{key}/off"

    def test_says_what_it_does(self, house: House, paula: Visitor) -> None:
        text = seen(paula.get("/console/turn-off"))
        speaking = CATALOGUE[WEB_SPEAKING]
        assert f"0 people are out at once. {speaking.closing_cut}" in text
        assert f"0 people may finish. {speaking.closing_drain}" in text
        assert "Closes with it: web-speaking, web-hosting, reactions." in text

    def test_does_it_though_somebody_changed_the_feature_since(
        self, house: House, paula: Visitor
    ) -> None:
        page = paula.get("/console/turn-off")
        house.core.source.set_rollout(REACTIONS, 20, "Ben")
        followed(paula, paula.press_on(page, "Cut reactions", closing="cut"))
        assert not house.core.source.feature(REACTIONS).enabled

    def test_offers_only_what_is_on(self, house: House, paula: Visitor) -> None:
        house.core.source.turn_off(REACTIONS, Closing.CUT, "Ben")
        names = [control.name for control in Page(paula.get("/console/turn-off").text).controls]
        assert "Cut reactions" not in names
        assert "Cut web-speaking" in names

    @pytest.mark.parametrize("closing", ["", "gently"])
    def test_does_nothing_without_a_choice(
        self, house: House, paula: Visitor, closing: str
    ) -> None:
        answer = paula.press("/console/turn-off", "Cut reactions", closing=closing)
        assert answer.status_code == 400
        assert paula.press("/console/turn-off", "Cut reactions").status_code == 400
        assert house.core.source.feature(REACTIONS).enabled


class TestTwoAtOnce:
    def test_the_second_is_shown_what_the_first_did(
        self, house: House, paula: Visitor, ben: Visitor
    ) -> None:
        page = paula.get(FEATURE)
        ben.press(FEATURE, "Save changes", cohort=["staff", "alpha", "beta"])
        answer = paula.press_on(page, "Save changes", percent="30", closing="cut")
        assert answer.status_code == 409
        text = seen(answer)
        assert "let beta in" in text
        assert "Ben" in text
        assert "first set up" not in text
        assert "percentage from 100 % to 30 %" in text
        assert house.core.source.feature(REACTIONS).rollout == 100

    def test_keeps_both_where_they_do_not_collide(
        self, house: House, paula: Visitor, ben: Visitor
    ) -> None:
        page = paula.get(FEATURE)
        ben.press(FEATURE, "Save changes", cohort=["staff", "alpha", "beta"])
        told = paula.press_on(page, "Save changes", percent="30", closing="cut")
        assert "The two do not touch the same things." in seen(told)
        followed(paula, paula.press_on(told, "Keep both"))
        state = house.core.source.feature(REACTIONS)
        assert (state.rollout, state.closing) == (30, Closing.CUT)
        assert state.cohorts == ("staff", "alpha", "beta")

    def test_or_leaves_the_firsts(self, house: House, paula: Visitor, ben: Visitor) -> None:
        page = paula.get(FEATURE)
        ben.press(FEATURE, "Save changes", percent="60", closing="cut")
        told = paula.press_on(page, "Save changes", cohort="staff", closing="drain")
        assert "took alpha out" in seen(told)
        discard = Page(told.text).named("Discard mine")
        assert discard.attributes["href"] == FEATURE
        assert house.core.source.feature(REACTIONS).rollout == 60

    def test_is_told_again_when_a_third_came_between(
        self, house: House, paula: Visitor, ben: Visitor
    ) -> None:
        page = paula.get(FEATURE)
        ben.press(FEATURE, "Save changes", percent="60", closing="cut")
        told = paula.press_on(page, "Save changes", percent="30", closing="cut")
        ben.press(FEATURE, "Save changes", percent="50", closing="cut")
        assert paula.press_on(told, "Apply mine over it").status_code == 409
        assert house.core.source.feature(REACTIONS).rollout == 50


class TestHistory:
    def test_tells_who_did_what_when_before_and_after(self, house: House, paula: Visitor) -> None:
        house.clock.go_on(minutes=7)
        paula.press(FEATURE, "Save changes", percent="30", closing="cut")
        text = seen(paula.get("/console/history"))
        for part in (
            "2026-11-21 12:07 UTC",
            "Paula",
            "percentage from 100 % to 30 %, cut",
            "On, 100 % of staff, alpha",
            "On, 30 % of staff, alpha",
        ):
            assert part in text

    def test_escapes_what_people_are_called(self, house: House) -> None:
        eve = house.person("<script>1</script>", "staff", roles=["product_manager"])
        visitor = house.signed_in(eve)
        visitor.press(FEATURE, "Save changes", percent="30", closing="cut")
        assert "<script>1" not in visitor.get("/console/history").text


class TestLanguages:
    def test_the_console_says_what_the_catalogue_says(self) -> None:
        folder = Path(webapp.console.__file__).parent / "translations"
        texts = json.loads((folder / "en.json").read_text("utf-8"))
        for feature in CATALOGUE.values():
            assert texts[f"console.purpose.{feature.key}"] == feature.purpose
            assert texts[f"console.cut.{feature.key}"] == feature.closing_cut
            assert texts[f"console.drain.{feature.key}"] == feature.closing_drain

    def test_speaks_french(self, house: House) -> None:
        person = house.person("Pauline", "staff", roles=["product_manager"])
        visitor = house.signed_in(person)
        french = {"headers": {"Accept-Language": "fr"}}
        for address in ("/console", FEATURE, "/console/history", "/console/people"):
            assert "Fermer maintenant" in visitor.get(address, **french).text


def test_pulse_changes_with_definitions_and_people(house: House, paula: Visitor) -> None:
    marks = [paula.get("/console/pulse").json]
    assert paula.get("/console/pulse").json == marks[0]
    paula.press(FEATURE, "Save changes", percent="30", closing="cut")
    marks.append(paula.get("/console/pulse").json)
    house.accounts.people.move(house.person("Somebody", "beta").id, "alpha")
    marks.append(paula.get("/console/pulse").json)
    assert len({str(mark) for mark in marks}) == 3


@pytest.mark.parametrize("address", ["/console", "/console/people", "/qa/matrix"])
def test_a_page_knows_the_pulse_that_it_was_made_at(
    house: House, paula: Visitor, address: str
) -> None:
    paula.get(address)  # counts people
    page = paula.get(address).text
    assert f'<meta name="mark" content="{paula.get("/console/pulse").get_json()["mark"]}">' in page
    house.accounts.people.move(house.person("Somebody", "beta").id, "alpha")
    assert paula.get("/console/pulse").get_json()["mark"] not in page


def test_lost_definitions_are_said(house: House, paula: Visitor) -> None:
    house.core.db.engine.dispose()
    with house.core.db.session() as db_session:
        db_session.connection().exec_driver_sql("drop table feature_definitions")
    assert paula.get("/console").status_code == 503


def test_says_since_when_decisions_stand_as_they_were(house: House, paula: Visitor) -> None:
    rename = "alter table {} rename to {}"
    with house.core.db.session() as db_session:
        db_session.connection().exec_driver_sql(rename.format("feature_definitions", "hidden"))
    assert not house.core.gating.gate.reload()
    with house.core.db.session() as db_session:
        db_session.connection().exec_driver_sql(rename.format("hidden", "feature_definitions"))
    house.clock.go_on(minutes=3)
    lost = "The definitions cannot be read. Everybody keeps what they had 3 min ago."
    assert lost in seen(paula.get("/console"))
    assert paula.get("/console/pulse").get_json()["status"] == {"text": lost, "loud": True}
    house.core.gating.refresh()
    assert lost not in seen(paula.get("/console"))


@pytest.mark.parametrize("address", PAGES)
def test_says_of_which_revision_and_how_old_the_definitions_are(
    house: House, paula: Visitor, address: str
) -> None:
    house.clock.go_on(hours=2, minutes=59)
    line = f"Definitions: revision {house.core.source.revision()}, 2 h old."
    assert line in seen(paula.get(address))
    assert paula.get("/console/pulse").get_json()["status"] == {"text": line, "loud": False}


def revision(house: House) -> int:
    return house.core.source.feature(REACTIONS).revision


def console_of(house: House):
    from webapp.console.feature_list import Console

    return Console(house.core)
