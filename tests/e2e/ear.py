"""Hearing what a page plays, and waiting for it to be the right thing."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import BrowserContext, Page

from tests.e2e.speech import RATE, WINDOW, Samples, Speech, likeness, loudness

HERE = Path(__file__).parent

LIKE = 0.35
"""Measured through microphone, Opus, bridge and Opus again, on a busy machine: seconds of a speech
heard alone are at 0.35 to 0.97, of one of two at once at 0.2 to 0.75. See also `UNLIKE`."""

UNLIKE = 0.3
"""A second of a speech that is not there reaches 0.22, silence 0."""

AUDIBLE = 0.002
"""Root mean square, of full scale: anything a person would hear. Silence of a mute is exact."""

PATIENCE = 40
"""Seconds of sound within which what is waited for must have come."""


def give_ears(context: BrowserContext) -> None:
    """Lets every page of a context be heard; to be called before the first page opens."""
    context.add_init_script(path=HERE / "ear.js")


class Ear:
    """What the person at `page` hears, from the first sound on; silent gaps count too."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def now(self) -> int:
        """Samples heard so far. Stands still until the page plays anything for the first time."""
        return int(self._page.evaluate("ear.length()"))

    def since(self, start: int) -> Samples:
        """Everything heard from sample `start` on."""
        raw = base64.b64decode(self._page.evaluate("from => ear.take(from)", start))
        return np.frombuffer(raw, "<i2").astype(float) / 32768

    def next(self, seconds: float) -> Samples:
        """The next seconds of what is heard."""
        start = self.now
        self._page.wait_for_function(
            "wanted => ear.length() >= wanted", arg=start + math.ceil(seconds * RATE)
        )
        return self.since(start)[: math.ceil(seconds * RATE)]

    def hears(self, speech: Speech) -> None:
        """Waits until this speech was there in the last two seconds, alone or with others'."""
        last = self._until(lambda heard: _best(heard, speech), lambda value: value >= LIKE)
        assert last >= LIKE, f"{speech.name} is not heard: {last:.2f}"

    def hears_no_more(self, speech: Speech) -> None:
        """Waits until nothing of this speech was there in the last two seconds."""
        value = self._until(lambda heard: _best(heard, speech), lambda value: value < UNLIKE)
        assert value < UNLIKE, f"{speech.name} is still heard"

    def goes_silent(self) -> None:
        """Waits until nothing was heard for two seconds."""
        level = self._until(loudness, lambda value: value < AUDIBLE)
        assert level < AUDIBLE, f"still heard, at {level:.4f}"

    def _until(self, measure: Callable[[Samples], float], good: Callable[[float], bool]) -> float:
        """The first good measure of the last two seconds, or the last one when none is."""
        length = 2 * WINDOW
        self._page.wait_for_function("wanted => ear.length() >= wanted", arg=length)
        end = self.now + PATIENCE * RATE
        while True:
            self.next(0.25)
            value = measure(self.since(self.now - length)[:length])
            if good(value) or self.now > end:
                return value


def _best(heard: Samples, speech: Speech) -> float:
    return float(np.max(likeness(heard, speech)))
