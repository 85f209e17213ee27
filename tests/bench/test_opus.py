"""The networks that lose packets in bench_opus."""

from __future__ import annotations

import numpy as np
import pytest

from bench.bench_opus import LOST, TRIES, at_random, in_rows, losses

PACKETS = 100_000


def rows(lost: set[int]) -> int:
    """How many times a loss begins."""
    return sum(number - 1 not in lost for number in lost)


@pytest.mark.parametrize(("share", "many"), [(0.03, 2), (0.1, 3), (0.2, 4)])
def test_losses_come_as_often_and_in_rows_as_long_as_wanted(share: float, many: int) -> None:
    lost = in_rows(PACKETS, share, many, np.random.default_rng(1))
    assert len(lost) / PACKETS == pytest.approx(share, rel=0.1)
    assert len(lost) / rows(lost) == pytest.approx(many, rel=0.1)


def test_losses_at_random_come_one_by_one() -> None:
    lost = at_random(PACKETS, 0.1, np.random.default_rng(1))
    assert len(lost) / PACKETS == pytest.approx(0.1, rel=0.1)
    assert len(lost) / rows(lost) == pytest.approx(1 / 0.9, rel=0.1)


def test_every_setting_meets_the_same_losses() -> None:
    first, second = losses(500), losses(500)
    assert first == second
    assert [len(tries) for tries in first] == [1, *[TRIES] * (len(LOST) - 1)]
    assert first[0] == [set()]
