"""Explain: the answer, the whole why, and links that stay valid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from werkzeug.test import TestResponse

from flags.catalogue import CATALOGUE, REACTIONS, WEB_HOSTING, WEB_LISTENING, WEB_SPEAKING
from flags.forced_flags import Forced, as_json
from flags.gate import Gate
from flags.sources.interface import Closing
from tests.fidelity.definitions import NAMED, Given, contexts, documents, families
from tests.harness import factories
from tests.harness import house as whole
from tests.harness.factories import House, Visitor
from tests.harness.flags import Clock
from webapp.accounts.models import Login, Person
from webapp.gating.service import Gating
from webapp.qa.explain.models import ExplainedAnswer, ExplainedDocument
from webapp.qa.explain.service import KEPT, MOST_ANSWERS, Explain
from webapp.qa.explain.subject import Kind, Subject

MADE_UP = Subject(Kind.MADE_UP)


def text_of(page: TestResponse) -> str:
    """What can be read in the main part of a page."""
    main = page.text.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def asked(visitor: Visitor, **question: str) -> str:
    """Asks, and returns the address of the answer."""
    answer = visitor.press("/qa/explain", "Explain these", **question)
    assert answer.status_code == 303
    return answer.headers["Location"]


def asked_about(visitor: Visitor, person: Person, feature: str = "") -> str:
    found = visitor.press("/qa/explain", "Find", q=person.display_name, feature=feature)
    answer = visitor.press_on(found, person.display_name, person=person.id)
    return answer.headers["Location"]


class TestAnswers:
    def test_why_the_listener_cannot_speak(self, quinn: Visitor) -> None:
        address = asked(quinn, persona="Quiet listener", feature=WEB_SPEAKING)
        told = text_of(quinn.get(address))
        assert "web-speaking for Quiet listener Closed" in told
        assert "Strategy 2: cohort is one of: alpha, but it is beta." in told
        assert "Needs web-listening open For them it is: Open" in told
        assert "The engine that decides for people gave this answer too." in told

    def test_where_a_person_falls_in_the_percentage(self, house: House, quinn: Visitor) -> None:
        house.core.source.set_rollout(WEB_SPEAKING, 50, "Paula")
        house.core.gating.gate.reload()
        address = asked(quinn, cohort="alpha", id="p37", feature=WEB_SPEAKING)
        page = quinn.get(address)
        side = re.search(r"falls at (\d+) of 100; percentage 50: (in|out)side", text_of(page))
        assert side is not None
        assert (int(side[1]) <= 50) is (side[2] == "in")
        assert f'<rect class="place" x="{int(side[1]) - 1}"' in page.text

    def test_the_variant_and_its_ranges(self, quinn: Visitor) -> None:
        told = text_of(quinn.get(asked(quinn, cohort="alpha", feature=REACTIONS)))
        assert "dealt out by the feature itself, by Space" in told
        assert "by space lobby" in told
        assert "tapback: 1 to 500" in told

    def test_what_is_not_what_it_is_compared_with_is_told(
        self, house: House, quinn: Visitor
    ) -> None:
        rule = {"contextName": "app", "operator": "SEMVER_GTE", "value": "2.0.0"}
        state = replace(house.core.source.feature(WEB_LISTENING), constraints=(rule,))
        house.core.source.put(state, "Paula")
        house.core.gating.gate.reload()
        for app, told in (
            ("2", "app is version 2.0.0 or later, but it is 2, which cannot"),
            (
                "1.9.9",
                "app is version 2.0.0 or later, but it is 1.9.9.",
            ),
        ):
            address = asked(quinn, cohort="alpha", others=f"app: {app}", feature=WEB_LISTENING)
            assert told in text_of(quinn.get(address))

    def test_every_feature_at_once(self, quinn: Visitor) -> None:
        address = asked(quinn, persona="Established host", feature="")
        page = quinn.get(address)
        assert "Every feature for Established host" in text_of(page)
        for key in CATALOGUE:
            assert quinn.get(f"{address}/{key}").status_code == 200
            assert f'href="{address}/{key}"' in page.text

    def test_by_whom_it_was_asked_is_listed_for_them(self, house: House, quinn: Visitor) -> None:
        address = asked(quinn, persona="Quiet listener", feature=WEB_SPEAKING)
        assert address in quinn.get("/qa/explain").text
        other = house.signed_in(house.person("Quentin", "staff", roles=["qa"]))
        assert address not in other.get("/qa/explain").text
        assert other.get(address).status_code == 200

    def test_what_a_preview_forces_is_told_as_that(self, house: House, quinn: Visitor) -> None:
        person = house.person("Ana", "beta")
        forced = {WEB_SPEAKING: Forced(True), WEB_LISTENING: Forced(True, because=WEB_SPEAKING)}
        with house.core.db.session() as db_session:
            stored = db_session.get(Person, person.id)
            assert stored is not None
            stored.forced = as_json(forced)
        told = text_of(quinn.get(asked_about(quinn, person, WEB_SPEAKING)))
        assert "Open A preview forces this. Without it: Closed." in told

    def test_who_finishes_in_a_draining_feature(self, tmp_path: Path) -> None:
        house = whole.House(tmp_path / "house")
        host, slug = house.space()
        speaker = house.guest("Ana")
        house.on_stage(host, speaker, slug)
        house.close_gate(WEB_SPEAKING, Closing.DRAIN)
        quinn = factories.Visitor(house.app)
        quinn.cookie = house.guest("Quinn", roles=["qa"]).cookie
        told = text_of(quinn.get(asked_about(quinn, speaker.person, WEB_SPEAKING)))
        assert "Closed It is switched off for everybody." in told
        assert "they were still using it: they may finish" in told
        house.close()


class TestWaysThere:
    def test_from_somebody_in_the_list_of_people(self, house: House, quinn: Visitor) -> None:
        person = house.person("Ana", "beta")
        page = quinn.get("/console/people").text
        button = f'<button class="top-link" name="person" value="{person.id}" form="why"'
        assert button in page
        form = page.partition('<form id="why" method="post" action="/qa/explain">')[2]
        token = form.partition('value="')[2].partition('"')[0]
        sent = {"csrf_token": token, "person": person.id}
        asked = quinn.open("POST", "/qa/explain", data=sent)
        assert "Every feature for Ana" in text_of(quinn.get(asked.headers["Location"]))

    def test_from_a_feature(self, quinn: Visitor) -> None:
        leads = f'href="/qa/explain?feature={REACTIONS}"'
        assert leads in quinn.get(f"/console/features/{REACTIONS}").text
        chosen = f'<option value="{REACTIONS}" selected>'
        assert chosen in quinn.get(f"/qa/explain?feature={REACTIONS}").text


class TestQuestions:
    def test_nobodys_name_or_id_is_in_an_address(self, house: House, quinn: Visitor) -> None:
        person = house.person("Ana Moreau", "beta")
        page = quinn.press("/qa/explain", "Find", q="Moreau")
        assert page.request.query_string == b""
        address = quinn.press_on(page, "Ana Moreau", person=person.id).headers["Location"]
        assert person.id not in address
        assert "Moreau" not in address
        assert "Every feature for Ana Moreau" in text_of(quinn.get(address))

    @pytest.mark.parametrize(
        ("field", "value"),
        [("followers", "many"), ("country", "france"), ("at", "soon"), ("others", "app 2")],
    )
    def test_what_cannot_be_is_told_where_it_stands(
        self, quinn: Visitor, field: str, value: str
    ) -> None:
        page = quinn.press("/qa/explain", "Explain these", cohort="alpha", **{field: value})
        assert page.status_code == 400
        assert 'aria-invalid="true"' in page.text
        assert value in page.text

    def test_a_moment_counts_as_utc(self, quinn: Visitor) -> None:
        address = asked(quinn, cohort="alpha", at="2026-12-24T18:00")
        assert "2026-12-24T18:00:00+00:00" in text_of(quinn.get(address))

    def test_a_space_decides_what_goes_by_space(self, quinn: Visitor) -> None:
        answers = {
            text_of(quinn.get(asked(quinn, cohort="alpha", space=slug, feature=REACTIONS)))
            .partition("variant ")[2]
            .partition(" ")[0]
            for slug in ("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8")
        }
        assert answers == {"tray", "tapback"}

    def test_a_person_is_asked_about_where_they_are_or_are_thought_to_be(
        self, tmp_path: Path
    ) -> None:
        house = whole.House(tmp_path / "house")
        _, slug = house.space()
        other = house.core.spaces.open(house.guest("Hugo", followers=900).person, "Another")
        ana, bea = house.guest("Ana"), house.guest("Bea")
        for guest in (ana, bea):
            house.joined(guest, slug)
        quinn = factories.Visitor(house.app)
        quinn.cookie = house.guest("Quinn", roles=["qa"]).cookie
        for guest, chosen, where in (ana, "", slug), (bea, other, other):
            found = quinn.press("/qa/explain", "Find", q=guest.name, space=chosen)
            asked = quinn.press_on(found, guest.name, person=guest.id).headers["Location"]
            assert f"space {where}" in text_of(quinn.get(asked))
        house.close()

    def test_about_nobody(self, quinn: Visitor) -> None:
        token = quinn.get("/qa/explain").text.partition('name="csrf_token" value="')[2]
        for question in ({"person": "nobody"}, {"persona": "Nobody"}):
            sent = {"csrf_token": token.partition('"')[0], **question}
            assert quinn.open("POST", "/qa/explain", data=sent).status_code == 404

    def test_there_is_no_such_answer(self, quinn: Visitor) -> None:
        address = asked(quinn, cohort="alpha")
        for missing in ("/qa/explain/nothing", "/qa/explain/nothing/it", f"{address}/it"):
            assert quinn.get(missing).status_code == 404


class TestLinks:
    def test_tell_the_same_whatever_becomes_of_the_features(
        self, house: House, quinn: Visitor
    ) -> None:
        address = asked(quinn, persona="Established host", feature=WEB_HOSTING)
        before = quinn.get(address)
        house.core.source.turn_off(WEB_LISTENING, Closing.CUT, "Paula")
        house.core.source.set_cohort(WEB_HOSTING, "alpha", False, "Paula")
        house.core.gating.gate.reload()
        house.clock.go_on(days=2)
        assert text_of(quinn.get(address)) == text_of(before)
        again = quinn.press(address, "Ask again now").headers["Location"]
        assert "Closed web-listening is not as this feature needs it." in text_of(quinn.get(again))

    def test_tell_the_same_whatever_becomes_of_the_person(
        self, house: House, quinn: Visitor
    ) -> None:
        person = house.person("Ana", "alpha")
        address = asked_about(quinn, person, WEB_SPEAKING)
        before = text_of(quinn.get(address))
        house.accounts.people.move(person.id, "public")
        assert text_of(quinn.get(address)) == before
        with house.core.db.session() as db_session:
            db_session.execute(delete(Login).where(Login.person_id == person.id))
            db_session.execute(delete(Person).where(Person.id == person.id))
        assert text_of(quinn.get(address)) == before.replace("Ana", "Somebody who is gone")
        assert quinn.press(address, "Ask again now").status_code == 404

    def test_a_difference_from_the_engine_is_loud(self, house: House, quinn: Visitor) -> None:
        address = asked(quinn, persona="Quiet listener", feature=WEB_SPEAKING)
        with house.core.db.session() as db_session:
            row = db_session.scalars(select(ExplainedAnswer)).one()
            row.answers = {**row.answers, WEB_SPEAKING: [True, "loud"]}
        page = quinn.get(address)
        assert 'role="alert"' in page.text
        told = text_of(page)
        assert "The engine said Open, variant loud The explanation says Closed" in told
        overview = quinn.get(address.rpartition("/")[0])
        assert 'role="alert"' in overview.text
        assert "The explanation says: Closed" in text_of(overview)

    def test_definitions_are_kept_once_and_only_while_needed(
        self, house: House, quinn: Visitor
    ) -> None:
        explain = Explain(house.core)
        first = explain.ask(MADE_UP, {"userId": "a", "properties": {}}, "quinn")
        explain.ask(MADE_UP, {"userId": "b", "properties": {}}, "quinn")
        assert self._kept(house) == (2, 1)
        house.clock.now += KEPT - timedelta(days=1)
        explain.answer(first)
        house.clock.now += timedelta(days=2)
        explain.sweep()
        assert self._kept(house) == (1, 1), "a link that is followed is kept"
        house.clock.now += KEPT
        explain.sweep()
        assert self._kept(house) == (0, 0)

    def test_there_are_never_too_many(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        assert MOST_ANSWERS == 50_000
        monkeypatch.setattr("webapp.qa.explain.service.MOST_ANSWERS", 2)
        explain = Explain(house.core)
        for _ in range(4):
            house.clock.go_on(minutes=1)
            last = explain.ask(MADE_UP, {"userId": "a", "properties": {}}, "quinn")
        explain.sweep()
        assert self._kept(house) == (2, 1)
        assert explain.answer(last).id == last

    @staticmethod
    def _kept(house: House) -> tuple[int, int]:
        with house.core.db.reading() as db_session:
            answers = db_session.scalar(select(func.count(ExplainedAnswer.id)))
            documents = db_session.scalar(select(func.count(ExplainedDocument.digest)))
        return answers or 0, documents or 0


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Given, Explain]]:
    source = Given({"version": 2, "features": []})
    gate = Gate(source, Clock())
    gate.start()
    with factories.house(tmp_path_factory.mktemp("bench")) as house:
        core = house.core
        gating = Gating(gate, source, core.presence, core.clock, lambda *_: {})
        yield source, Explain(replace(core, gating=gating))
    gate.close()


class TestOnAnyDefinitions:
    """What is kept and read again is still the engine's answer: on random definitions."""

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(
        document=st.one_of(documents(), families()),
        person=st.one_of(contexts, st.sampled_from(NAMED)),
    )
    def test_the_engines_answer_is_the_one_explained(
        self, bench: tuple[Given, Explain], document: dict, person: dict
    ) -> None:
        source, explain = bench
        source.document = document
        assert explain._gate.reload()
        kept = explain.ask(MADE_UP, person, "quinn")
        source.document = {"version": 2, "features": []}
        assert explain._gate.reload()
        answer = explain.answer(kept)
        assert list(answer.said) == [feature["name"] for feature in document["features"]]
        for key in answer.said:
            told = answer.explanation(key)
            assert told.agrees or told.drawn, key
