"""The QA workbench in a browser: why somebody cannot, personas, differences, files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from flags.catalogue import REACTIONS, WEB_HOSTING, WEB_LISTENING, WEB_SPEAKING
from flags.sources.interface import Closing
from tests.e2e.conftest import Come
from tests.e2e.person import Somebody
from tests.harness.server import RunningApp
from tests.harness.waits import until

PHONE = {"width": 360, "height": 740}
PAGES = [
    "/qa",
    "/qa/explain",
    "/qa/matrix",
    "/qa/matrix/new",
    "/qa/matrix/persona?name=Quiet%20listener",
]


@pytest.fixture
def quinn(app: RunningApp, come: Come) -> Somebody:
    """QA; everything is as on the first day."""
    for state in app.flags.features():
        app.flags.turn_on(state.key, "a test")
        app.flags.set_rollout(state.key, 100, "a test")
    return come("Quinn", visitor=app.person("Quinn", "staff", roles=("qa",)))


def go(somebody: Somebody, path: str) -> Page:
    somebody.page.goto(f"{somebody.visitor.base_url}{path}")
    return somebody.page


def test_why_the_listener_cannot_speak(app: RunningApp, quinn: Somebody) -> None:
    lena = app.person("Lena Bertrand", "beta")
    page = go(quinn, "/")
    page.get_by_role("link", name="QA", exact=True).click()
    page.get_by_role("navigation", name="QA").get_by_role("link", name="Explain").click()
    person = page.get_by_role("search", name="A person", exact=True)
    person.get_by_label("Name, or the beginning of an id").fill("bertrand")
    person.get_by_label("Feature").select_option(WEB_SPEAKING)
    person.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="Lena Bertrand").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("web-speaking for Lena Bertrand")
    quinn.reads("Strategy 2: cohort is one of: alpha, but it is beta.")
    quinn.reads("The engine that decides for people gave this answer too.")
    assert lena.id not in page.url
    page.get_by_text("Why web-listening is so").click()
    expect(page.get_by_text("this one decided")).to_be_visible()
    link = page.get_by_role("textbox", name="Link to this answer").input_value()
    app.flags.set_cohort(WEB_SPEAKING, "beta", True, "a test")
    page.goto(link)
    quinn.reads("Strategy 2: cohort is one of: alpha, but it is beta.")
    page.get_by_role("link", name="Every feature for Lena Bertrand").click()
    expect(page.get_by_role("row").filter(has_text=WEB_LISTENING)).to_contain_text("Open")
    app.flags.set_cohort(WEB_SPEAKING, "beta", False, "a test")


def test_a_persona_and_a_difference(app: RunningApp, quinn: Somebody, tmp_path: Path) -> None:
    page = go(quinn, "/qa/matrix")
    quinn.reads("Everything is as expected")
    page.get_by_role("link", name="New persona").click()
    page.get_by_label("Name").fill("Night owl")
    page.get_by_label("Cohort").select_option("alpha")
    page.get_by_label(f"{REACTIONS} should be").select_option("open")
    page.get_by_role("button", name="Make persona").click()
    expect(page.get_by_role("status").filter(has_text="Night owl is there.")).to_be_visible()
    app.flags.turn_off(REACTIONS, Closing.CUT, "a test")
    row = page.get_by_role("row").filter(has_text="Night owl")
    until(lambda: page.reload() and "expected: Open" in row.inner_text(), "the difference")
    page.get_by_label("Show").select_option("differences")
    page.get_by_role("button", name="Show", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    file = tmp_path / "matrix.csv"
    download.value.save_as(file)
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert {"persona": "Night owl", "feature": REACTIONS, "expected": "open"}.items() <= next(
        row for row in rows if row["persona"] == "Night owl"
    ).items()
    row.get_by_role("button", name="expected: Open").click()
    quinn.reads("It is switched off for everybody.")
    with page.expect_download() as download:
        go(quinn, "/qa/matrix").get_by_role("link", name="Export personas as a file").click()
    assert "name: Night owl" in Path(download.value.path()).read_text("utf-8")
    app.flags.turn_on(REACTIONS, "a test")


def test_a_cell_by_keyboard(quinn: Somebody) -> None:
    page = go(quinn, "/qa/matrix?persona=quiet&feature=hosting")
    cell = page.get_by_role("button", name="Closed")
    page.get_by_role("link", name="Quiet listener").focus()
    page.keyboard.press("Tab")
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{WEB_HOSTING} for Quiet listener")


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_fits_a_small_screen(app: RunningApp, come: Come, locale: str) -> None:
    visitor = app.person("Quinn Longname-Example", "staff", roles=("qa",))
    quinn = come("Quinn", visitor=visitor, locale=locale, viewport=PHONE)
    for path in PAGES:
        page = go(quinn, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
