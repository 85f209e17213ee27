"""Long work in slices: others get their turn in between."""

from __future__ import annotations

import time

PAUSE_SECONDS = 0.0005
"""Not 0: with that, eventlet's asyncio hub lets greenlets run, but looks at no socket."""


def give_way() -> None:
    """Lets others run, those too who wait for something to arrive."""
    time.sleep(PAUSE_SECONDS)


class Breath:
    """Gives others their turn when its own has lasted `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._begun = time.perf_counter()

    def is_due(self) -> bool:
        """Whether the turn has lasted long enough."""
        return time.perf_counter() - self._begun > self._seconds

    def take(self) -> None:
        """Lets others run, whether it is due or not."""
        give_way()
        self._begun = time.perf_counter()
