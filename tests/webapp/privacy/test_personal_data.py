"""What people do with their own data, and who else may."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.harness.feature_traces import FOLDERS
from tests.harness.house import Guest, House
from tests.webapp.problem_reports.browser_reports import report, send, token_of
from webapp.audio.quality.models import SoundMinute
from webapp.audio.quality.schemas import Batch
from webapp.experiments.models import Exposure, Outcome
from webapp.experiments.outcome_kinds import LISTENING

HTML = {"Accept": "text/html"}


@pytest.fixture
def tomas(house: House) -> Guest:
    return house.guest("Tomas")


def post(browser: FlaskClient, path: str, **fields: str) -> int:
    token = token_of(browser)
    return browser.post(path, data={"csrf_token": token, **fields}, headers=HTML).status_code


def number(house: House, model: type[Any]) -> int:
    with house.core.db.reading() as db_session:
        return db_session.scalar(select(func.count()).select_from(model)) or 0


def own(house: House, guest: Guest) -> dict[str, Any]:
    answer = house.browser(guest).get("/account/data")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    tables: dict[str, Any] = json.loads(answer.text)["tables"]
    return tables


class TestExport:
    def test_has_what_somebody_wrote(self, house: House, tomas: Guest) -> None:
        send(house.browser(tomas), report("It crackled"))
        tables = own(house, tomas)
        assert tables["people"][0]["display_name"] == "Tomas"
        assert tables["reports"][0]["text"] == "It crackled"
        assert tables["logins"]

    def test_has_nothing_of_others(self, house: House, tomas: Guest) -> None:
        quinn = house.guest("Quinn", "staff", roles=("qa",))
        sent = report("It crackled")
        send(house.browser(tomas), sent)
        house.core.reports.see(sent["id"], quinn.person)
        text = json.dumps(own(house, quinn))
        assert sent["id"] in text
        assert "crackled" not in text
        assert tomas.id not in text
        assert quinn.id not in json.dumps(own(house, tomas))

    def test_does_not_tell_of_closed_features(self, house: House) -> None:
        house.core.accounts.people.add_cohort("no-reactions")
        outsider = house.guest("Otto", "no-reactions")
        for key in FOLDERS:
            house.close_gate(key)
        house.tab(outsider)
        send(house.browser(outsider), report("Nothing here", told=None))
        house.core.figures.write_exposures()
        text = json.dumps(own(house, outsider))
        assert [key for key in FOLDERS if key in text] == []
        everything = house.core.privacy.export(outsider.id, everything=True)
        assert [key for key in FOLDERS if key in json.dumps(everything)] != []


class TestDeletion:
    def test_signs_out_everywhere_and_ends_what_was_hosted(self, house: House) -> None:
        hana = house.guest("Hana", followers=1200)
        host, slug = house.space(hana)
        other = house.guest("Tomas")
        listener = house.joined(other, slug)
        assert post(house.browser(hana), "/account/delete") == 303
        house.settle()
        assert not host.connected
        assert listener.received("space.ending")
        house.go_on(seconds=house.core.settings.ending_seconds + 1)
        assert house.core.spaces.title_of_ended(slug) is not None
        assert house.core.accounts.people.get(hana.id) is None
        assert house.browser(hana).get("/account", headers=HTML).status_code == 303

    def test_takes_a_speaker_off_the_bridge(self, house: House, tomas: Guest) -> None:
        host, slug = house.space()
        house.on_stage(host, tomas, slug)
        assert tomas.id in house.on_bridge(slug)
        house.core.privacy.delete(tomas.id)
        house.settle()
        house.tick()
        assert tomas.id not in house.on_bridge(slug)

    def test_sound_that_was_measured_before_is_dropped(self, house: House, tomas: Guest) -> None:
        measure(house, tomas)
        house.core.privacy.delete(tomas.id)
        house.core.quality.store(everything=True)
        assert number(house, SoundMinute) == 0

    def test_says_so_to_who_is_signed_out(self, house: House, tomas: Guest) -> None:
        browser = house.browser(tomas)
        post(browser, "/account/delete")
        assert "Your account is deleted" in browser.get("/account-deleted", headers=HTML).text


class TestChoiceNotToBeMeasured:
    def test_is_honoured_for_sound_exposures_and_outcomes(self, house: House) -> None:
        one, other = house.guest("Tomas"), house.guest("Hana")
        assert post(house.browser(one), "/account/measured", measured="no") == 303
        for guest in (one, other):
            guest = Guest(house.core.accounts.people.get(guest.id), guest.login, guest.cookie)
            measure(house, guest)
            house.core.figures.outcome(guest.person, LISTENING, 5)
            house.tab(guest)
        house.core.quality.store(everything=True)
        house.core.figures.close()
        for model in (SoundMinute, Outcome, Exposure):
            assert number(house, model) > 0
        measured = {"sound_minutes", "figured_people", "exposures", "outcomes"}
        assert measured & set(house.core.privacy.export(one.id, everything=True)["tables"]) == set()

    def test_can_be_taken_back(self, house: House, tomas: Guest) -> None:
        browser = house.browser(tomas)
        post(browser, "/account/measured", measured="no")
        assert "You are not measured" in browser.get("/account", headers=HTML).text
        post(browser, "/account/measured", measured="yes")
        assert house.core.accounts.people.get(tomas.id).measured


class TestNotice:
    @pytest.mark.parametrize(("language", "title"), [("en", "Privacy"), ("fr", "Confidentialité")])
    def test_is_there_for_everybody(self, house: House, language: str, title: str) -> None:
        headers = {**HTML, "Accept-Language": language}
        page = house.browser().get("/privacy", headers=headers)
        assert page.status_code == 200
        assert f"<h1>{title}</h1>" in page.text
        assert "400" in page.text

    def test_is_linked_from_the_ways_in(self, house: House, tomas: Guest) -> None:
        assert 'href="/privacy"' in house.browser().get("/sign-in", headers=HTML).text
        assert 'href="/privacy"' in house.browser(tomas).get("/account", headers=HTML).text


class TestConsole:
    @pytest.mark.parametrize(
        ("role", "status"), [("administrator", 200), ("product_manager", 403), ("qa", 403)]
    )
    def test_data_is_for_administrators(
        self, house: House, tomas: Guest, role: str, status: int
    ) -> None:
        browser = house.browser(house.guest("Staff", "staff", roles=(role,)))
        path = f"/console/people/{tomas.id}/data"
        assert browser.get(path, headers=HTML).status_code == status
        assert post(browser, path) == status
        deleted = post(browser, f"/console/people/{tomas.id}/delete")
        assert deleted == (303 if status == 200 else 403)
        assert (house.core.accounts.people.get(tomas.id) is None) == (status == 200)


class TestCommands:
    def test_export_and_delete(self, house: House, tomas: Guest) -> None:
        runner = house.app.test_cli_runner()
        exported = runner.invoke(args=["people", "export", tomas.id])
        assert json.loads(exported.stdout)["person"] == tomas.id
        assert runner.invoke(args=["people", "delete", tomas.id, "--yes"]).exit_code == 0
        assert house.core.accounts.people.get(tomas.id) is None
        assert runner.invoke(args=["people", "export", tomas.id]).exit_code == 1


def measure(house: House, guest: Guest) -> None:
    batch = Batch.model_construct(
        path="seat", concealed=0.0, buffer=60.0, rtt=20.0, codec="opus", seconds=[]
    )
    house.core.quality.note(guest.person, "ab12cd34", batch)
