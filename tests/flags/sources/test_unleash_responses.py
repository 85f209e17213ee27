"""Answers of Unleash that are well-formed, and not what was asked for: it counts as away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from flags.catalogue import REACTIONS
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import BadEdit, SourceUnavailable
from flags.sources.memory import MemoryStore
from flags.sources.unleash.admin_api import UnleashApi
from flags.sources.unleash.http_client import understood
from flags.sources.unleash.source import UnleashSource
from tests.harness.flags import Clock

FEATURE = f"/api/admin/projects/default/features/{REACTIONS}"
SEGMENTS = "/api/admin/segments"
CLIENT = "/api/client/features"
ADDONS = "/api/admin/addons"


def feature(**environment: Any) -> dict[str, Any]:
    here = {"name": "development", "enabled": True, "strategies": [], **environment}
    return {"name": REACTIONS, "description": "", "environments": [here]}


def client(**of_feature: Any) -> dict[str, Any]:
    whole = {"name": REACTIONS, "enabled": True, "strategies": [], **of_feature}
    return {"features": [whole], "meta": {"revisionId": 9}}


class Odd(ThreadingHTTPServer):
    """Says what a test wants it to say at each address; nothing elsewhere."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.says: dict[str, Any] = {
            FEATURE: feature(),
            SEGMENTS: {"segments": []},
            CLIENT: client(),
            "/api/admin/search/events": {"events": []},
        }


class _Handler(BaseHTTPRequestHandler):
    server: Odd

    def do_GET(self) -> None:
        content = json.dumps(self.server.says.get(self.path.partition("?")[0], {})).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def odd() -> Iterator[Odd]:
    with Odd() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def source(odd: Odd) -> Iterator[UnleashSource]:
    """Knows everything as the catalogue says."""
    store, clock = MemoryStore(), Clock()
    EmbeddedSource(store, clock).seed()
    api = UnleashApi(f"http://127.0.0.1:{odd.server_port}", "admin", "default:development.x")
    yield UnleashSource(api, store, clock)
    api.close()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (FEATURE, {}),
        (FEATURE, {"environments": None}),
        (FEATURE, feature(enabled="perhaps")),
        (FEATURE, {"name": REACTIONS, "environments": [{"name": "development"}]}),
        (FEATURE, feature(strategies=["default"])),
        (FEATURE, feature(strategies=[{"name": "default"}])),
        (FEATURE, feature(strategies=[{"name": "flexibleRollout", "constraints": [{}]}])),
        (FEATURE, feature(strategies=[{"name": "flexibleRollout", "parameters": [1]}])),
        (SEGMENTS, {}),
        (SEGMENTS, {"segments": [{"name": "cohort alpha"}]}),
    ],
)
def test_an_edit_is_refused_as_if_unleash_were_away(
    odd: Odd, source: UnleashSource, address: str, said: dict[str, Any]
) -> None:
    odd.says[address] = said
    with pytest.raises(SourceUnavailable, match="something else than"):
        source.set_rollout(REACTIONS, 20, "Paula")
    assert "something else than" in source.contact.problem


@pytest.mark.parametrize(
    "strategy",
    [
        {"name": "flexibleRollout", "variants": [{"weight": 1000}]},
        {"name": "flexibleRollout", "constraints": ["alpha"]},
        {"name": "flexibleRollout", "constraints": [{"operator": "IN"}]},
    ],
)
def test_what_sdks_are_given_must_make_sense(
    odd: Odd, source: UnleashSource, strategy: dict[str, Any]
) -> None:
    parameters = {"stickiness": "userId", "groupId": "soundcheck", "rollout": "100"}
    odd.says[CLIENT] = client(strategies=[{"parameters": parameters, **strategy}])
    before = source.feature(REACTIONS)
    with pytest.raises(SourceUnavailable, match="something else than"):
        source.sync()
    assert source.feature(REACTIONS) == before


@pytest.mark.parametrize("said", [{}, {"addons": [{}]}, {"addons": [{"provider": "webhook"}]}])
def test_webhooks_that_are_none(odd: Odd, source: UnleashSource, said: dict[str, Any]) -> None:
    odd.says[ADDONS] = said
    with pytest.raises(SourceUnavailable, match="something else than webhooks"):
        source.api.webhooks()


def test_an_edit_that_makes_no_sense_stays_the_editors_own() -> None:
    with pytest.raises(BadEdit), understood("a feature"):
        raise BadEdit("a percentage is between 0 and 100")
