"""What Unleash tells us (its webhook), and what we tell it (how often features were answered)."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import make_server

from flags.catalogue import REACTIONS, WEB_SPEAKING
from flags.sources.embedded import utc_now
from flags.sources.unleash.admin_api import UnleashApi
from script.servers.unleash import UnleashServer
from tests.harness.house import House
from tests.harness.waits import until
from tests.unleash.conftest import HOOK_KEY
from tests.unleash.test_outage import follow, ready
from tests.unleash.unleash_user import PATIENCE, Colleague
from webapp.app.services import Core
from webapp.feature_flags.unleash import poller
from webapp.feature_flags.unleash.webhook import Hook


@pytest.fixture
def house(unleash: UnleashServer, prefix: str, tmp_path: Path, hooked_url: str) -> Iterator[House]:
    """The app where Unleash can call it."""
    (tmp_path / "secret-key").write_bytes(HOOK_KEY)
    house = House(tmp_path, base_url=hooked_url, **settings(unleash, prefix))
    port = urlsplit(hooked_url).port or 0
    server = make_server("127.0.0.1", port, house.app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    follow(house, lambda: ready(house)[0] == 200, "readiness")
    yield house
    server.shutdown()
    serving.join()
    server.server_close()
    house.close()


@pytest.fixture
def uncalled(unleash: UnleashServer, prefix: str, tmp_path: Path) -> Iterator[House]:
    """The app where Unleash finds nobody."""
    house = House(tmp_path / "uncalled", **settings(unleash, prefix))
    follow(house, lambda: ready(house)[0] == 200, "readiness")
    yield house
    house.close()


def settings(unleash: UnleashServer, prefix: str) -> dict[str, Any]:
    """Of an app that has its definitions there."""
    return {
        "unleash_url": f"{unleash.url}/api/",
        "unleash_backend_token": unleash.backend_token,
        "unleash_admin_token": unleash.admin_token,
        "unleash_prefix": prefix,
        "unleash_timeout": 20,
    }


def hook_of(core: Core) -> Hook:
    assert core.upstream is not None
    return core.upstream.hook


def ours(api: UnleashApi, base_url: str) -> list[dict[str, Any]]:
    return [hook for hook in api.webhooks() if f"{base_url} " in str(hook["description"])]


class TestBeingTold:
    def test_a_change_is_fetched_when_unleash_says_so(
        self, house: House, ana: Colleague, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Whatever is seen from here on is not because of a look that was due anyway.
        told_before = time.monotonic() + poller.HURRY_SECONDS
        monkeypatch.setattr(poller, "LOOK_SECONDS", (3600.0, 3600.0))
        monkeypatch.setattr(poller, "HURRY_SECONDS", PATIENCE)
        source = house.core.source
        follow(house, lambda: time.monotonic() > told_before, "what was under way")
        ana.switch(REACTIONS, False)
        follow(house, lambda: not source.feature(REACTIONS).enabled, "Unleash to call")

    def test_what_it_says_too_early_is_looked_for_again(
        self, uncalled: House, ana: Colleague, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(poller, "LOOK_SECONDS", (3600.0, 3600.0))
        monkeypatch.setattr(poller, "HURRY_SECONDS", PATIENCE)
        uncalled.browser().post(hook_of(uncalled.core).path)
        uncalled.tick()  # looks at once, and there is nothing yet
        source = uncalled.core.source
        assert source.feature(REACTIONS).enabled
        ana.switch(REACTIONS, False)
        follow(uncalled, lambda: not source.feature(REACTIONS).enabled, "another look")

    def test_the_webhook_is_made_once(
        self, house: House, api: UnleashApi, unleash: UnleashServer
    ) -> None:
        (first,) = ours(api, house.core.settings.base_url)
        assert first["enabled"]
        for key in (HOOK_KEY, HOOK_KEY, b"another key"):
            # At an address where nobody is: the one of the house is needed by others.
            Hook(api, unleash.url, "http://127.0.0.1:9", key).register()
        (second,) = ours(api, "http://127.0.0.1:9")
        assert second["enabled"]
        assert ours(api, house.core.settings.base_url) == [first]

    def test_unleash_elsewhere_is_not_asked_to_call_this_machine(self, api: UnleashApi) -> None:
        before = api.webhooks()
        Hook(api, "https://unleash.example", "http://localhost:5000", b"key").register()
        assert api.webhooks() == before


class TestTheAddress:
    def test_the_right_secret_is_heard_whatever_is_sent(self, house: House) -> None:
        path = hook_of(house.core).path
        for body in (b"", b"{}", b"\xff\x00", b'{"type": "feature-archived"}'):
            answer = house.browser().post(path, data=body)
            assert (answer.status_code, answer.data) == (204, b"")
        source = house.core.source
        revision = source.revision()
        house.tick()
        assert source.revision() == revision, "a delivery is not believed: it makes us look"

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
    def test_other_methods_find_nothing(self, house: House, method: str) -> None:
        path = hook_of(house.core).path
        assert same(house, method, path, "/nothing/here")

    def test_other_secrets_find_nothing(self, house: House) -> None:
        path = hook_of(house.core).path
        for wrong in (f"{path[:-1]}x", f"{path}0", "/hooks/unleash/", "/hooks/unleash/é", "/hooks"):
            assert same(house, "POST", wrong, "/nothing/here")

    def test_without_unleash_there_is_no_such_page(self, tmp_path: Path) -> None:
        other = House(tmp_path / "other")
        assert not [rule for rule in other.app.url_map.iter_rules() if "hooks" in rule.rule]
        other.close()


def same(house: House, method: str, path: str, nowhere: str) -> bool:
    """Is there, for strangers and for people, no more at one address than at the other?"""
    people = [None, house.guest("Tomas"), house.guest("Olga", "public")]
    for guest in people:
        found, nothing = (house.browser(guest).open(at, method=method) for at in (path, nowhere))
        if (found.status_code, found.data) != (nothing.status_code, nothing.data):
            return False
    return True


class TestReporting:
    def test_counts_reach_unleash(self, house: House, ana: Colleague, prefix: str) -> None:
        insiders = [house.guest(f"Insider {n}") for n in range(8)]
        outsider = house.guest("Olga", "public")
        upstream, decide = house.core.upstream, house.core.gating.decide
        assert upstream is not None
        # Unleash's own time: it shows nothing of tomorrow.
        house.clock.now = utc_now()
        upstream.reporting.send()
        variants = Counter(decide(guest.person, REACTIONS).variant for guest in insiders)
        assert not decide(outsider.person, REACTIONS).enabled
        assert decide(insiders[0].person, WEB_SPEAKING).enabled
        upstream.reporting.send()

        def shown(key: str) -> Counter[str]:
            path = f"/api/admin/client-metrics/features/{prefix}{key}/raw"
            rows = [row for row in ana.get(path)["data"] if row["appName"] == "soundcheck"]
            total: Counter[str] = Counter()
            for row in rows:
                total.update({"yes": row["yes"], "no": row["no"], **row.get("variants", {})})
            return +total

        expected = Counter({"yes": 8, "no": 1, **variants})
        # Unleash keeps what it is told for up to a minute before it shows it.
        until(lambda: shown(REACTIONS) == expected, "Unleash's figures", 2 * PATIENCE)
        until(lambda: shown(WEB_SPEAKING) == Counter(yes=1), "Unleash's figures", PATIENCE)
        page = ana.get(f"/api/admin/client-metrics/features/{prefix}{REACTIONS}")["lastHourUsage"]
        assert sum(row["yes"] for row in page) == 8
