"""When Python looks for garbage, so that nobody waits for it.

Most goes at once, when nothing refers to it any more. Only what refers to itself in a circle is
looked for, among all objects there are: with 5,000 people connected that holds everybody up for
half a second, each time that some ten thousand objects have come to stay. So, while many are
connected, only what is new is looked through; what has come to stay is set aside (`gc.freeze`), and
goes as before when nothing refers to it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

FEW, MANY = 200, 400
"""People connected. With `FEW` a look through everything takes about a tenth of a second; between
the two it stays as it is."""

LOOK_SECONDS = 0.5
"""So that little has come: with 5,000 people who do nothing a look takes 10 to 18 milliseconds, and
once in two seconds it took up to 40."""

NEVER = 1_000_000_000
"""So many looks through what is new before Python itself looks through everything."""


def set_aside() -> None:
    """What is there by now stays."""
    gc.collect()
    gc.freeze()


class Garbage:
    """`connected` tells how many are."""

    def __init__(self, connected: Callable[[], int]) -> None:
        self._connected = connected
        self._many = False
        self._usual = gc.get_threshold()

    def look(self) -> None:
        """Sets aside what has come; looks through everything when the many have gone."""
        number = self._connected()
        if number > MANY or (self._many and number >= FEW):
            self._many = True
            gc.set_threshold(*self._usual[:2], NEVER)
            gc.collect(1)
            gc.freeze()
        elif self._many:
            self._many = False
            gc.set_threshold(*self._usual)
            gc.unfreeze()
            set_aside()
