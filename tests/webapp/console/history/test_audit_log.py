"""What product managers do beside changing features is in the history too, without names of those
it was done to."""

from __future__ import annotations

import csv
import io
import re

import pytest

from flags.catalogue import REACTIONS
from tests.harness.factories import House, Page, Visitor
from tests.webapp.console.people.test_bulk_cohort_change import asked
from tests.webapp.console.people.test_import import checked
from tests.webapp.console.test_feature_routes import FEATURE, seen
from webapp.feature_flags import audit_log as keeping
from webapp.feature_flags.audit_log import Acts

PEOPLE = "/console/people"
ACTS = "/console/history/people"


def told(visitor: Visitor) -> list[list[str]]:
    """Who and what, the latest first: from the file, which says what the page does."""
    text = visitor.get(f"{ACTS}.csv").text.removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text)))[1:]
    page = seen(visitor.get(ACTS))
    assert all(row[4] in page for row in rows)
    return [[row[2], row[4]] for row in rows]


def test_nothing_was_done_yet(house: House, paula: Visitor) -> None:
    assert "Nothing yet." in seen(paula.get(ACTS))


def test_people_moved_one_or_many(house: House, paula: Visitor) -> None:
    tess, sam = house.person("Tess", "beta"), house.person("Sam", "alpha")
    paula.press(PEOPLE, "Move Tess", cohort="alpha")
    answer = asked(paula, [tess.id, sam.id], "beta")
    form = Page(answer.text).named("Move 2 people").form
    assert form is not None
    fields = form.fields | {"cohort": "beta", "sure": "yes", "who": [tess.id, sam.id]}
    paula.open("POST", form.action, data=fields)
    assert told(paula) == [
        ["Paula", "moved 2 people to beta"],
        ["Paula", "moved 1 person to alpha"],
    ]
    assert "Tess" not in paula.get(ACTS).text


def test_people_brought_in_from_a_file(house: House, paula: Visitor) -> None:
    look = checked(paula, b"name,cohort\nBo,alpha\nZoe,beta\n")
    form = Page(look.text).named("Add 2 people").form
    assert form is not None
    content = look.text.split('<textarea name="content" hidden>\n')[1].split("</textarea>")[0]
    paula.open(
        "POST",
        form.action,
        data=form.fields | {"content": content},
        content_type="multipart/form-data",
    )
    assert told(paula) == [["Paula", "brought in 2 people from a file: alpha, beta"]]
    assert "Zoe" not in paula.get(ACTS).text


def test_cohorts_and_invitations(house: House, paula: Visitor) -> None:
    paula.press(PEOPLE, "Make cohort", cohort="friends")
    paula.press(PEOPLE, "Rename friends", cohort="pals")
    paula.press(PEOPLE, "Make invitation", cohort="beta", uses="3", days="2", welcome="Hi")
    paula.press(PEOPLE, "Revoke")
    paula.press(PEOPLE, "Make cohort", cohort="alpha")
    assert told(paula) == [
        ["Paula", "revoked an invitation"],
        ["Paula", "invited up to 3 people to beta"],
        ["Paula", "renamed the cohort friends to pals"],
        ["Paula", "made the cohort friends"],
    ], "and not what was refused"


def test_protection_and_proposals(house: House, paula: Visitor, ben: Visitor) -> None:
    paula.press(FEATURE, "Protect it")
    paula.press(FEATURE, "Propose changes", percent="30")
    ben.press(FEATURE, "Decline")
    paula.press(FEATURE, "Propose to unprotect it")
    ben.press(FEATURE, "Agree")
    assert told(ben) == [
        ["Ben", f"agreed to protect {REACTIONS} no longer"],
        ["Ben", f"declined what Paula proposed for {REACTIONS}"],
        ["Paula", f"protected {REACTIONS}"],
    ]


def test_long_ones_are_paged_and_the_pulse_tells(house: House, paula: Visitor) -> None:
    def mark() -> str:
        return str(paula.get("/console/pulse").get_json()["mark"])

    before = mark()
    paula.press(PEOPLE, "Make cohort", cohort="last")
    assert mark() != before
    acts = Acts(house.core.db, house.core.clock)
    for number in range(103):
        acts.note("cohort_made", "Ben", cohort=f"c{number:03}")
    first = paula.get(ACTS)
    older = paula.get(str(Page(first.text).named("Older").attributes["href"]))
    on_either = [re.findall("made the cohort (\\w+)", seen(page)) for page in (first, older)]
    assert on_either == [
        [f"c{number:03}" for number in range(102, 2, -1)],
        ["c002", "c001", "c000", "last"],
    ]


def test_in_french(house: House, paula: Visitor) -> None:
    paula.press(PEOPLE, "Make cohort", cohort="friends")
    french = paula.get(ACTS, headers={"Accept-Language": "fr"})
    assert "a créé la cohorte friends" in seen(french)


def test_qa_reads_and_testers_find_nothing(house: House, paula: Visitor, quinn: Visitor) -> None:
    assert quinn.get(ACTS).status_code == 200
    tess = house.signed_in(house.person("Tess", "alpha"))
    assert tess.get(ACTS).status_code == 404


def test_the_file_has_all_of_them_however_many(
    house: House, paula: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", 3)
    acts = Acts(house.core.db, house.core.clock)
    for number in range(8):
        acts.note("cohort_made", "Ben", cohort=f"c{number}")
    answer = paula.get(f"{ACTS}.csv")
    assert answer.text.startswith("\ufeffnumber,at,by,kind,what")
    names = [row[4].rpartition(" ")[2] for row in csv.reader(io.StringIO(answer.text))][1:]
    assert names == [f"c{number}" for number in range(7, -1, -1)]
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'attachment; filename="people-history.csv"' in answer.headers["Content-Disposition"]


def test_a_full_page_and_no_more_has_no_older_ones(house: House, paula: Visitor) -> None:
    acts = Acts(house.core.db, house.core.clock)
    for number in range(100):
        acts.note("cohort_made", "Ben", cohort=f"c{number}")
    page = paula.get(ACTS)
    assert "made the cohort c0" in seen(page)
    assert "Older" not in [control.name for control in Page(page.text).controls]


def test_what_nobody_has_found_words_for_is_shown_by_its_name(house: House, paula: Visitor) -> None:
    acts = Acts(house.core.db, house.core.clock)
    acts.note("juggled", "B" * 90)
    assert told(paula) == [["B" * 80, "juggled"]]


def test_without_the_database_it_says_to_try_again(house: House, paula: Visitor) -> None:
    paula.get(ACTS)
    with house.core.db.session() as db_session:
        db_session.connection().exec_driver_sql("drop table console_acts")
    assert paula.get(ACTS).status_code == 503
