"""How like the original a recording sounds: PESQ (ITU-T P.862.2, wideband), 1 to 4.64.

Coding changes how a voice sounds, not when, nor whether. A machine that has no core for the bridge
or the browser leaves packets out, mixes silence (40 to 200 ms of it were seen beside 15 waiting
tasks), or stretches sound, so that what follows comes too late or too early. `undisturbed` tells
the two apart, without looking at any score.
"""

from __future__ import annotations

import numpy as np
from pesq import pesq

from tests.e2e.speech import RATE, Samples, loudness, resampled

PESQ_RATE = 16_000

PIECES = 6
"""In which a speech is compared in time: about a sentence each."""

WINDOW = RATE // 2
"""Within a piece; each begins in the middle of the one before."""

STRAYING = RATE * 5 // 1000
"""Samples, 5 ms: so far may a window be off its piece. Coded twice without a fault, voiced sounds
are up to 4.5 ms off, since one period of a voice resembles the next; a packet is 20 ms."""

DRIFT = RATE // 4
"""How far, at the most, a piece is from where the whole repetition has it."""

BLOCK = RATE // 100

MISSING = 0.1
"""Of its level: a loud block that keeps less is not there. Coded twice, each keeps half or more."""

REACH = RATE * 30 // 1000
"""How far a window is looked for: a packet and a half."""

LOUD = 0.3
"""Of a piece's level: what is quieter cannot be placed, nor missed."""


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


def undisturbed(heard: Samples, original: Samples) -> list[Samples]:
    """The speech as often as a recording holds each of its pieces as long as it was, put together
    from the first of each, from the second of each, and so on."""
    length = len(original) // PIECES
    found: list[list[Samples]] = [[] for _ in range(PIECES)]
    at = 0
    while at + 2 * len(original) <= len(heard):
        at += _begin(heard[at : at + 2 * len(original)], original)
        for number, renditions in enumerate(found):
            begin = number * length
            piece = original[begin : begin + length]
            if (rendition := _in_time(heard, at + begin, piece)) is not None:
                renditions.append(rendition)
        at += len(original) - RATE // 2
    return [np.concatenate(whole) for whole in zip(*found, strict=False)]


def _in_time(heard: Samples, at: int, piece: Samples) -> Samples | None:
    """A piece around `at`, if all that is loud in it is there, and where it belongs."""
    start = at - DRIFT
    if start < 0 or at + len(piece) + DRIFT > len(heard):
        return None
    begin = start + _begin(heard[start : at + len(piece) + DRIFT], piece)
    for first in range(0, len(piece) - WINDOW + 1, WINDOW // 2):
        window = piece[first : first + WINDOW]
        if loudness(window) < LOUD * loudness(piece):
            continue
        around = heard[max(0, begin + first - REACH) : begin + first + WINDOW + REACH]
        if abs(_begin(around, window) - REACH) > STRAYING:
            return None
    there = heard[begin : begin + len(piece)]
    return None if _misses(there, piece) else there


def _misses(heard: Samples, piece: Samples) -> bool:
    for first in range(0, len(piece) - BLOCK + 1, BLOCK):
        wanted = loudness(piece[first : first + BLOCK])
        left = loudness(heard[first : first + BLOCK])
        if wanted >= LOUD * loudness(piece) and left < MISSING * wanted:
            return True
    return False


def aligned(heard: Samples, original: Samples) -> Samples:
    """As much of a recording as the original is long, from where that begins in it."""
    begin = _begin(np.concatenate([heard, np.zeros(len(original))]), original)
    return np.concatenate([heard[begin:], np.zeros(len(original))])[: len(original)]


def _begin(heard: Samples, original: Samples) -> int:
    """Where in a recording the original begins, by cross-correlation."""
    length = 2 ** (len(heard) + len(original)).bit_length()
    spectrum = np.fft.rfft(heard, length) * np.conj(np.fft.rfft(original, length))
    return int(np.argmax(np.fft.irfft(spectrum, length)[: max(1, len(heard) - len(original))]))
