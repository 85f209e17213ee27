"""A real Janus, a real web process, real browsers with microphones that speak, and people."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect, sync_playwright

from flags.catalogue import CATALOGUE
from flags.sources.interface import Source
from script.servers.janus import JanusServer
from tests.e2e.browsers import Browsers
from tests.e2e.company import PATIENCE_MS, Company
from tests.e2e.person import Somebody
from tests.e2e.speech import Speech, recorded_speech, written_speech
from tests.e2e.variants import Dealing, dealing_of
from tests.harness.janus import janus
from tests.harness.server import RunningApp

__all__ = ["janus"]

expect.set_options(timeout=PATIENCE_MS)

BY = "product"
"""Who edits definitions in tests."""

Come = Callable[..., Somebody]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers come last: their loop would be in the way of tests that have one of their own."""
    items.sort(key=lambda item: Path(__file__).parent in item.path.parents)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def speeches(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Speech]:
    """By who says them: recorded people, and two synthetic voices."""
    folder = tmp_path_factory.mktemp("speech")
    written = [written_speech(name, folder) for name in ("tester", "second")]
    return {speech.name: speech for speech in [recorded_speech(folder), *written]}


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """One after the other, for titles that must not be taken for each other's."""
    return itertools.count(1)


@pytest.fixture(scope="session")
def browsers(playwright: Playwright) -> Iterator[Browsers]:
    browsers = Browsers(playwright)
    yield browsers
    browsers.close()


@pytest.fixture(scope="module")
def app(
    janus: JanusServer, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[RunningApp]:
    """One web process for the tests of a module, which may name its SETTINGS. Tests use people and
    Spaces of their own."""
    settings = getattr(request.module, "SETTINGS", {})
    with RunningApp(janus, tmp_path_factory.mktemp("app"), **settings) as running:
        yield running


@pytest.fixture
def flags(app: RunningApp) -> Iterator[Source]:
    """The definitions, edited from another process; everything is on again afterwards."""
    yield app.flags
    for key in CATALOGUE:
        app.flags.turn_on(key, BY)


@pytest.fixture
def dealing(app: RunningApp) -> Iterator[Dealing]:
    """Spaces with one variant of reactions or the other."""
    with dealing_of(app) as dealing:
        yield dealing


@pytest.fixture
def company(app: RunningApp, browsers: Browsers, speeches: dict[str, Speech]) -> Iterator[Company]:
    """Whoever comes in a test; their pages must have run without an error at its end."""
    company = Company(app, browsers, speeches)
    yield company
    company.leave()
    assert company.complaints == []


@pytest.fixture
def come(company: Company) -> Come:
    """Brings a new person: `come("Hana", followers=1200, speaks="host")`."""
    return company.come
