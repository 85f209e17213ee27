"""Sessions of Engine.IO: whose they are, and how many and how much one person may have.

A session is a browser's connection, over a WebSocket or by polling, from its handshake on. The
limits are asked before anything that was sent is parsed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from webapp.http.errors import ErrorCode
from webapp.infra.rate_limit import TokenBucket

OWNER = "soundcheck.owner"
"""In a request's environ: the `Owner` who asks, put there by `webapp.accounts.authentication`."""

MAX_SESSIONS = 10_000
"""Of the process: half of the connections that its HTTP server takes."""
MAX_SESSIONS_OF_A_PERSON = 40
"""Tabs, on all devices, and those that are gone and not yet known to be."""

HANDSHAKE_BURST, HANDSHAKES_PER_SECOND = 60, 3
"""Of a person. All their tabs come back at once when the process is exchanged."""
PACKET_BURST, PACKETS_PER_SECOND = 400, 100
"""Of a person, in tokens: one for a packet and one more for each `BYTES_A_TOKEN` of it."""
BYTES_A_TOKEN = 1024

SWEEP_AT = 4096
"""Quotas at the least, before those that nobody uses any more are thrown away."""

Owner = tuple[str, str]
"""Person id and login id."""


@dataclass(slots=True)
class Quota:
    """What one person may still take."""

    packets: TokenBucket
    handshakes: TokenBucket
    sessions: int = 0


class SocketSessions:
    """The sessions of one Engine.IO server. `factor` multiplies every limit of a person."""

    def __init__(self, factor: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._factor = factor
        self._clock = clock
        self._quotas: dict[str, Quota] = {}
        self._sweep_at = SWEEP_AT
        self._engine: Any = None

    def follow(self, engine: Any) -> None:
        """Learns of every session that an Engine.IO server opens and closes."""
        opened, closed = engine.handlers["connect"], engine.handlers["disconnect"]

        def on_connect(sid: str, environ: dict[str, Any]) -> Any:
            owner: Owner | None = environ.get(OWNER)
            session = engine.sockets[sid]
            session.owner = owner
            session.quota = None
            if owner:
                session.quota = self.quota(owner[0])
                session.quota.sessions += 1
            return opened(sid, environ)

        def on_disconnect(sid: str, reason: str) -> Any:
            session = engine.sockets.get(sid)
            if session is not None and session.quota:
                session.quota.sessions -= 1
            return closed(sid, reason)

        engine.handlers["connect"] = on_connect
        engine.handlers["disconnect"] = on_disconnect
        self._engine = engine

    def quota(self, person_id: str) -> Quota:
        """The quota that all sessions of a person share."""
        quota = self._quotas.get(person_id)
        if quota is None:
            self._sweep()
            factor = self._factor
            quota = self._quotas[person_id] = Quota(
                TokenBucket(PACKET_BURST * factor, PACKETS_PER_SECOND * factor),
                TokenBucket(HANDSHAKE_BURST * factor, HANDSHAKES_PER_SECOND * factor),
            )
        return quota

    def refuses_handshake(self, owner: Owner) -> ErrorCode | None:
        """Why a person may not open another session now. None: they may, and it is counted."""
        if len(self._engine.sockets) >= MAX_SESSIONS:
            return ErrorCode.TRY_AGAIN
        quota, now = self.quota(owner[0]), self._clock()
        full = quota.sessions >= MAX_SESSIONS_OF_A_PERSON * self._factor
        if full or not quota.handshakes.has(1, now):
            return ErrorCode.TOO_MANY
        quota.handshakes.take(1, now)
        return None

    def is_owned(self, sid: str, owner: Owner) -> bool:
        """Whether there is such a session, and it is of this login."""
        session = self._engine.sockets.get(sid)
        return session is not None and getattr(session, "owner", None) == owner

    def _sweep(self) -> None:
        if len(self._quotas) < self._sweep_at:
            return
        now = self._clock()
        self._quotas = {
            person_id: quota
            for person_id, quota in self._quotas.items()
            if quota.sessions or not quota.packets.is_full(now) or not quota.handshakes.is_full(now)
        }
        self._sweep_at = len(self._quotas) + SWEEP_AT
