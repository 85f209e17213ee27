"""How a voice sounds to a listener: recorded people in, what is heard compared with them."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median_high

import numpy as np

from tests.e2e.conftest import Come
from tests.e2e.fidelity import scores
from tests.e2e.speech import RATE, Speech

WANTED = 4.0
"""PESQ, wideband. The same voices coded twice by Opus at our bitrates, without any network, reach
4.14 (docs/decisions/speech-in-opus.md): that is what there is to reach."""

REPETITIONS = 4

AS_IT_IS = """localStorage.setItem("soundcheck.microphone", JSON.stringify(
    { echoCancellation: false, noiseSuppression: false, autoGainControl: false }))"""
"""The product's own switches. What they do to a voice is wanted, and would count as damage."""


def test_a_voice_through_bridge_and_mountpoint(come: Come, numbers: Iterator[int]) -> None:
    host = come("Hana", followers=1200, speaks="host")
    host.page.add_init_script(AS_IT_IS)
    host.hosts(f"In the studio {next(numbers)}")
    listener = host.invites(come, "Lena", "beta")
    assert host.speech is not None
    listener.ear.next(3)  # until the browser's buffers have found their length
    start = listener.ear.now
    whole = len(host.speech.samples)
    while listener.ear.now < start + (REPETITIONS + 1) * whole:
        listener.ear.next(1)
    found = scores(listener.ear.since(start), host.speech.samples)
    assert len(found) >= REPETITIONS - 1
    # A repetition in which this machine was late with a packet was stretched by the browser to hide
    # it, which costs up to half a point: half of them must be as good as a clean network allows.
    assert median_high(found) >= WANTED, [round(one, 2) for one in found]


def test_the_comparison_hears_damage(speeches: dict[str, Speech]) -> None:
    speech = speeches["host"].samples
    twice = np.concatenate([np.zeros(RATE // 3), speech, speech])
    assert min(scores(np.concatenate([twice, speech]), speech)) > 4.5
    for damage in (_with_noise(twice), _with_holes(twice), np.clip(twice, -0.15, 0.15)):
        assert max(scores(np.concatenate([damage, speech]), speech)[:1]) < WANTED


def _with_noise(samples: np.ndarray) -> np.ndarray:
    return samples + np.random.default_rng(1).normal(0, 0.01, len(samples))


def _with_holes(samples: np.ndarray) -> np.ndarray:
    """20 ms of every second are lost."""
    kept = samples.copy()
    for at in range(0, len(kept), RATE):
        kept[at : at + RATE // 50] = 0
    return kept
