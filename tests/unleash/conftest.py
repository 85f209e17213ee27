"""One real Unleash server for all tests here; each of them has features of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from flags.sources.memory import MemoryStore
from flags.sources.unleash.admin_api import UnleashApi
from flags.sources.unleash.source import UnleashSource
from script.servers.tcp_ports import free_port
from script.servers.unleash import UnleashServer
from tests.harness.flags import Clock
from tests.unleash.unleash_user import Colleague
from webapp.feature_flags.unleash.webhook import Hook

HOOK_KEY = b"of the app that Unleash calls"
"""Put it into the app's `secret-key`: then the webhook is its own."""


@pytest.fixture(scope="session")
def hooked_url() -> str:
    """Where an app under test can be called by Unleash; see `HOOK_KEY`."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="session")
def unleash(tmp_path_factory: pytest.TempPathFactory, hooked_url: str) -> Iterator[UnleashServer]:
    with UnleashServer(tmp_path_factory.mktemp("unleash")) as server:
        api = UnleashApi(server.url, server.admin_token, server.backend_token, timeout=20)
        Hook(api, server.url, hooked_url, HOOK_KEY).register()
        api.close()
        # Unleash looks for new webhooks once a minute, and when it has just started.
        server.stop_server()
        server.start_server()
        yield server


@pytest.fixture
def prefix() -> str:
    """Features of this test's own: an Unleash from which one is deleted right after something
    happened to it goes down."""
    return f"t{secrets.token_hex(4)}."


@pytest.fixture
def api(unleash: UnleashServer, prefix: str) -> Iterator[UnleashApi]:
    api = UnleashApi(unleash.url, unleash.admin_token, unleash.backend_token, prefix, timeout=20)
    yield api
    api.close()


@pytest.fixture
def source(api: UnleashApi) -> UnleashSource:
    """Seeded, with a mirror of its own."""
    source = UnleashSource(api, MemoryStore(), Clock())
    source.seed()
    return source


@pytest.fixture
def ana(unleash: UnleashServer, prefix: str) -> Iterator[Colleague]:
    """Somebody who works in Unleash's own interface."""
    with Colleague(unleash, "ana", prefix) as colleague:
        yield colleague
