"""A real Janus for tests. In a conftest: ``from tests.harness.janus import janus``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from script.servers.janus import JanusServer


@pytest.fixture(scope="session")
def janus() -> Iterator[JanusServer]:
    """One Janus for the whole session: tests use names of their own in it."""
    with JanusServer() as server:
        yield server
