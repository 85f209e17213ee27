"""One real Unleash server for all tests here; each of them begins without any feature."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.unleash import UnleashServer
from flags.catalogue import CATALOGUE
from flags.sources.memory import MemoryStore
from flags.sources.unleash import UnleashSource
from flags.sources.unleash_api import UnleashApi
from tests.common.flags import Clock
from tests.unleash.colleague import Colleague


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnleashServer]:
    with UnleashServer(tmp_path_factory.mktemp("unleash")) as server:
        yield server


@pytest.fixture
def unleash(running: UnleashServer) -> UnleashServer:
    """The server, without features."""
    api = UnleashApi(running.url, running.admin_token, running.backend_token)
    api.archive(list(CATALOGUE))
    api.delete(list(CATALOGUE))
    api.close()
    return running


@pytest.fixture
def api(unleash: UnleashServer) -> Iterator[UnleashApi]:
    api = UnleashApi(unleash.url, unleash.admin_token, unleash.backend_token)
    yield api
    api.close()


@pytest.fixture
def source(api: UnleashApi) -> UnleashSource:
    """Seeded, with a mirror of its own."""
    source = UnleashSource(api, MemoryStore(), Clock())
    source.seed()
    return source


@pytest.fixture
def ana(unleash: UnleashServer) -> Iterator[Colleague]:
    """Somebody who works in Unleash's own interface."""
    with Colleague(unleash, "ana") as colleague:
        yield colleague
