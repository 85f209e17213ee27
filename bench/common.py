"""How benchmarks print what they measured."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence


def figure(name: str, value: float, unit: str) -> None:
    """One measured value, as a row."""
    print(f"{name:<58} {value:>14,.3f} {unit}", flush=True)


def ratio(name: str, value: float, target: float) -> bool:
    """One ratio beside what it must at least be, as a row. Returns whether it is met."""
    return _judged(name, value, "x", value >= target, f">= {target:g}")


def at_most(name: str, value: float, most: float, unit: str = "x") -> bool:
    """One value or ratio beside what it may be at the most, as a row. Returns whether it is met."""
    return _judged(name, value, unit, value <= most, f"<= {most:g}")


def rate(work: Callable[[], object], seconds: float = 0.5) -> float:
    """How often `work` can be done per second of CPU: what else the machine does matters little."""
    done = 0
    begun = time.thread_time()
    while (passed := time.thread_time() - begun) < seconds:
        for _ in range(100):
            work()
        done += 100
    return done / passed


def cpu_time(work: Callable[[], object]) -> float:
    """What one call takes, in seconds of this thread's CPU."""
    begun = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - begun) / 1e9


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that is not exceeded by `percent` of them (nearest rank)."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def load() -> None:
    """How busy the machine is: others' work beside a benchmark spoils its absolute figures."""
    figure("load of the machine, last minute", os.getloadavg()[0], f"of {os.cpu_count()} cores")


def _judged(name: str, value: float, unit: str, met: bool, target: str) -> bool:
    verdict = "met" if met else "target missed"
    print(f"{name:<58} {value:>14,.3f} {unit} (target {target}: {verdict})", flush=True)
    return met
