"""From a tap in a browser to the figures of QA."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from playwright.sync_api import Page, expect

from script.servers.janus import JanusServer
from tests.e2e.browsers import Browsers
from tests.e2e.company import Company
from tests.e2e.person import Somebody
from tests.e2e.speech import Speech
from tests.harness.server import RunningApp
from tests.webapp.experiments.recorded_rows import exposures, outcomes
from tests.webapp.experiments.synthetic_results import WANDERERS, fill
from webapp.infra.database import Database

TOLD = "() => performance.getEntriesByName('soundcheck:heard').length > 0"
"""The browser has measured its first sound, and the server has heard of it."""


def test_what_people_do_is_found_in_figures(
    janus: JanusServer, browsers: Browsers, speeches: dict[str, Speech], tmp_path: Path
) -> None:
    address = f"sqlite:///{tmp_path / 'soundcheck.sqlite3'}"
    with RunningApp(janus, tmp_path) as app:
        company = Company(app, browsers, speeches)
        host = company.come("Hana", followers=1200, speaks="host")
        host.hosts("Counted")
        listener = company.come("Lena", "beta")
        listener.opens_space("Counted")
        listener.presses("Start listening")
        listener.sees_talking(host)
        listener.page.wait_for_function(TOLD)
        company.leave()
        app.stop(signal.SIGTERM)
        _look_at_what_was_written(address, listener, host)

        fill(address)
        app.start()
        quinn = company.come("Quinn", "staff", roles=("qa",))
        page = quinn.page
        page.goto(f"{app.base_url}/qa/figures?feature=reactions&period=all")
        expect(page.get_by_role("heading", name="tapback beside tray")).to_be_visible()
        row = page.get_by_role("row").filter(has_text="Reactions")
        expect(row).to_contain_text("better")
        _leave_out_wanderers(page)
        with page.expect_download() as download:
            page.get_by_role("link", name="Download JSON").click()
        told = json.loads(Path(download.value.path()).read_text())
        assert (told["by"], told["staying"]) == ("space", True)
        company.leave()
    assert company.complaints == []


def _leave_out_wanderers(page: Page) -> None:
    """A check of how much hangs on them; the address keeps it."""
    page.get_by_label(f"Leave out people who were in Spaces of both variants ({WANDERERS}").check()
    page.get_by_role("button", name="Show").click()
    left_out = f"{WANDERERS} people were in Spaces of different variants, and are left out."
    expect(page.get_by_text(left_out)).to_be_visible()
    assert "wanderers=out" in page.url


def _look_at_what_was_written(address: str, listener: Somebody, host: Somebody) -> None:
    db = Database(address)
    [first] = outcomes(db, "first_sound_ms")
    assert first.person == listener.visitor.id
    assert 0 < first.total < 15_000
    assert {m.person for m in exposures(db, "web-hosting")} >= {host.visitor.id}
    assert any(o.person == listener.visitor.id for o in outcomes(db, "listening_s"))
    assert any(o.person == host.visitor.id for o in outcomes(db, "speaking_s"))
    db.close()
