"""Recording what a page's decoder gives, on a machine that may be busy.

`Ear` hears what a person hears, through the browser's audio output, and that skips when nobody
gives it a core. Here every sample is taken where it leaves the decoder, and the jitter buffer can
be made deep: it is 60 ms short on a clean network, and beside 10 to 15 tasks that wait for two
cores it stretches and makes up sound (PESQ 1.5 to 2.4, where a deep one has 4.22 to 4.27).
"""

from __future__ import annotations

import base64
import math
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from tests.e2e.speech import RATE, Samples

HERE = Path(__file__).parent

DEEP_ENOUGH = 0.9
"""Of the depth that was asked for."""

PATIENCE = 90
"""Seconds of sound within which the buffer must have filled: it does so by playing slower."""


@dataclass(frozen=True)
class Played:
    """What the decoder did. `waited` is in seconds, of all samples together; the others count
    samples."""

    waited: float
    samples: float
    made_up: float
    stretched: float

    def since(self, before: Played) -> Played:
        pairs = zip(astuple(self), astuple(before), strict=True)
        return Played(*(now - then for now, then in pairs))

    @property
    def whole(self) -> bool:
        """Every sample came from the network, and was played as it came."""
        return self.made_up == self.stretched == 0

    @property
    def depth(self) -> float:
        """Seconds that a sample waited on average."""
        return self.waited / max(1.0, self.samples)


class Recorder:
    """Of one page; to be made before it opens anything."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.add_init_script(path=HERE / "recorder.js")

    @property
    def now(self) -> int:
        """Samples recorded so far."""
        return int(self._page.evaluate("recorder.length()"))

    @property
    def played(self) -> Played:
        """Since the beginning."""
        return Played(**self._page.evaluate("recorder.played()"))

    def next(self, seconds: float) -> None:
        """Waits until so much more is recorded, whatever time that takes."""
        end = self.now + math.ceil(seconds * RATE)
        while (now := self.now) < end:
            wanted = min(end, now + RATE)
            self._page.wait_for_function("wanted => recorder.length() >= wanted", arg=wanted)

    def since(self, start: int) -> Samples:
        """Everything recorded from sample `start` on."""
        raw = base64.b64decode(self._page.evaluate("from => recorder.take(from)", start))
        return np.frombuffer(raw, "<f4").astype(float)

    def deepen(self) -> None:
        """Makes the buffer deep, and waits until it is and a second was played whole."""
        wanted = DEEP_ENOUGH * self._page.evaluate("recorder.deepen()")
        end = self.now + PATIENCE * RATE
        while True:
            before = self.played
            self.next(1)
            lately = self.played.since(before)
            if lately.whole and lately.depth >= wanted:
                return
            assert self.now < end, f"the buffer does not fill: {lately}"
