"""A Janus that is kept running: started again when it has died, replaced when it is of no use."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from script.janus_watchdog import Address, JanusWatch
from script.servers.janus import JanusServer
from script.servers.log_files import rotate, tail

SICK_STOP_SECONDS = 1.0
"""For a Janus that hangs to end by itself: it will hardly do so, and people wait for the next."""


class DiedTooSoon(Exception):
    """Janus ended by itself so soon after its start that starting it again is no use."""


class KeptJanus:
    """All calls from one thread, with which Janus ends. ``kept_log``: where the end of what a Janus
    said is written when it goes, for its folder goes with it."""

    def __init__(
        self,
        server: JanusServer,
        say: Callable[[str], None],
        kept_log: Path,
        steady_seconds: float,
    ) -> None:
        self.server = server
        self._say = say
        self._kept_log = kept_log
        self._steady_seconds = steady_seconds
        self._since = 0.0
        self._address: Address | None = None  # while it is known to have started
        self._watch = JanusWatch(lambda: self._address)

    def start(self) -> None:
        """Raises JanusWillNotStart."""
        self.server.start()
        self._runs()
        self._watch.start()

    def stop(self) -> None:
        self._watch.stop()
        self.server.stop()

    def look(self) -> None:
        """Raises DiedTooSoon, JanusWillNotStart."""
        if self.server.pid is None:
            if time.monotonic() - self._since < self._steady_seconds:
                raise DiedTooSoon(f"Janus ended by itself: {self._keep_log()} says why")
            self._start_again("Janus ended by itself")
        elif fault := self._watch.fault(self.server.pid):
            self._start_again(f"Janus is replaced: {fault}", SICK_STOP_SECONDS)
        elif rotate(self.server.log):
            self._say(f"Janus' log grew too long and was cut: {self.server.log}")

    def _start_again(self, reason: str, stop_timeout: float | None = None) -> None:
        self._address = None
        self._say(f"{reason} ({self._keep_log()}): starting it again")
        self.server.restart(stop_timeout)
        self._runs()

    def _runs(self) -> None:
        server, self._since = self.server, time.monotonic()
        if server.pid is not None:
            self._address = Address(server.pid, server.url, server.api_secret, server.admin_key)

    def _keep_log(self) -> Path:
        if self.server.folder is not None:
            with suppress(OSError):
                self._kept_log.write_bytes(tail(self.server.log))
        return self._kept_log
