"""The comparison itself: it must tell a wrong recording from a right one."""

from __future__ import annotations

import numpy as np

from tests.e2e.ear import LIKE, UNLIKE
from tests.e2e.speech import RATE, Speech, likeness, longest_silence


def test_nobody_is_taken_for_somebody_else(speeches: dict[str, Speech]) -> None:
    for speech in speeches.values():
        for other in speeches.values():
            fits = likeness(speech.samples, other)
            assert fits.min() > 0.99 if speech is other else fits.max() < UNLIKE


def test_two_at_once_are_both_found_and_a_third_is_not(speeches: dict[str, Speech]) -> None:
    host, tester, second = (speeches[name] for name in ("host", "tester", "second"))
    both = host.samples[: 6 * RATE] + tester.samples[RATE : 7 * RATE]
    assert likeness(both, host).max() > LIKE
    assert likeness(both, tester).max() > LIKE
    assert likeness(both, second).max() < UNLIKE


def test_noise_and_silence_are_nobodys(speeches: dict[str, Speech]) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 4 * RATE)
    for speech in speeches.values():
        assert likeness(noise, speech).max() < UNLIKE
        assert likeness(np.zeros(2 * RATE), speech).max() == 0


def test_a_hole_is_measured(speeches: dict[str, Speech]) -> None:
    samples = speeches["host"].samples.copy()
    samples[2 * RATE : 3 * RATE + RATE // 2] = 0
    assert 1.4 < longest_silence(samples, 0.002) < 2.0
