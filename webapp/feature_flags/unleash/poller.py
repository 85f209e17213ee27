"""How a web process follows an Unleash server: it looks every second or two, never in step with
others, and at once when Unleash says that something has changed."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable

from flags.sources.interface import SourceUnavailable
from flags.sources.unleash.source import UnleashSource
from webapp.feature_flags.unleash.webhook import Hook

log = logging.getLogger(__name__)

LOOK_SECONDS = (1.0, 2.0)
"""Between two looks, anew each time: processes that start together do not ask together."""

HURRY_SECONDS = 1.5
"""Unleash tells of a change up to a second before its client API does."""

HURRIED_LOOK_SECONDS = 0.2


class Following:
    """Keeps `source` up to date; `changed` is called after it brought anything new.

    `look` is to be called often, in the background: it waits for Unleash. `told` is for whoever
    hears from Unleash, and returns at once.
    """

    def __init__(
        self, source: UnleashSource, changed: Callable[[], object], hook: Hook | None
    ) -> None:
        self._source = source
        self._changed = changed
        self._hook = hook
        self._next_look = 0.0
        self._hurry_until = 0.0
        self._answers: bool | None = None

    def told(self) -> None:
        """Something has changed in Unleash, it says."""
        self._hurry_until = time.monotonic() + HURRY_SECONDS
        self._next_look = 0.0

    def look(self) -> None:
        """Looks at Unleash if it is time to. What goes wrong is logged once, and then that it
        goes well again."""
        if time.monotonic() < self._next_look:
            return
        try:
            if self._source.sync():
                self._changed()
            if self._hook is not None:
                self._hook.register()
        except SourceUnavailable as error:
            self._note(False, str(error))
        else:
            self._note(not self._source.contact.problem, self._source.contact.problem)
        finally:
            self._next_look = time.monotonic() + self._pause()

    def _pause(self) -> float:
        if time.monotonic() < self._hurry_until:
            return HURRIED_LOOK_SECONDS
        return random.uniform(*LOOK_SECONDS)  # noqa: S311  # not a secret

    def _note(self, answers: bool, problem: str) -> None:
        if self._answers is answers:
            return
        if not answers:
            log.warning("Unleash cannot be followed: %s; decisions stand as they were", problem)
        elif self._answers is False:
            log.info("Unleash is followed again")
        self._answers = answers
