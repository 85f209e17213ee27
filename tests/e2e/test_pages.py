"""Every page in every scheme: for whom accessibility matters, for small screens, for the calm."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.e2e.company import Company
from tests.e2e.conftest import Come
from tests.e2e.pictures import SETTLE
from tests.e2e.scenes import scenes
from tests.e2e.variants import Dealing

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""The levels of WCAG 2.2 AA, as axe names them."""

COLOURS = ["color-contrast", "link-in-text-block"]
"""All that can differ between light and dark."""

AXES_OWN = "Applying inline style violates"
"""What the page's policy says to axe, which tries styles."""

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}

CHECK = """async rules => {
    const { violations } = await axe.run(document, { runOnly: rules });
    return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`));
}"""

TOO_WIDE = """() => {
    const out = node => node.getBoundingClientRect().right > innerWidth + 0.5;
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    return [...document.querySelectorAll("body *")].filter(out).map(node => node.outerHTML);
}"""

OUT_OF_REACH = """() => {
    const has = node => ["auto", "scroll"].includes(getComputedStyle(node).overflowX);
    const scrolls = node => node !== null && (has(node) || scrolls(node.parentElement));
    const out = node =>
        node.getBoundingClientRect().right > innerWidth + 0.5 && !scrolls(node.parentElement);
    return [...document.querySelectorAll("body *")].filter(out).map(node => node.outerHTML);
}"""
"""Also what the page cuts off, so that nothing scrolls: it cannot be reached either."""

MOVING = """() => document.getAnimations().filter(({ playState, effect }) =>
    playState === "running" && effect.getComputedTiming().duration > 1).map(
    ({ effect }) => effect.target.className)"""


def test_every_page_is_accessible_and_fits_a_small_screen(
    company: Company, dealing: Dealing
) -> None:
    # A dozen pages whose rings move at once leave no processor for looking at them.
    company.manner["reduced_motion"] = "reduce"
    troubles: dict[str, list[str]] = {}
    for scene in scenes(company, dealing):
        troubles[f"{scene.name}, light"] = _violations(scene.page, "light", WCAG)
        troubles[f"{scene.name}, dark"] = _violations(scene.page, "dark", COLOURS)
        scene.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        troubles[f"{scene.name}, small"] = scene.page.evaluate(TOO_WIDE)
        scene.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    for person in company.people:
        person.complaints = [line for line in person.complaints if AXES_OWN not in line]
    assert {where: what for where, what in troubles.items() if what} == {}


def test_longer_words_fit_a_small_screen_too(come: Come) -> None:
    host = come("Hana", followers=1200, speaks="host", locale="fr-FR", viewport=PHONE)
    host.goes_to("/")
    host.presses("Nouveau Space")
    assert host.page.evaluate(OUT_OF_REACH) == []
    host.page.get_by_role("textbox", name="Titre").fill("Histoires de wagons-lits")
    host.presses("Passer en direct")
    host.has("Terminer le Space")
    guest = come("Tomas", speaks="tester", locale="fr-FR", viewport=PHONE)
    guest.goes_to(urlsplit(host.page.url).path)
    guest.presses("Demander la parole")
    host.has("Accepter Tomas")
    for person in (host, guest):
        assert person.page.evaluate(OUT_OF_REACH) == []
    host.presses("Accepter Tomas")
    guest.has("Quitter la scène")
    for person in (host, guest):
        assert person.page.evaluate(OUT_OF_REACH) == []


def test_nothing_moves_for_whom_motion_is_unwelcome(come: Come) -> None:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts("Still waters")
    calm = come("Tomas", reduced_motion="reduce")
    calm.opens_space("Still waters")
    calm.presses("Start listening")
    calm.hears(host)
    calm.sees_talking(host)
    assert calm.page.evaluate(MOVING) == []
    expect(calm.circle(host)).not_to_have_attribute("style", re.compile("--level"))


def _violations(page: Page, scheme: Literal["light", "dark"], rules: list[str]) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    page.evaluate(SETTLE)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text("utf-8") + "; undefined")
    found: list[str] = page.evaluate(CHECK, rules)
    return found
