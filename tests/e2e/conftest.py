"""A real Janus, a real web process, real browsers with microphones that speak, and people."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from config.janus import JanusServer
from flags.catalogue import CATALOGUE
from flags.sources.base import Source
from tests.common.janus import janus
from tests.common.server import RunningApp, Visitor
from tests.e2e.browsers import Browsers
from tests.e2e.ear import give_ears
from tests.e2e.person import Somebody
from tests.e2e.speech import Speech, recorded_speech, written_speech
from tests.e2e.watch import Watch

__all__ = ["janus"]

PATIENCE_MS = 15_000
"""How long anything may take before it counts as not happening: for a busy machine, not for us."""

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
def come(app: RunningApp, browsers: Browsers, speeches: dict[str, Speech]) -> Iterator[Come]:
    """Brings a new person: `come("Hana", followers=1200, speaks="host")`. What browser contexts
    take as options goes to theirs; at the end their pages must have run without an error."""
    people: list[Somebody] = []

    def come(
        name: str,
        cohort: str = "alpha",
        *,
        followers: int = 0,
        roles: tuple[str, ...] = ("tester",),
        speaks: str | None = None,
        visitor: Visitor | None = None,
        browser: Browser | None = None,
        **options: Any,
    ) -> Somebody:
        speech = speeches[speaks] if speaks else None
        visitor = visitor or app.person(name, cohort, followers=followers, roles=roles)
        browser = browser or (browsers.speaking(speech) if speech else browsers.listening)
        context = browser.new_context(**({"locale": "en-GB"} | options))
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies(visitor.cookies)  # type: ignore[arg-type]
        if speech:
            context.grant_permissions(["microphone"])
        give_ears(context)
        watch = Watch()
        watch.follow(context)
        people.append(Somebody(visitor, context.new_page(), watch, speech))
        return people[-1]

    yield come
    for person in people:
        person.page.context.close()
    assert [(person.name, person.complaints) for person in people if person.complaints] == []


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """One after the other, for titles that must not be taken for each other's."""
    return itertools.count(1)
