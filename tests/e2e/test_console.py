"""The console in a browser: live, by keyboard, on a small screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from flags.catalogue import REACTIONS, WEB_SPEAKING
from flags.sources.interface import Closing
from tests.e2e.conftest import Come
from tests.e2e.person import Somebody
from tests.harness.server import RunningApp

FEATURE = f"/console/features/{REACTIONS}"
PAGES = [
    "/console",
    FEATURE,
    "/console/history",
    "/console/history/people",
    "/console/people",
    "/console/people/import",
    "/console/decisions",
    "/console/stale",
]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def paula(app: RunningApp, come: Come) -> Somebody:
    """A product manager; everything is on again as on the first day."""
    for state in app.flags.features():
        app.flags.turn_on(state.key, "a test")
        app.flags.set_rollout(state.key, 100, "a test")
    visitor = app.person("Paula", "staff", roles=("product_manager",))
    return come("Paula", visitor=visitor)


def go(somebody: Somebody, path: str) -> Page:
    somebody.page.goto(f"{somebody.visitor.base_url}{path}")
    return somebody.page


def said(page: Page) -> Locator:
    """What the console says has been done."""
    return page.get_by_role("status").and_(page.locator(".notice:not([data-stale])")).first


def press_tab_until(page: Page, name: str, wanted: Locator | None = None) -> None:
    """Moves on with the keyboard until the control of that name has the focus, and is seen to."""
    wanted = wanted or page.get_by_role("button", name=name, exact=True).first
    expect(wanted).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("control => control === document.activeElement"):
            outline = wanted.evaluate("control => getComputedStyle(control).outlineStyle")
            assert outline != "none", f"nothing shows that {name} has the focus"
            return
    raise AssertionError(f"no way to {name} by keyboard")


def test_two_taps_turn_a_feature_off_from_any_page(app: RunningApp, paula: Somebody) -> None:
    for path in PAGES:
        app.flags.turn_on(REACTIONS, "a test")
        page = go(paula, path)
        page.get_by_role("button", name="Turn off now").first.click()
        page.get_by_role("button", name="Cut reactions").click()
        expect(said(page)).to_have_text("reactions: turned off, cut.")
        assert not app.flags.feature(REACTIONS).enabled


def test_who_is_quicker_than_the_script_can_choose_all_the_same(paula: Somebody) -> None:
    held: list[Route] = []
    paula.page.route("**/live_refresh.js", lambda route: held.append(route))
    with paula.page.expect_request("**/live_refresh.js"):
        paula.page.goto(f"{paula.visitor.base_url}/console", wait_until="commit")
    paula.presses("Turn off now")
    expect(paula.page.get_by_role("link", name="Choose what to turn off")).to_be_visible()
    [script] = held
    script.continue_()
    paula.has("Cut reactions")


def test_the_keyboard_alone_suffices(app: RunningApp, paula: Somebody) -> None:
    page = go(paula, "/console/history")
    press_tab_until(page, "Turn off now")
    page.keyboard.press("Enter")
    press_tab_until(page, "Drain web-speaking")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("web-speaking: turned off, drain.")
    assert app.flags.feature(WEB_SPEAKING).closing is Closing.DRAIN


def test_from_the_table_to_a_change_its_undo_and_off_by_keyboard(
    app: RunningApp, paula: Somebody
) -> None:
    page = go(paula, "/console")
    press_tab_until(page, REACTIONS, page.get_by_role("link", name=REACTIONS).first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(REACTIONS)
    press_tab_until(page, "the percentage", page.get_by_label("Percent of each cohort"))
    page.keyboard.press("Control+A")
    page.keyboard.type("30")
    press_tab_until(page, "Save changes")
    page.keyboard.press("Enter")
    status = page.get_by_role("status").filter(has_text="reactions:")
    expect(status).to_contain_text("percentage from 100 % to 30 %")
    press_tab_until(page, "Undo: percentage from 100 % to 30 %, drain")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("percentage from 30 % to 100 %")
    press_tab_until(page, "Turn off now")
    page.keyboard.press("Enter")
    press_tab_until(page, "Cut reactions")
    page.keyboard.press("Enter")
    expect(status).to_have_text("reactions: turned off, cut.")
    state = app.flags.feature(REACTIONS)
    assert (state.enabled, state.rollout) == (False, 100)


@pytest.fixture
def ben(app: RunningApp, come: Come) -> Somebody:
    """Another product manager, at a browser of his own."""
    return come("Ben", visitor=app.person("Ben", "staff", roles=("product_manager",)))


def save_percent(who: Somebody, percent: int) -> None:
    page = go(who, FEATURE)
    page.get_by_label("Percent of each cohort").fill(str(percent))
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("status").filter(has_text=f"to {percent} %")).to_be_visible()


def test_two_product_managers_see_each_others_changes_without_reload(
    paula: Somebody, ben: Somebody
) -> None:
    for path, percent in (("/console", 41), (FEATURE, 42), ("/console/history", 43)):
        page = go(paula, path)
        save_percent(ben, percent)
        expect(page.get_by_role("row").filter(has_text=f"to {percent} %").first).to_be_visible()
    page = go(paula, "/console/history/people")
    name = f"c{int(datetime.now(UTC).timestamp())}"
    theirs = go(ben, "/console/people")
    theirs.get_by_label("New cohort").fill(name)
    theirs.get_by_role("button", name="Make cohort").click()
    expect(page.get_by_text(f"made the cohort {name}")).to_be_visible()


def test_what_is_half_done_stays_and_all_around_it_follows(
    app: RunningApp, paula: Somebody, ben: Somebody
) -> None:
    page = go(paula, "/console/people")
    tess = app.person("Tess Half", "alpha")
    page.get_by_label("Name, cohort or id").fill("Tess H")
    page.keyboard.press("Enter")
    page.get_by_label("Tess Half", exact=True).check()
    field = page.get_by_label("New cohort")
    field.click()
    page.keyboard.type("half-")
    app.move(tess, "beta")
    expect(page.get_by_label("Cohort of Tess Half")).to_have_value("beta")
    page.keyboard.type("typed")
    expect(field).to_have_value("half-typed")
    expect(page.get_by_label("Tess Half", exact=True)).to_be_checked()
    page = go(paula, "/console")
    page.get_by_role("button", name="Turn off now").click()
    expect(page.get_by_role("button", name="Cut reactions")).to_be_visible()
    page.get_by_role("button", name="Cut web-speaking").focus()
    save_percent(ben, 44)
    go(ben, "/console").get_by_role("button", name="Turn off now").click()
    ben.page.get_by_role("button", name="Cut reactions").click()
    expect(page.get_by_role("button", name="Cut reactions")).to_have_count(0)
    expect(page.get_by_role("button", name="Cut web-speaking")).to_be_focused()


def test_what_changes_while_a_page_is_loaded_is_not_missed(
    app: RunningApp, paula: Somebody
) -> None:
    tess, asked = app.person("Tess Early", "alpha"), list[str]()

    def move(route: Route) -> None:
        app.move(tess, "beta")
        asked.append(route.request.url)
        route.continue_()

    paula.page.route("**/live_refresh.js", move)
    page = go(paula, "/console/people")
    expect(page.get_by_label("Cohort of Tess Early")).to_have_value("beta")
    assert len(asked) == 1
    paula.page.unroute("**/live_refresh.js", move)


def test_the_chart_draws_what_the_table_says(app: RunningApp, paula: Somebody, come: Come) -> None:
    go(come("Tess"), "/")
    page = go(paula, f"/console/decisions?feature={WEB_SPEAKING}")
    picture = page.get_by_role("img", name="Answers over time")
    expect(picture).to_be_visible()
    expect(picture.locator("polyline")).not_to_have_count(0)
    lines = picture.locator("polyline")
    series = page.locator(".legend li")
    assert lines.count() == series.count()
    for number in range(series.count()):
        column = page.locator(f"table.counts tbody td:nth-of-type({number + 1})")
        counts = [int(text) for text in column.all_text_contents()][::-1]
        points = (lines.nth(number).get_attribute("points") or "").split()
        heights = [float(point.split(",")[1]) for point in points]
        assert len(heights) == len(counts)
        for (low, up), (less, more) in zip(pairwise(heights), pairwise(counts), strict=True):
            assert (low > up) == (less < more), "higher where the table counts more"
        assert int(series.nth(number).locator("strong").inner_text()) == sum(counts)
    tops = page.evaluate(
        "async () => (await import('/console/static/chart.js')).ceiling"
        " && Promise.all([0, 4, 5, 11, 99, 1000, 1001].map(async n =>"
        " (await import('/console/static/chart.js')).ceiling(n)))"
    )
    assert tops == [4, 4, 8, 20, 100, 1000, 2000], "round numbers that no count exceeds"


def test_the_table_follows_people_and_definitions(
    app: RunningApp, paula: Somebody, come: Come
) -> None:
    page = go(paula, "/console")
    row = page.get_by_role("row").filter(has_text=REACTIONS)
    here = row.get_by_role("cell").nth(4)
    before = int(here.inner_text())
    go(come("Tess"), "/")
    expect(here).to_have_text(str(before + 1))
    app.flags.set_rollout(REACTIONS, 30, "Ben")
    expect(row).to_contain_text("30 %")
    expect(row).to_contain_text("Ben: percentage from 100 % to 30 %, drain")


def test_what_somebody_types_stays_theirs_and_the_others_change_is_told(
    app: RunningApp, paula: Somebody
) -> None:
    page = go(paula, FEATURE)
    field = page.get_by_label("Percent of each cohort")
    field.fill("40")
    app.flags.set_rollout(REACTIONS, 70, "Ben")
    expect(page.get_by_text("Something here has changed since you began")).to_be_visible()
    expect(field).to_have_value("40")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Changed in between")
    expect(page.get_by_role("row").filter(has_text="Ben")).to_contain_text("from 100 % to 70 %")
    expect(page.get_by_text("yours would replace theirs: the percentage")).to_be_visible()
    page.get_by_role("button", name="Apply mine over it").click()
    expect(page.get_by_label("Percent of each cohort")).to_have_value("40")
    assert app.flags.feature(REACTIONS).rollout == 40


def test_a_form_that_nobody_touched_follows(app: RunningApp, paula: Somebody) -> None:
    page = go(paula, FEATURE)
    app.flags.set_rollout(REACTIONS, 70, "Ben")
    expect(page.get_by_label("Percent of each cohort")).to_have_value("70")
    page.get_by_label("beta").check()
    page.get_by_role("button", name="Save changes").click()
    expect(said(page)).to_have_text("reactions: let beta in.")
    app.flags.set_cohort(REACTIONS, "beta", False, "a test")


def test_the_effect_is_shown_before_anything_is_saved(
    app: RunningApp, paula: Somebody, come: Come
) -> None:
    go(come("Bea", visitor=app.person("Bea", "beta")), "/")
    page = go(paula, FEATURE)
    form = page.get_by_role("region", name="Who has it")
    before = app.flags.revision()
    form.get_by_label("beta").focus()
    page.keyboard.press("Space")
    told = form.get_by_role("status")
    expect(told).to_contain_text(", 1 connected now")
    gained = told.locator("p").first.inner_text()
    assert gained.startswith("+ ")
    assert app.flags.revision() == before
    form.get_by_label("tray, in percent").fill("60")
    expect(told).to_have_text("The shares add up to 110 %. They must make 100 %.")
    form.get_by_label("tapback, in percent").fill("40")
    expect(told).to_contain_text(gained)
    page.get_by_role("button", name="Save changes").click()
    expect(said(page)).to_contain_text("let beta in; variants to")
    app.flags.set_cohort(REACTIONS, "beta", False, "a test")
    app.flags.set_variants(REACTIONS, {"tray": 500, "tapback": 500}, "a test")


def test_a_schedule_is_chosen_and_shown_in_the_persons_zone(app: RunningApp, come: Come) -> None:
    visitor = app.person("Paula", "staff", roles=("product_manager",))
    paula = come("Paula", visitor=visitor, timezone_id="Asia/Tokyo")
    page = go(paula, FEATURE)
    schedule = page.get_by_role("region", name="Schedule")
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    schedule.get_by_label("Turn off").check()
    schedule.get_by_label("When (Asia/Tokyo)").fill(f"{day}T10:30")
    schedule.get_by_role("button", name="Schedule it").click()
    time = page.get_by_role("region", name="Schedule").get_by_role("listitem").locator("time")
    expect(time).to_have_attribute("datetime", f"{day}T01:30:00+00:00")
    expect(time).to_contain_text("(Asia/Tokyo)")
    page.get_by_role("button", name="Cancel turning off").click()
    expect(said(page)).to_have_text("It will not happen.")


def test_copies_the_link_of_an_invitation(paula: Somebody) -> None:
    page = go(paula, "/console/people")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Make invitation").click()
    page.get_by_role("button", name="Copy link").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{paula.visitor.base_url}/i/")


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_fits_a_small_screen(app: RunningApp, come: Come, locale: str) -> None:
    visitor = app.person("Paula Longname-Example", "staff", roles=("product_manager",))
    paula = come("Paula", visitor=visitor, locale=locale, viewport=PHONE)
    for path in PAGES:
        page = go(paula, path)
        page.locator("[popovertarget=turn-off]").first.click()
        expect(page.locator("#turn-off form").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
