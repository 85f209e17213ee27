"""Whether the groups are as large as they should be.

When they are not, something has chosen who is counted: a crash, a slow page, a fault in the
counting. Then no difference between them means anything.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import special

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
    counts = np.array([observed.get(name, 0) for name in names], dtype=float)
    shares = np.array([expected[name] for name in names])
    wanted = counts.sum() * shares / shares.sum()
    if not counts.sum():
        return None
    statistic = float(((counts - wanted) ** 2 / wanted).sum())
    return float(special.chdtrc(len(names) - 1, statistic))
