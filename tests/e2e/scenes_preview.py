"""Looking at the product through somebody's eyes, and through two pairs of them at once."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import expect

from tests.e2e.company import Company
from tests.e2e.person import Somebody
from tests.e2e.scenes import Scene

TITLE = "Lighthouses: keepers who stayed"


def preview_scenes(company: Company) -> Iterator[Scene]:
    """Preview and Compare, in a Space of their own."""
    host = company.come("Hedda", followers=900, speaks="host")
    host.hosts(TITLE)
    quinn = company.come("Quinn", "staff", roles=("qa",))
    yield from _preview(quinn)
    yield from _compare(quinn, host)
    host.presses("End Space", "End for everybody")


def _preview(quinn: Somebody) -> Iterator[Scene]:
    quinn.page.goto(f"{quinn.visitor.base_url}/qa/preview")
    quinn.page.get_by_label("Seen as").select_option(label="Quiet listener")
    quinn.page.get_by_label("reactions", exact=True).select_option(label="Forced open: tapback")
    quinn.presses("Make preview")
    yield Scene("qa-preview", quinn.page)
    quinn.button("Open preview").click()
    quinn.page.get_by_role("link", name=TITLE, exact=True).click()
    quinn.presses("Start listening")
    expect(quinn.page.get_by_role("list", name="Listening")).to_contain_text("QA")
    yield Scene("preview", quinn.page)
    quinn.presses("Leave preview")
    yield Scene("preview-over", quinn.page)


def _compare(quinn: Somebody, host: Somebody) -> Iterator[Scene]:
    page = quinn.page
    page.goto(f"{quinn.visitor.base_url}/qa/compare")
    for number, variant in ((1, "tray"), (2, "tapback")):
        group = page.get_by_role("group", name=f"Pane {number}")
        group.get_by_label("Seen as").select_option(label="Newcomer in alpha")
        group.get_by_label("reactions").select_option(label=f"Forced open: {variant}")
    yield Scene("qa-compare", page)
    quinn.presses("Compare")
    page.get_by_label("Do in all panes what I do in one").check()
    first, second = (
        page.frame_locator(f"section.pane:nth-of-type({number}) iframe") for number in (1, 2)
    )
    expect(second.get_by_role("button", name=f"React to {host.name}")).to_be_visible()
    # By keyboard: a pointer reaches it only where the page around it happens to be scrolled to.
    first.get_by_role("button", name="Start listening").press("Enter")
    expect(second.get_by_role("button", name="Stop listening")).to_be_visible()
    first.get_by_role("button", name="React", exact=True).press("Enter")
    expect(page.locator("#mirrored")).to_contain_text("Not there in pane 2")
    yield Scene("qa-compare-run", page)
    page.get_by_label("reactions").last.select_option(label="Failed")
    quinn.presses("Keep this run")
    expect(page.get_by_role("status").filter(has_text="Kept.")).to_be_visible()
    yield Scene("qa-compare-kept", page)
