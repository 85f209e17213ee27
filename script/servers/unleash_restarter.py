"""An Unleash server that is kept running, without anybody waiting for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from script.servers.unleash import UnleashServer, UnleashWillNotStart

AGAIN_SECONDS = 5.0
"""Between two attempts to start it again."""

LOOK_SECONDS = 0.1


class KeptUnleash:
    """Starts `server`, and starts it again whenever it has died, until `stop`.

    All from one thread of its own, which lives as long as the server may: starting takes up to two
    minutes, in which others must be looked after, and Linux ends a child that asked for a death
    signal with the thread that started it. `say` is told of deaths and failures, from that thread.
    """

    def __init__(
        self,
        server: UnleashServer,
        say: Callable[[str], None],
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        self.server = server
        self._say = say
        self._again_seconds = again_seconds
        self._wake, self._ending, self._pausing = threading.Event(), False, False
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._keep, name="unleash", daemon=True)

    def start(self) -> None:
        """Returns when it answers. Raises UnleashWillNotStart."""
        self._thread.start()
        self._started.result()

    def look(self) -> None:
        """Something may have ended: was it this one? A pause between two attempts goes on."""
        if not self._pausing:
            self._wake.set()

    def stop(self) -> None:
        """Ends it, also while it is starting."""
        self._ending = True
        self._wake.set()
        while self._thread.is_alive():
            # Until then there may come another one, from an attempt that had begun.
            self.server.stop_server()
            self._thread.join(LOOK_SECONDS)

    def _keep(self) -> None:
        try:
            self.server.start()
        except BaseException as reason:  # noqa: BLE001 - raised where `start` waits
            self._started.set_exception(reason)
            return
        self._started.set_result(None)
        pause: float | None = None
        while not self._ending:
            self._wake.wait(pause)
            self._wake.clear()
            pause = None if self._ending or self.server.alive else self._start_again()
            self._pausing = pause is not None
        self.server.stop()

    def _start_again(self) -> float | None:
        """The seconds to the next attempt; None when this one was enough."""
        self._say(f"Unleash ended by itself ({self.server.folder}): starting it again")
        self.server.stop()
        try:
            self.server.start()
        except UnleashWillNotStart as reason:
            if not self._ending:
                self._say(f"{reason} Soundcheck goes on without it")
            return self._again_seconds
        return None
