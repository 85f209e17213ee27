"""The difference of two groups, with an interval that holds at every look.

A usual interval holds for one look at the end. Whoever looks daily, and stops when it excludes
zero, is wrong far more often than it says. A confidence sequence holds at all looks together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from webapp.experiments.statistics.sufficient_statistics import Paired, Sums

ALPHA = 0.05
"""How often, at most, the interval misses the true difference at any look, ever."""

TUNING = 5000.0
"""The number of units at which the interval is at its narrowest; it is valid at every number."""


@dataclass(frozen=True)
class Difference:
    """Of a group from the one that it is compared with, in the unit of the outcome. `low` and
    `high` are the interval; `adjusted` tells whether pasts were taken into account."""

    by: float
    low: float
    high: float
    adjusted: bool

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0 or self.high < 0


def difference(control: Sums, treated: Sums, alpha: float = ALPHA) -> Difference | None:
    """None where nothing can be said: fewer than two units, or no variance at all.

    Where units have a past, what can be known from it is taken off both groups (CUPED: Deng, Xu,
    Kohavi, Walker 2013): y - theta (x - mean x), with theta = cov(x, y) / var(x) of both together.
    """
    if min(control.n, treated.n) < 2:
        return None
    theta, a, b = _regression(control, treated)
    by = (treated.mean - control.mean) - theta * (b.mean_x - a.mean_x)
    variance = _adjusted(a, theta) / control.n + _adjusted(b, theta) / treated.n
    if variance <= 0:
        return None
    width = float(half_width(variance, control.n + treated.n, alpha))
    return Difference(by, by - width, by + width, adjusted=theta != 0)


def half_width(variance: Any, n: Any, alpha: float = ALPHA) -> Any:
    """Half the width of the always-valid interval around a difference. Numbers or arrays.

    `variance` is that of the difference itself (the sum of each group's variance / n), `n` the
    units of both groups together. A Gaussian-mixture asymptotic confidence sequence:

        sqrt(variance n) sqrt( 2 (n rho² + 1) / (n rho)²  log( sqrt(n rho² + 1) / alpha ) )
        rho² = ( -2 log(alpha) + log(1 - 2 log(alpha)) ) / tuning

    The mixture is that of Howard, Ramdas, McAuliffe, Sekhon (2021), Time-uniform, nonparametric,
    nonasymptotic confidence sequences, Annals of Statistics 49(2); the form is that of
    Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, arXiv:2103.06476v7, equations 9 and 161, as
    GrowthBook uses it (gbstats 0.8, SequentialTwoSidedTTest), against which it is tested.
    """
    rho2 = (-2 * np.log(alpha) + np.log(1 - 2 * np.log(alpha))) / TUNING
    spread = n * rho2 + 1
    return np.sqrt(variance * n) * np.sqrt(
        2 * spread * np.log(np.sqrt(spread) / alpha) / (n**2 * rho2)
    )


def _regression(control: Sums, treated: Sums) -> tuple[float, Paired, Paired]:
    with_past = control.past_n + treated.past_n
    usual = (control.x + treated.x) / with_past if with_past else 0.0
    a, b = Paired.of(control, usual), Paired.of(treated, usual)
    both = a + b
    if both.variance_x <= 0 or both.sums.variance <= 0:
        return 0.0, a, b
    return both.covariance / both.variance_x, a, b


def _adjusted(group: Paired, theta: float) -> float:
    return group.sums.variance + theta**2 * group.variance_x - 2 * theta * group.covariance
