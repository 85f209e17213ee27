"""Watches the Janus of a supervisor: says when it runs, and yet is of no use."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from media.errors import JanusUnreachable, SoundError
from media.janus.health import Health, take_health

INTERVAL_SECONDS = 5.0
TIMEOUT_SECONDS = 2.0
"""For each request; a healthy Janus takes some milliseconds."""

FAILURES = 2
"""In a row, before Janus is replaced: it may be a busy machine once."""

BUSY_SHARE = 0.9  # of a core; Janus without any mix takes 0.01
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Janus is, and what it takes to ask it. ``pid`` tells one start from the next."""

    pid: int
    url: str
    api_secret: str
    admin_key: str


def ask(janus: Address) -> Health:
    """Raises SoundError."""
    return asyncio.run(take_health(janus.url, janus.api_secret, janus.admin_key, TIMEOUT_SECONDS))


class JanusWatch:
    """Asks the plugins every ``interval`` seconds, in a thread of its own. ``janus`` tells where
    Janus is now, None while it does not run."""

    def __init__(
        self,
        janus: Callable[[], Address | None],
        ask_health: Callable[[Address], Health] = ask,
        interval: float = INTERVAL_SECONDS,
    ) -> None:
        self._janus = janus
        self._ask = ask_health
        self._interval = interval
        self._ended = threading.Event()
        self._failed: list[str] = []
        self._pid: int | None = None
        self._cpu: float | None = None
        self._fault: tuple[int, str] | None = None
        self._thread = threading.Thread(target=self._watch, name="janus-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Does not wait for an answer that is outstanding."""
        self._ended.set()

    def fault(self, pid: int | None) -> str | None:
        """Why the Janus with this process id is to be replaced, in a line; None when it is well."""
        found = self._fault
        return found[1] if found is not None and found[0] == pid else None

    def _watch(self) -> None:
        while not self._ended.wait(self._interval):
            janus = self._janus()
            if janus is not None:
                self.look(janus)

    def look(self, janus: Address) -> None:
        """One round."""
        if janus.pid != self._pid:
            self._pid, self._cpu, self._failed = janus.pid, None, []
        cpu = cpu_seconds(janus.pid)
        used = None if cpu is None or self._cpu is None else cpu - self._cpu
        self._cpu = cpu
        reason = self._reason(janus, used)
        self._failed = [*self._failed, reason] if reason else []
        if len(self._failed) >= FAILURES:
            self._fault = janus.pid, f"{self._failed[-1]}, {len(self._failed)} times in a row"

    def _reason(self, janus: Address, used: float | None) -> str | None:
        try:
            health = self._ask(janus)
        except JanusUnreachable:
            return f"it did not answer within {TIMEOUT_SECONDS:g} s"
        except SoundError as error:
            return f"it answered with an error ({error})"
        if health.silent:
            names = " and ".join(health.silent)
            return f"{names} did not answer within {TIMEOUT_SECONDS:g} s"
        if health.mixes == 0 and used is not None and used > BUSY_SHARE * self._interval:
            return f"it took {used / self._interval:.0%} of a core with nobody there"
        return None


def cpu_seconds(pid: int) -> float | None:
    """CPU time of a process so far, all threads; None when it is gone (proc(5), `stat`)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
