"""A tester reports a problem, QA looks into it and answers; sound is measured meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.e2e.conftest import Come
from tests.e2e.person import Somebody
from tests.e2e.speech import Speech
from tests.e2e.test_pages import PHONE, TOO_WIDE
from tests.e2e.test_preview import ear_of, pane
from tests.e2e.variants import Dealing
from tests.harness.waits import until

MEASURED = (
    "async () => ((await import('/static/js/diagnostics-log.js')).attached('sound') ?? []).length"
    " > 5"
)
SOCKETS = re.compile(r"/socket\.io/")


class Line:
    """The socket of one page, which a test may cut; the rest of the network stays."""

    def __init__(self, somebody: Somebody) -> None:
        self._page = somebody.page
        self._open: list[WebSocketRoute] = []
        self._cut = False
        self._page.route_web_socket(SOCKETS, self._handle)

    def cut(self) -> None:
        self._cut = True
        self._page.route(SOCKETS, lambda route: route.abort())
        for socket in self._open:
            socket.close()

    def _handle(self, socket: WebSocketRoute) -> None:
        if self._cut:
            socket.close()
        else:
            socket.connect_to_server()
            self._open.append(socket)


@pytest.fixture
def host(come: Come, numbers: Iterator[int]) -> Somebody:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts(f"Night trains {next(numbers)}")
    return host


def dialog(somebody: Somebody) -> Locator:
    return somebody.page.get_by_role("dialog", name="Report a problem")


def reports(somebody: Somebody, text: str) -> None:
    """Writes and sends it."""
    somebody.presses("Report a problem")
    dialog(somebody).get_by_role("textbox", name="What happened?").fill(text)
    somebody.presses("Send report")


def test_a_report_without_a_socket_comes_back_with_a_note(come: Come, host: Somebody) -> None:
    tester = come("Tomas")
    line = Line(tester)
    tester.opens_space(host.title)
    tester.presses("Start listening")
    tester.hears(host)
    until(lambda: tester.page.evaluate(MEASURED), "measured sound")
    line.cut()
    tester.reads("Reconnecting…")

    tester.presses("Report a problem")
    asked = dialog(tester)
    asked.get_by_text("What will be sent").click()
    shown = asked.get_by_role("definition")
    expect(shown.filter(has_text="s measured")).to_be_visible()
    expect(shown.filter(has_text="web-speaking")).to_be_visible()
    asked.get_by_text("Exactly as it is sent").click()
    exact = asked.get_by_role("region", name="Exactly as it is sent")
    expect(exact).to_contain_text('"connected": false')
    expect(exact).not_to_contain_text("127.0.0.1")
    tester.presses("Send report")
    expect(asked.get_by_role("alert")).to_have_text("Write a few words first.")
    asked.get_by_role("textbox", name="What happened?").fill("The line went, and stayed away.")
    tester.presses("Send report")
    expect(tester.heading("Thank you")).to_be_visible()
    tester.presses("Close")

    quinn = come("Quinn", "staff", roles=("qa",))
    looks_into_it(quinn, "The line went, and stayed away.")
    quinn.page.get_by_role("textbox", name="Note to Tomas").fill("Mended tonight. Thank you!")
    quinn.presses("Close report")
    quinn.reads("Closed by Quinn")

    with tester.page.expect_response(re.compile("/read$")):
        tester.page.goto(f"{tester.visitor.base_url}/account")
        expect(tester.heading("QA has answered your report")).to_be_visible()
    tester.page.reload()
    expect(tester.heading("Your reports")).to_be_visible()
    expect(tester.heading("QA has answered your report")).to_have_count(0)
    tester.reads("Mended tonight. Thank you!")


def looks_into_it(quinn: Somebody, text: str) -> None:
    """From the inbox to what the tester saw."""
    quinn.page.goto(f"{quinn.visitor.base_url}/qa/inbox")
    quinn.page.get_by_role("link", name=text).click()
    row = quinn.page.get_by_role("row").filter(has_text="web-speaking")
    expect(row.get_by_role("cell").first).to_contain_text("Open")
    expect(quinn.page.get_by_role("img", name=re.compile(r"^Score .*: \d"))).to_be_visible()
    quinn.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    until(lambda: quinn.page.evaluate(TOO_WIDE) == [], "a page that fits")
    with quinn.page.context.expect_page() as opened:
        quinn.presses("See it as this person did")
    eyes = opened.value
    expect(eyes.get_by_role("complementary", name="Preview")).to_contain_text("As Tomas")
    expect(eyes.get_by_role("button", name="Request to speak")).to_be_visible()
    expect(eyes.get_by_role("button", name="Report a problem")).to_have_count(0)
    eyes.close()


def test_a_report_is_compared_with_the_other_variant(
    come: Come, dealing: Dealing, host: Somebody
) -> None:
    dealing("tray")
    tester = come("Tomas")
    tester.opens_space(host.title)
    tester.presses("Start listening")
    reports(tester, "The tray covers the crowd")
    expect(tester.heading("Thank you")).to_be_visible()

    quinn = come("Quinn", "staff", roles=("qa",))
    page = quinn.page
    page.goto(f"{quinn.visitor.base_url}/qa/inbox")
    page.get_by_role("link", name="The tray covers the crowd").click()
    page.get_by_role("link", name="Compare with another variant").click()
    quinn.presses("Compare")
    page.get_by_label("Do in all panes what I do in one").check()
    pane(page, 1).get_by_role("button", name="React", exact=True).wait_for()
    pane(page, 2).get_by_role("button", name=f"React to {host.name}").wait_for()
    pane(page, 1).get_by_role("button", name="Start listening").click()
    for number in (1, 2):
        page.get_by_role("button", name=f"Hear pane {number}").click()
        ear_of(page, number).hears(speech_of(host))


def speech_of(somebody: Somebody) -> Speech:
    assert somebody.speech is not None
    return somebody.speech


def test_a_report_without_a_network_is_sent_when_it_is_back(come: Come) -> None:
    tester = come("Tomas", locale="fr-FR", viewport=PHONE)
    tester.goes_to("/")
    tester.page.context.set_offline(True)
    tester.presses("Signaler un problème")
    tester.page.get_by_role("textbox", name="Que s’est-il passé ?").fill("Plus rien.")
    tester.presses("Envoyer le signalement")
    expect(tester.heading("Gardé pour plus tard")).to_be_visible()
    tester.presses("Fermer")
    tester.page.context.set_offline(False)
    tester.reads("Votre signalement a été envoyé.")
    tester.page.goto(f"{tester.visitor.base_url}/account")
    tester.reads("Plus rien.")


def test_sound_is_measured_for_the_host_and_for_qa(come: Come, host: Somebody) -> None:
    quinn = come("Quinn", "staff", roles=("qa",), speaks="tester")
    quinn.opens_space(host.title)
    quinn.presses("Start listening")
    quinn.page.get_by_text("Sound panel", exact=True).click()
    score = re.compile("^Score, last minute: .* to 4")  # its best second: machines may be busy
    expect(quinn.page.get_by_role("img", name=score)).to_be_visible()
    expect(quinn.page.get_by_role("definition").filter(has_text="host / udp")).to_be_visible()
    expect(host.page.get_by_role("status").filter(has_text="Everybody hears well")).to_be_visible()
    quinn.gets_on_stage(host)
    expect(quinn.page.get_by_role("definition").filter(has_text="Stage")).to_be_visible()
