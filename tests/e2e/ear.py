"""Hearing what a page plays, and waiting for it to be the right thing."""

from __future__ import annotations

import base64
import math
from pathlib import Path

import numpy as np
from playwright.sync_api import BrowserContext, Page

from tests.e2e.speech import RATE, WINDOW, Samples, Speech, likeness, loudness

HERE = Path(__file__).parent

LIKE = 0.6
"""Speech that went through microphone, Opus, bridge and Opus again, heard alone, is above it:
{RIGHT}. Another's speech stays under `UNLIKE`."""

UNLIKE = 0.35
"""A second of anybody else's speech nowhere fits better than that."""

AUDIBLE = 0.002
"""Root mean square, of full scale: anything a person would hear. Silence of a mute is exact."""

PATIENCE = 20
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

    def hears(self, speech: Speech, bound: float = LIKE) -> None:
        """Waits until the last second and a half was this speech."""
        best = self._until(lambda heard: likeness(heard, speech), lambda value: value >= bound)
        assert best >= bound, f"{speech.name} is not heard: {best:.2f} at the best"

    def hears_no_more(self, speech: Speech) -> None:
        """Waits until the last second and a half was not this speech any more."""
        value = self._until(lambda heard: likeness(heard, speech), lambda value: value < UNLIKE)
        assert value < UNLIKE, f"{speech.name} is still heard"

    def goes_silent(self) -> None:
        """Waits until nothing was heard for a second and a half."""
        level = self._until(loudness, lambda value: value < AUDIBLE)
        assert level < AUDIBLE, f"still heard, at {level:.4f}"

    def _until(self, measure, good) -> float:  # type: ignore[no-untyped-def]
        length = WINDOW + WINDOW // 2
        self._page.wait_for_function("wanted => ear.length() >= wanted", arg=length)
        end = self.now + PATIENCE * RATE
        while True:
            self.next(0.25)
            value = measure(self.since(self.now - length)[:length])
            if good(value) or self.now > end:
                return float(value)
