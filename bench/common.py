"""How benchmarks print what they measured."""

from __future__ import annotations

import time
from collections.abc import Callable


def figure(name: str, value: float, unit: str) -> None:
    """One measured value, as a row."""
    print(f"{name:<58} {value:>14,.3f} {unit}")


def ratio(name: str, value: float, target: float) -> bool:
    """One ratio beside what it must at least be, as a row. Returns whether it is met."""
    met = value >= target
    print(f"{name:<58} {value:>14.3f} (target >= {target:g}: {'met' if met else 'MISSED'})")
    return met


def rate(work: Callable[[], object], seconds: float = 0.5) -> float:
    """How often per second `work` can be done, by one thread."""
    done = 0
    begun = time.perf_counter()
    while (passed := time.perf_counter() - begun) < seconds:
        for _ in range(100):
            work()
        done += 100
    return done / passed
