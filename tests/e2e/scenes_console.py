"""The console's pages as product managers meet them, those of trouble among them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing as closed_after
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from flags.catalogue import REACTIONS, WEB_LISTENING, WEB_SPEAKING
from flags.sources.interface import Closing
from tests.e2e.company import Company
from tests.e2e.person import Somebody
from tests.e2e.scenes import BY, Scene

FEATURE = f"/features/{REACTIONS}"
GOOD = "name,cohort,followers,country\nZoé Martin,beta,120,FR\nBo Lind,alpha,40,SE\n"
BAD = "name,cohort,followers\nZoé Martin,gamma,12\n,beta,3\nBo Lind,alpha,many\n"


def console_scenes(company: Company) -> Iterator[Scene]:
    """Changes definitions and people on the way; everything is on again afterwards."""
    product = company.come("Priya", "staff", roles=("product_manager",))
    yield from _conflicts(company, product)
    yield from _waiting(company, product)
    yield from _people(company, product)
    yield from _trouble(company, product)


def _goes(company: Company, who: Somebody, path: str) -> Page:
    who.page.goto(f"{company.app.base_url}/console{path}")
    return who.page


def _conflicts(company: Company, product: Somebody) -> Iterator[Scene]:
    flags = company.app.flags
    flags.set_rollout(REACTIONS, 90, BY)
    page = _goes(company, product, FEATURE)
    page.get_by_label("Percent of each cohort").fill("40")
    flags.set_rollout(REACTIONS, 70, "Ben")
    expect(page.locator("[data-stale]")).to_be_visible()
    yield Scene("console-changed-meanwhile", page)
    product.presses("Save changes")
    yield Scene("console-conflict", page)
    page = _goes(company, product, FEATURE)
    page.get_by_label("beta").check()
    flags.set_rollout(REACTIONS, 60, "Ben")
    product.presses("Save changes")
    yield Scene("console-merge", page)
    page = _goes(company, product, FEATURE)
    page.get_by_role("button", name="Undo: percentage from 100 % to 90 %").first.click()
    yield Scene("console-undo-refused", page)
    flags.turn_off(REACTIONS, Closing.DRAIN, BY)
    flags.turn_off(WEB_LISTENING, Closing.DRAIN, BY)
    page = _goes(company, product, FEATURE)
    product.presses("Turn on")
    yield Scene("console-needs-parent", page)
    for key in (WEB_LISTENING, REACTIONS):
        flags.turn_on(key, BY)
    flags.set_rollout(REACTIONS, 100, BY)


def _waiting(company: Company, product: Somebody) -> Iterator[Scene]:
    page = _goes(company, product, f"/features/{WEB_SPEAKING}")
    product.presses("Protect it")
    page.get_by_label("Percent of each cohort").fill("30")
    product.presses("Propose changes")
    ben = company.come("Ben", "staff", roles=("product_manager",))
    page = _goes(company, ben, f"/features/{WEB_SPEAKING}")
    expect(page.get_by_role("button", name="Agree")).to_be_visible()
    yield Scene("console-proposal", page)
    ben.presses("Decline")
    product.page.reload()
    product.presses("Propose to unprotect it")
    page.reload()
    ben.presses("Agree")
    yield Scene("console-agreed", page)
    yield Scene("console-history-people", _goes(company, ben, "/history/people"))


def _people(company: Company, product: Somebody) -> Iterator[Scene]:
    page = _goes(company, product, "/people/import")
    for name, text in (("console-import-problems", BAD), ("console-import-preview", GOOD)):
        file = {"name": "people.csv", "mimeType": "text/csv", "buffer": text.encode()}
        page.get_by_label("CSV file").set_input_files([file])  # type: ignore[list-item]
        product.presses("Check the file")
        yield Scene(name, page)
    product.presses("Add 2 people")
    yield Scene("console-imported", page)
    page = _goes(company, product, "/people?cohort=alpha")
    for box in page.locator("[name=who]").all()[:3]:
        box.check()
    page.get_by_label("Move those chosen to").select_option("beta")
    product.presses("See what it does")
    yield Scene("console-move", page)


def _trouble(company: Company, product: Somebody) -> Iterator[Scene]:
    company.app.flags.turn_off(REACTIONS, Closing.DRAIN, BY)
    with _database(company) as database:
        long_ago = datetime.now(UTC) - timedelta(days=41)
        database.execute("update definition_changes set at = ?", (long_ago.isoformat(" "),))
    yield Scene("console-stale", _goes(company, product, "/stale"))
    page = _goes(company, product, "")
    with _database(company) as database:
        database.execute("alter table feature_definitions rename to hidden")
    expect(page.get_by_role("alert")).to_be_visible()
    yield Scene("console-lost", page)
    with _database(company) as database:
        database.execute("alter table hidden rename to feature_definitions")
    expect(page.get_by_role("alert")).to_be_hidden()
    company.app.flags.turn_on(REACTIONS, BY)


def _database(company: Company) -> closed_after[sqlite3.Connection]:
    """Whoever stands behind the product; what they do is done at once."""
    file = company.app.folder / "soundcheck.sqlite3"
    return closed_after(sqlite3.connect(file, isolation_level=None, timeout=10))
