"""Our formulas beside GrowthBook's, and beside what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
from gbstats.models.statistics import (
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
    compute_theta,
)
from gbstats.utils import check_srm
from numpy.typing import NDArray

from webapp.experiments.statistics.intervals import difference, half_width
from webapp.experiments.statistics.srm import TOO_UNLIKELY, sample_ratio
from webapp.experiments.statistics.sufficient_statistics import Paired, Sums

Values = NDArray[np.float64]


def sums(y: Values, x: Values | None = None) -> Sums:
    """Of people's values, and of their pasts: NaN for those who have none."""
    if x is None:
        return Sums(len(y), float(y.sum()), float((y**2).sum()))
    had = ~np.isnan(x)
    past, then = x[had], y[had]
    return Sums(
        *(len(y), float(y.sum()), float((y**2).sum()), int(had.sum())),
        *(float(past.sum()), float((past**2).sum()), float((past * then).sum())),
        float(then.sum()),
    )


def theirs(a: Sums, b: Sums) -> tuple[float, float, float]:
    """Difference and interval by GrowthBook, pasts taken into account."""
    usual = (a.x + b.x) / (a.past_n + b.past_n) if a.past_n + b.past_n else 0.0

    def adjusted(group: Sums, theta: float) -> RegressionAdjustedStatistic:
        paired = Paired.of(group, usual)
        return RegressionAdjustedStatistic(
            n=int(group.n),
            post_statistic=SampleMeanStatistic(int(group.n), group.y, group.yy),
            pre_statistic=SampleMeanStatistic(int(group.n), paired.x, paired.xx),
            post_pre_sum_of_products=paired.xy,
            theta=theta,
        )

    theta = compute_theta(adjusted(a, 0), adjusted(b, 0))
    config = SequentialConfig(difference_type="absolute")
    result = SequentialTwoSidedTTest(adjusted(a, theta), adjusted(b, theta), config)
    found = result.compute_result()
    return (found.expected, *found.ci)


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_growthbook(seed: int) -> None:
    dice = np.random.default_rng(seed)
    groups = []
    for n in dice.integers(20, 20_000, 2):
        x = dice.gamma(2, 300, n)
        y = 0.6 * x + dice.gamma(1.5, 200, n) * (1 + 0.02 * len(groups))
        x[dice.random(n) < dice.choice([0.0, 0.4, 1.0])] = np.nan
        groups.append(sums(y, x))
    ours = difference(*groups)
    assert ours is not None
    assert (ours.by, ours.low, ours.high) == pytest.approx(theirs(*groups), rel=0.01)


def test_agrees_with_growthbook_on_shares_without_pasts() -> None:
    a, b = Sums(900, 90, 90), Sums(1100, 143, 143)
    ours = difference(a, b)
    assert ours is not None
    assert not ours.adjusted
    assert (ours.by, ours.low, ours.high) == pytest.approx(theirs(a, b), rel=0.01)


@pytest.mark.parametrize(
    ("counts", "shares"),
    [((500, 500), (0.5, 0.5)), ((480, 530, 1010), (1, 1, 2)), ((5, 900), (0.1, 0.9))],
)
def test_the_split_agrees_with_growthbook(
    counts: tuple[int, ...], shares: tuple[float, ...]
) -> None:
    names = [str(number) for number in range(len(counts))]
    ours = sample_ratio(
        dict(zip(names, counts, strict=True)), dict(zip(names, shares, strict=True))
    )
    assert ours == pytest.approx(check_srm(list(counts), list(shares)), rel=0.01)


def test_a_broken_split_is_told_from_chance() -> None:
    expected = {"a": 0.5, "b": 0.5}
    broken = sample_ratio({"a": 10_000, "b": 10_600}, expected)
    usual = sample_ratio({"a": 10_000, "b": 10_150}, expected)
    assert broken is not None
    assert usual is not None
    assert broken < TOO_UNLIKELY < usual
    assert sample_ratio({"a": 3}, {"a": 1.0}) is None
    assert sample_ratio({}, expected) is None


def looks(dice: np.random.Generator, effect: float, times: int) -> NDArray[np.bool_]:
    """For each of many experiments of two groups: did the interval ever exclude zero, in 30 looks
    of 200 people more in each group? Minutes of listening, skewed as they are."""
    each, number = 200, 30
    means, variances = [], []
    for factor in (1.0, 1.0 + effect):
        y = dice.gamma(2.0, 10.0, (times, number * each)) * factor
        upto = np.arange(1, number + 1) * each
        total = y.cumsum(axis=1)[:, upto - 1]
        squares = (y**2).cumsum(axis=1)[:, upto - 1]
        means.append(total / upto)
        variances.append((squares - total**2 / upto) / (upto - 1) / upto)
    width = half_width(variances[0] + variances[1], 2 * upto)
    found: NDArray[np.bool_] = (np.abs(means[1] - means[0]) > width).any(axis=1)
    return found


def test_thirty_looks_at_nothing_cry_wolf_at_most_once_in_twenty() -> None:
    dice = np.random.default_rng(11)
    wolves = np.concatenate([looks(dice, 0.0, 100) for _ in range(10)])
    assert wolves.mean() <= 0.05


def test_a_planted_effect_of_ten_percent_is_found() -> None:
    found = looks(np.random.default_rng(12), 0.1, 60)
    assert found.mean() >= 0.9


def test_pasts_narrow_the_interval() -> None:
    dice = np.random.default_rng(13)
    groups = []
    for effect in (1.0, 1.1):
        x = dice.gamma(2, 10, 800)
        groups.append((0.9 * x * effect + dice.normal(0, 3, 800), x))
    plain = difference(*(sums(y) for y, _ in groups))
    with_pasts = difference(*(sums(y, x) for y, x in groups))
    assert plain is not None
    assert with_pasts is not None
    assert with_pasts.adjusted
    assert with_pasts.high - with_pasts.low < 0.6 * (plain.high - plain.low)


def test_says_nothing_of_too_little() -> None:
    assert difference(Sums(1, 5, 25), Sums(100, 400, 2000)) is None
    assert difference(Sums(50, 0, 0), Sums(50, 0, 0)) is None
