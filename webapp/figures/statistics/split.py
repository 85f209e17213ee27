"""Whether the groups are as large as they should be.

When they are not, something has chosen who is counted: a crash, a slow page, a fault in the
counting. Then no difference between them means anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

TOO_UNLIKELY = 0.001
"""Below it the split counts as broken: it is looked at often, and chance must not cry wolf."""


def sample_ratio(observed: Mapping[str, int], expected: Mapping[str, float]) -> float | None:
    """How likely a split at least this far from the expected shares is by chance: the p-value of
    Pearson's chi-square test with one degree of freedom less than there are groups.

    None where there is nothing to test: fewer than two groups with a share, or nobody in them.
    """
    names = [name for name, share in expected.items() if share > 0]
    if len(names) < 2:
        return None
    counted = sum(observed.get(name, 0) for name in names)
    if not counted:
        return None
    all_shares = sum(expected[name] for name in names)
    statistic = 0.0
    for name in names:
        wanted = counted * expected[name] / all_shares
        statistic += (observed.get(name, 0) - wanted) ** 2 / wanted
    return chance_beyond(statistic, len(names) - 1)


def chance_beyond(statistic: float, freedom: int) -> float:
    """How likely a chi-square of `freedom` degrees, one or more, is above `statistic`.

    A whole number of degrees needs no library, which takes half a second to be loaded: with x half
    of the statistic, Q(1/2) = erfc(sqrt x), Q(1) = exp(-x) and Q(a + 1) = Q(a) + x^a exp(-x) /
    gamma(a + 1) (Abramowitz and Stegun 6.5.21), up to Q(freedom / 2). Only sums of what is
    positive: as precise for what is most unlikely.
    """
    x = statistic / 2
    if x <= 0:
        return 1.0
    odd = freedom % 2
    chance = math.erfc(math.sqrt(x)) if odd else math.exp(-x)
    for twice in range(1 if odd else 2, freedom, 2):
        a = twice / 2
        chance += math.exp(a * math.log(x) - x - math.lgamma(a + 1))
    return chance
