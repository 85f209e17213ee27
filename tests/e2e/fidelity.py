"""How like the original a recording sounds: PESQ (ITU-T P.862.2, wideband), 1 to 4.64."""

from __future__ import annotations

import numpy as np
from pesq import pesq

from tests.e2e.speech import RATE, Samples, resampled

PESQ_RATE = 16_000


def score(heard: Samples, original: Samples) -> float:
    """Of one utterance, from its beginning on. Both at 48 kHz."""
    narrow = [resampled(samples, RATE, PESQ_RATE) for samples in (original, heard)]
    return float(pesq(PESQ_RATE, *[samples.astype(np.float32) for samples in narrow], "wb"))


def scores(heard: Samples, original: Samples) -> list[float]:
    """Of each whole repetition of `original` that a recording holds, one after the other."""
    length = len(original)
    found = []
    at = 0
    while at + 2 * length <= len(heard):
        at += _begin(heard[at : at + 2 * length], original)
        if at + length > len(heard):
            break
        found.append(score(heard[at : at + length], original))
        at += length - RATE // 2
    return found


def aligned(heard: Samples, original: Samples) -> Samples:
    """As much of a recording as the original is long, from where that begins in it."""
    begin = _begin(np.concatenate([heard, np.zeros(len(original))]), original)
    return np.concatenate([heard[begin:], np.zeros(len(original))])[: len(original)]


def _begin(heard: Samples, original: Samples) -> int:
    """Where in a recording the original begins, by cross-correlation."""
    length = 2 ** (len(heard) + len(original)).bit_length()
    spectrum = np.fft.rfft(heard, length) * np.conj(np.fft.rfft(original, length))
    return int(np.argmax(np.fft.irfft(spectrum, length)[: max(1, len(heard) - len(original))]))
