"""Bringing people, each with a browser of their own, to one running product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.e2e.browsers import Browsers
from tests.e2e.ear import give_ears
from tests.e2e.person import Somebody
from tests.e2e.speech import Speech
from tests.e2e.watch import Watch
from tests.harness.server import RunningApp, Visitor
from tests.harness.supervised import Supervised

PATIENCE_MS = 30_000
"""How long anything may take before it counts as not happening: for a busy machine, not for us."""


class Company:
    """Everybody in one test. `speeches` by who says them."""

    def __init__(
        self, app: RunningApp | Supervised, browsers: Browsers, speeches: Mapping[str, Speech]
    ) -> None:
        self.app = app
        self._browsers = browsers
        self._speeches = speeches
        self._contexts: list[BrowserContext] = []
        self.manner: dict[str, Any] = {"locale": "en-GB"}
        """Options of every browser context to come, where it is not given others."""
        self.people: list[Somebody] = []

    def come(
        self,
        name: str,
        cohort: str = "alpha",
        *,
        followers: int = 0,
        roles: tuple[str, ...] = ("tester",),
        speaks: str | None = None,
        visitor: Visitor | None = None,
        **options: Any,
    ) -> Somebody:
        """Somebody new, or `visitor` once more; `options` are those of browser contexts. Who
        `speaks` has a microphone that picks up that speech, and has allowed it."""
        speech = self._speeches[speaks] if speaks else None
        visitor = visitor or self.app.person(name, cohort, followers=followers, roles=roles)
        context = self._context(speech, options)
        context.add_cookies(visitor.cookies)  # type: ignore[arg-type]
        if speech:
            context.grant_permissions(["microphone"])
        watch = Watch()
        watch.follow(context)
        self.people.append(Somebody(visitor, context.new_page(), watch, speech))
        return self.people[-1]

    def stranger(self, **options: Any) -> Page:
        """A page in front of nobody who is known."""
        return self._context(None, options).new_page()

    def leave(self) -> None:
        """Everybody closes their browser."""
        for context in self._contexts:
            context.close()

    @property
    def complaints(self) -> list[tuple[str, list[str]]]:
        """Errors of scripts, by whom they happened to."""
        return [(person.name, person.complaints) for person in self.people if person.complaints]

    def _context(self, speech: Speech | None, options: Mapping[str, Any]) -> BrowserContext:
        browser = self._browsers.speaking(speech) if speech else self._browsers.listening
        context = browser.new_context(**(self.manner | dict(options)))
        context.set_default_timeout(PATIENCE_MS)
        give_ears(context)
        self._contexts.append(context)
        return context
