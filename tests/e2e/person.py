"""Somebody at a browser, doing what people do: everything is found by role and name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.e2e.ear import Ear
from tests.e2e.speech import Speech
from tests.e2e.watch import Watch
from tests.harness.server import Visitor

HARMLESS = re.compile("Failed to load resource|WebSocket connection to|net::ERR_")
"""Console lines about a network that a test took away on purpose."""


@dataclass
class Somebody:
    """A person and the page in front of them. `speech` is what their microphone picks up."""

    visitor: Visitor
    page: Page
    watch: Watch
    speech: Speech | None = None
    title: str = ""
    path: str = ""
    """Of the Space that they host."""
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ear = Ear(self.page)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._note)

    @property
    def name(self) -> str:
        return self.visitor.name

    @property
    def id(self) -> str:
        return self.visitor.id

    # ------------------------------------------------------------------ going about

    def goes_to(self, path: str) -> None:
        """Opens a page and waits until its scripts have drawn it."""
        self.page.goto(self.visitor.base_url + path)
        self.page.locator("main[data-ready]").wait_for(state="attached")

    def opens_space(self, title: str) -> None:
        """From the lobby."""
        self.goes_to("/")
        self.page.get_by_role("link", name=title, exact=True).click()
        expect(self.heading(title)).to_be_visible()

    def hosts(self, title: str) -> None:
        """Opens a Space of their own."""
        self.title = title
        self.goes_to("/")
        self.presses("New Space")
        self.page.get_by_role("textbox", name="Title").fill(title)
        self.presses("Go live")
        expect(self.heading(title)).to_be_visible()
        expect(self.button("Mute")).to_be_visible()
        self.path = self.page.url.removeprefix(self.visitor.base_url)

    def traces_now(self, *folders: str) -> list[str]:
        """What can be seen of these features at this moment."""
        now = Watch()
        now.look(self.page)
        return now.traces_of(*folders)

    def invites(self, come: Callable[..., Somebody], name: str, *more: str, **how: Any) -> Somebody:
        """Somebody new, who comes to this host's Space and listens."""
        guest = come(name, *more, **how)
        guest.listens_to(self)
        return guest

    def listens_to(self, host: Somebody) -> None:
        """Comes to a host's Space, and has sound."""
        self.opens_space(host.title)
        self.presses("Start listening")
        self.hears(host)

    def reloads(self) -> None:
        self.page.reload()
        self.page.locator("main[data-ready]").wait_for(state="attached")

    # ------------------------------------------------------------------ what is there

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name, exact=True)

    def presses(self, *names: str) -> None:
        """One button after the other."""
        for name in names:
            self.button(name).click()

    def has(self, *names: str) -> None:
        """Waits until each of these buttons is there."""
        for name in names:
            expect(self.button(name)).to_be_visible()

    def has_no(self, *names: str) -> None:
        """Waits until none of these buttons is there."""
        for name in names:
            expect(self.button(name)).to_have_count(0)

    def reads(self, text: str) -> None:
        """Waits until a text can be read on the page."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def circle(self, who: Somebody) -> Locator:
        """Somebody's place on the stage, as it is seen here."""
        name = f"{who.name} (you)" if who is self else who.name
        return self._stage.get_by_role("listitem").filter(
            has=self.page.get_by_text(name, exact=True)
        )

    def sees_on_stage(self, *people: Somebody) -> None:
        """Waits until exactly these are on stage."""
        for person in people:
            expect(self.circle(person)).to_be_visible()
        expect(self._stage.get_by_role("listitem")).to_have_count(len(people))

    def sees_talking(self, who: Somebody, talking: bool = True) -> None:
        """Waits for the ring of somebody who talks, or for its end."""
        sign = self.circle(who).get_by_text("Talking", exact=True)
        expect(sign).to_have_count(1 if talking else 0)

    @property
    def _stage(self) -> Locator:
        return self.page.get_by_role("region", name="On stage", exact=True)

    # ------------------------------------------------------------------ the stage

    def gets_on_stage(self, host: Somebody) -> None:
        """Asks the host, who agrees."""
        self.presses("Request to speak")
        host.presses(f"Accept {self.name}")
        self.has("Mute", "Leave the stage")

    def hears(self, *people: Somebody) -> None:
        """Waits until each of them is heard here, by what they say."""
        for person in people:
            assert person.speech is not None
            self.ear.hears(person.speech)

    def does_not_hear(self, *people: Somebody) -> None:
        """Waits until none of them is heard any more."""
        for person in people:
            assert person.speech is not None
            self.ear.hears_no_more(person.speech)

    # ------------------------------------------------------------------ other people's doing

    def sees_float(self, emoji: str, *, on: Somebody | None = None) -> None:
        """Waits for a reaction: rising over the page, or sitting on somebody's circle."""
        place = self.circle(on) if on else self.page.locator(".floats")
        expect(place.locator(".float", has_text=emoji).first).to_be_visible()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not HARMLESS.search(message.text):
            self.complaints.append(message.text)
