"""Long work in slices: others get their turn in between.

The one place where that is decided. Whoever works long does so for `SLICE_SECONDS` and then gives
way; how, the process model says (`webapp/infra/runtime.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

SLICE_SECONDS = 0.004
"""How long such work may hold the process up. What it sets off, messages to hundreds of people, is
written after it and takes about as long again."""

PAUSE_SECONDS = 0.0005
"""Not 0: with that, eventlet's asyncio hub lets greenlets run, but looks at no socket."""

STANDBY_SECONDS = 0.005
"""Between two looks of work that can wait at work that cannot."""

STANDBYS = 400
"""So many at the most: two seconds. It is not to wait for ever, where changes never end."""


def pause() -> None:
    """Lets others run once, those too who wait for something to arrive."""
    time.sleep(PAUSE_SECONDS)


class _Way:
    """How work in slices gives way in this process."""

    wait: Callable[[], None] = staticmethod(pause)
    pressing = 0


def giving_way_by(wait: Callable[[], None]) -> None:
    """Has a process model say how: `wait` returns when others have had their turn."""
    _Way.wait = staticmethod(wait)


def give_way() -> None:
    """Returns when others have had their turn, and nothing that presses is under way."""
    for _ in range(STANDBYS):
        if not _Way.pressing:
            break
        time.sleep(STANDBY_SECONDS)
    _Way.wait()


@contextmanager
def pressing() -> Iterator[None]:
    """Meanwhile all other work in slices stands by. For what people wait for."""
    _Way.pressing += 1
    try:
        yield
    finally:
        _Way.pressing -= 1


class Breath:
    """Gives others their turn when its own has lasted `seconds`. `stands_by`: also to work that
    presses; not for that work itself, and what somebody waits for."""

    def __init__(self, seconds: float = SLICE_SECONDS, stands_by: bool = True) -> None:
        self._seconds = seconds
        self._stands_by = stands_by
        self._begun = time.perf_counter()

    def is_due(self) -> bool:
        """Whether the turn has lasted long enough."""
        return time.perf_counter() - self._begun > self._seconds

    def take(self) -> None:
        """Lets others run, whether it is due or not."""
        if self._stands_by:
            give_way()
        else:
            _Way.wait()
        self._begun = time.perf_counter()

    def take_if_due(self) -> None:
        """Lets others run when the turn has lasted long enough."""
        if self.is_due():
            self.take()


def in_slices(items: Iterable[T], breath: Breath | None = None) -> Iterator[T]:
    """The same items; others get their turn in between."""
    breath = breath or Breath()
    for item in items:
        breath.take_if_due()
        yield item
