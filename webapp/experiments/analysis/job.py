"""Asks the process that computes figures, and remembers for a while what it said."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from webapp.experiments.analysis.computation import asked
from webapp.experiments.analysis.query import Question
from webapp.infra.runtime import Runtime

log = logging.getLogger(__name__)

PROGRAM = Path(__file__).with_name("worker.py")

SECONDS = 120.0
"""How long figures may take."""

FRESH = timedelta(minutes=1)
"""So long an answer is given again: looking often does no harm, and need not cost anything."""

MOST_KEPT = 32
LONGEST_LINE = 2**22


@dataclass(slots=True, eq=False)
class Figuring:
    """How far a question is: `report` once there is one, `failed` if there will be none."""

    asked_at: datetime
    done: int = 0
    of: int = 0
    report: dict[str, Any] | None = None
    failed: bool = False

    @property
    def finished(self) -> bool:
        return self.failed or self.report is not None


class Asking:
    """Questions under way, and answers. One process computes at a time for each question."""

    def __init__(self, database_url: str, runtime: Runtime, clock: Callable[[], datetime]) -> None:
        self._database_url = database_url
        self._runtime = runtime
        self._clock = clock
        self._known: dict[str, Figuring] = {}

    def ask(self, name: str, question: Callable[[], Question]) -> Figuring:
        """What is known of the question of this name; it is put if nothing is. Waits for nobody."""
        known = self._kept(name)
        if known is None:
            # First, as it may raise, or give way to somebody who asks the same meanwhile.
            put = question()
            known = self._kept(name) or self._begun(name, put)
        return known

    def _kept(self, name: str) -> Figuring | None:
        known = self._known.get(name)
        if known is not None and known.finished and self._clock() - known.asked_at > FRESH:
            return None
        return known

    def _begun(self, name: str, question: Question) -> Figuring:
        self._known.pop(name, None)
        while len(self._known) >= MOST_KEPT:
            del self._known[next(iter(self._known))]
        figuring = self._known[name] = Figuring(self._clock())
        self._runtime.spawn(self._compute, figuring, question)
        return figuring

    def _compute(self, figuring: Figuring, question: Question) -> None:
        try:
            self._runtime.run(self._follow(figuring, question), SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            log.error("figures could not be computed: %s", error or type(error).__name__)
        except Exception:  # the border: whoever waits for the figures must hear that none come
            log.exception("figures could not be computed")
        figuring.failed = figuring.report is None

    async def _follow(self, figuring: Figuring, question: Question) -> None:
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, str(PROGRAM)), stdin=pipe, stdout=pipe, limit=LONGEST_LINE
        )
        try:
            if child.stdin is None or child.stdout is None:
                raise OSError("a process without pipes")
            child.stdin.write(asked(self._database_url, question))
            child.stdin.write_eof()
            async for line in child.stdout:
                told = json.loads(line)
                if "error" in told:
                    raise ValueError(told["error"])
                for name, value in told.items():
                    setattr(figuring, name, value)
            await child.wait()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
