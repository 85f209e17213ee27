"""QA looks at the product through somebody's eyes, and through two pairs of them at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.e2e.company import Company
from tests.e2e.conftest import Come
from tests.e2e.ear import Ear
from tests.e2e.person import Somebody
from tests.harness.server import RunningApp

OPEN = "Open preview"

STREAM = re.compile(
    r"Path\s*HLS\s*Behind live\s*[1-9]\d*\.\d s\s*Ahead in the buffer\s*\d+\.\d s\s*Stalls\s*\d+"
    r"\s*Last segment loaded in\s*\d+ ms\s*Bandwidth\s*[1-9]\d* kbit/s"
)
"""How sound arrives that comes by HLS."""


@pytest.fixture
def quinn(come: Come) -> Somebody:
    """QA at work."""
    return come("Quinn", "staff", roles=("qa",))


@pytest.fixture
def host(come: Come, numbers: Iterator[int]) -> Somebody:
    """Live, and speaking."""
    host = come("Hana", followers=1200, speaks="host")
    host.hosts(f"Trains at night {next(numbers)}")
    return host


def looks_as(qa: Somebody, who: str, **forced: str) -> None:
    """Makes a preview and opens it."""
    qa.page.goto(f"{qa.visitor.base_url}/qa/preview")
    qa.page.get_by_label("Seen as").select_option(label=who)
    for key, state in forced.items():
        qa.page.get_by_label(key.replace("_", "-"), exact=True).select_option(label=state)
    qa.presses("Make preview")
    qa.button(OPEN).click()
    qa.page.locator("main[data-ready]").wait_for(state="attached")


def test_listening_only_has_no_trace_of_speaking(quinn: Somebody, host: Somebody) -> None:
    looks_as(quinn, "Quiet listener")
    asked: list[str] = []
    quinn.page.on("request", lambda request: asked.append(request.url))
    banner = quinn.page.get_by_role("complementary", name="Preview")
    expect(banner).to_contain_text("Preview: you see Soundcheck as “Quiet listener”.")
    quinn.page.get_by_role("link", name=host.title, exact=True).click()
    quinn.presses("Start listening")
    quinn.hears(host)
    quinn.has_no("Request to speak", "React")
    assert quinn.traces_now("speaking", "hosting", "reactions") == []
    assert [url for url in asked if re.search("/assets/(speaking|hosting|reactions)/", url)] == []
    assert [url for url in asked if "/assets/listening/" in url]
    expect(banner).to_be_in_viewport()
    expect(host.page.get_by_role("list", name="Listening")).to_contain_text("QA")


def test_a_forced_variant_and_the_end_of_it(quinn: Somebody, host: Somebody, come: Come) -> None:
    looks_as(quinn, "Quiet listener", reactions="Forced open: tapback")
    quinn.page.get_by_role("link", name=host.title, exact=True).click()
    quinn.button(f"React to {host.name}").press("Enter")
    quinn.presses("Heart")
    host.sees_float("❤️", on=host)
    paula = come("Paula", "staff", roles=("product_manager",))
    paula.page.goto(f"{paula.visitor.base_url}/qa/preview")
    paula.page.get_by_role("button", name="End now: preview as Quiet listener").first.click()
    expect(quinn.heading("The preview is over")).to_be_visible()
    quinn.page.get_by_role("link", name="To the previews").click()
    expect(quinn.page.get_by_text("Ended by Paula")).to_be_visible()


def pane(page: Page, number: int) -> FrameLocator:
    """What is in it is pressed by keyboard: a pointer reaches it only where the page around it
    happens to be scrolled to."""
    return page.frame_locator(f"section.pane:nth-of-type({number}) iframe")


def ear_of(page: Page, number: int) -> Ear:
    frames = [frame for frame in page.frames if "/p/" in frame.url]
    source = page.locator("section.pane iframe").nth(number - 1).get_attribute("src") or ""
    return Ear(next(frame for frame in frames if frame.url.endswith(source)))  # type: ignore[arg-type]


def compares(quinn: Somebody, host: Somebody, app: RunningApp, key: str, *variants: str) -> None:
    """A pane for each of these variants of a feature, in the host's Space."""
    page = quinn.page
    page.goto(f"{app.base_url}/qa/compare")
    page.get_by_label("Live Space").select_option(label=f"{host.title} ({host.name})")
    for number, variant in enumerate(variants, 1):
        group = page.get_by_role("group", name=f"Pane {number}")
        group.get_by_label("Seen as").select_option(label="Newcomer in alpha")
        group.get_by_label(key).select_option(label=f"Forced open: {variant}")
    quinn.presses("Compare")


def test_two_panes_in_one_space(
    quinn: Somebody, host: Somebody, app: RunningApp, company: Company
) -> None:
    page = quinn.page
    compares(quinn, host, app, "reactions", "tray", "tapback")
    page.get_by_label("Do in all panes what I do in one").check()
    first, second = pane(page, 1), pane(page, 2)
    expect(second.get_by_role("button", name=f"React to {host.name}")).to_be_visible()
    first.get_by_role("button", name="Start listening").press("Enter")
    for one in (first, second):
        expect(one.get_by_role("button", name="Stop listening")).to_be_visible()
    ears = ear_of(page, 1), ear_of(page, 2)
    assert host.speech is not None
    ears[0].hears(host.speech)
    ears[1].goes_silent()
    page.get_by_role("button", name="Hear pane 2").click()
    ears[1].hears(host.speech)
    ears[0].goes_silent()
    # What only one of them has cannot be repeated: that is said.
    first.get_by_role("button", name="React", exact=True).press("Enter")
    expect(page.locator("#mirrored")).to_contain_text("Pane 1: React Not there in pane 2")
    expect(page.locator("[data-kind=features]")).to_have_text(
        re.compile(r"- reactions tray \(forced\)\s+\+ reactions tapback \(forced\)")
    )
    for facts in page.locator("section.pane [data-sound]").all():
        expect(facts).to_contain_text(re.compile(r"First sound after the tap\s*\d+ ms"))
    page.get_by_label("reactions").last.select_option(label="Failed")
    page.get_by_label("Note").fill("The tray covers the crowd")
    quinn.presses("Keep this run")
    expect(page.get_by_role("status").filter(has_text="Kept.")).to_be_visible()
    picture = page.get_by_role("img", name="All panes in one picture")
    assert picture.evaluate("image => image.naturalWidth") > 400
    quinn.page.goto(f"{app.base_url}/qa/compare?feature=reactions")
    row = page.get_by_role("row").filter(has_text="The tray covers the crowd")
    expect(row).to_contain_text("reactions: Failed")
    row.get_by_role("link").click()
    expect(page.get_by_label("Note")).to_have_value("The tray covers the crowd")


def test_four_panes_are_heard_one_at_a_time(
    quinn: Somebody, host: Somebody, app: RunningApp
) -> None:
    page = quinn.page
    page.goto(f"{app.base_url}/qa/compare")
    page.get_by_label("Live Space").select_option(label=f"{host.title} ({host.name})")
    for number in range(1, 5):
        group = page.get_by_role("group", name=f"Pane {number}")
        group.get_by_label("Seen as").select_option(label="Newcomer in alpha")
    quinn.presses("Compare")
    page.get_by_label("Do in all panes what I do in one").check()
    for number in range(1, 5):
        expect(pane(page, number).get_by_role("button", name="Start listening")).to_be_visible()
    pane(page, 1).get_by_role("button", name="Start listening").press("Enter")
    assert host.speech is not None
    for number in (4, 2):
        page.get_by_role("button", name=f"Hear pane {number}").click()
        ear_of(page, number).hears(host.speech)
    ear_of(page, 4).goes_silent()


def test_how_late_a_stream_is_stands_beside_a_seat(
    quinn: Somebody, host: Somebody, app: RunningApp, come: Come
) -> None:
    page = quinn.page
    compares(quinn, host, app, "web-listening", "webrtc", "hls")
    for number in (1, 2):
        pane(page, number).get_by_role("button", name="Start listening").press("Enter")
    page.get_by_role("button", name="Hear pane 2").click()
    assert host.speech is not None
    ear_of(page, 2).hears(host.speech)
    seat, stream = page.locator("section.pane [data-sound]").all()
    expect(stream).to_contain_text(STREAM)
    expect(stream).not_to_contain_text("Packets received")
    expect(seat).to_contain_text(re.compile(r"Path\s*WebRTC.*Packets received\s*\d", re.DOTALL))
    page.route("**/hls/**", lambda route: route.abort())
    expect(stream).to_contain_text(re.compile(r"Stalls\s*[1-9]"))
    page.unroute("**/hls/**")
    expect(stream).to_contain_text(STREAM)
    quinn.presses("Keep this run")
    expect(page.get_by_role("status").filter(has_text="Kept.")).to_be_visible()
    paula = come("Paula", "staff", roles=("qa",))
    paula.page.goto(page.url)
    expect(paula.page.locator("dl.facts").last).to_contain_text(STREAM)
