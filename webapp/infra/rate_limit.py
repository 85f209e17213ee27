"""Limits on how often one person, or one address, may do one thing."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from limits import RateLimitItem, parse

LIMITS: Mapping[str, str] = MappingProxyType(
    {
        # Per peer address: only attempts that fail count, for these hinder guessing.
        "failed_entry": "20 per minute",
        # Per person.
        "sign_in_link": "10 per hour",
        "others_sign_in_link": "60 per hour",
        "rename": "10 per minute",
        "export": "10 per hour",
        "event": "200 per 10 seconds",
        "unknown": "60 per 10 seconds",
        "space.join": "30 per 10 seconds",
        "hosting.open": "10 per minute",
        "check.begin": "10 per minute",
        "speaking.request": "20 per minute",
        "reactions.send": "30 per 10 seconds",
        "listening.heard": "20 per minute",
        "listening.stats": "8 per 10 seconds",
        "report": "6 per 10 minutes",
        "report.read": "60 per minute",
    }
)
"""Every limit. `event` is for Socket.IO events without one of their own, `unknown` for those that
do not exist for the person."""

IDLE_SWEEP = 4096
"""After so many new windows, those in which nothing happens any more are thrown away."""


class Limiter:
    """Moving windows in memory. `clock` gives aware times; `factor` multiplies every limit.

    The notation is that of `limits`. Its own store is not used: it walks through all windows from
    a timer, a hundred times a second when busy (7 % of a core at 900 events/s from 500 people).
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        limits: Mapping[str, str] = LIMITS,
        factor: float = 1.0,
    ) -> None:
        self._clock = clock
        self._rules = {action: _rule(text, factor) for action, text in limits.items()}
        self._windows: dict[tuple[str, str], deque[float]] = {}
        self._sweep_at = IDLE_SWEEP

    def allow(self, who: str, action: str) -> bool:
        """Counts one `action` of `who` (a person id or an address), unless it is one too many."""
        amount, window = self._rule_and_window(who, action)
        if len(window) >= amount:
            return False
        window.append(self._now())
        return True

    def blocked(self, who: str, action: str) -> bool:
        """Would `allow` say no? Counts nothing."""
        amount, window = self._rule_and_window(who, action)
        return len(window) >= amount

    def retry_after(self, who: str, action: str) -> int:
        """In how many whole seconds `allow` says yes: 0 if it does now."""
        amount, window = self._rule_and_window(who, action)
        if len(window) < amount:
            return 0
        _, seconds = self._rules[action if action in self._rules else "event"]
        return max(1, math.ceil(window[-amount] + seconds - self._now()))

    def _rule_and_window(self, who: str, action: str) -> tuple[int, deque[float]]:
        amount, seconds = self._rules[action if action in self._rules else "event"]
        window = self._windows.get((who, action))
        if window is None:
            self._sweep()
            window = self._windows[(who, action)] = deque()
        now = self._now()
        if window and window[-1] > now:
            # The clock was set back: what happened before then counts from now on, not for longer.
            window = self._windows[(who, action)] = deque(min(at, now) for at in window)
        while window and window[0] <= now - seconds:
            window.popleft()
        return amount, window

    def _sweep(self) -> None:
        if len(self._windows) < self._sweep_at:
            return
        oldest = self._now() - max(seconds for _, seconds in self._rules.values())
        self._windows = {k: w for k, w in self._windows.items() if w and w[-1] > oldest}
        self._sweep_at = len(self._windows) + IDLE_SWEEP

    def _now(self) -> float:
        return self._clock().timestamp()


class TokenBucket:
    """Limits a rate before anything is looked at: `burst` tokens, `per_second` new ones.

    Nothing is refused: who takes more than there is has to wait, and is told how long.
    """

    __slots__ = ("_at", "_burst", "_per_second", "_tokens")

    def __init__(self, burst: float, per_second: float) -> None:
        self._burst = self._tokens = burst
        self._per_second = per_second
        self._at = 0.0

    def take(self, cost: float, now: float) -> float:
        """Takes `cost` tokens, on credit if need be. Returns the seconds to wait until they are
        paid for. `now`: of a monotonic clock."""
        self._fill(now)
        self._tokens -= cost
        return max(0.0, -self._tokens / self._per_second)

    def has(self, cost: float, now: float) -> bool:
        """Whether there are that many tokens. Takes none."""
        self._fill(now)
        return self._tokens >= cost

    def is_full(self, now: float) -> bool:
        """Whether it is as if nothing had ever been taken."""
        return self.has(self._burst, now)

    def _fill(self, now: float) -> None:
        if self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now


def _rule(text: str, factor: float) -> tuple[int, float]:
    """How many, within how many seconds."""
    item: RateLimitItem = parse(text)
    return max(1, round(item.amount * factor)), float(item.get_expiry())
