"""Speech for fake microphones, and telling whose speech a recording holds.

A recording is compared with the speech itself, not only by its level. Everything here is mono at
48 kHz, as arrays of floats.
"""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 48_000

Samples = NDArray[np.float64]

PEOPLE_IN_THE_STUDIO = Path("/usr/share/sounds/alsa")
"""Voices of real people, recorded at 48 kHz, that come with Debian's alsa-utils."""

SPOKEN = ("Front_Center", "Rear_Left", "Side_Right", "Front_Left", "Rear_Right", "Side_Left")

WRITTEN = {
    "tester": (
        "en-gb",
        """My grandmother kept bees behind the old railway station. Every August we carried the
        honey home in buckets, and nobody on the whole street went without a jar of it.""",
    ),
    "second": (
        "en-us+f3",
        """Yesterday a ship with seven yellow masts came up the river, so we ran down to look.
        It turned out to be a floating circus, which had lost its way in the fog.""",
    ),
}

WINDOW = RATE
STEP = RATE // 2


SLOWER = 4
"""Comparing is done at a fourth of the rate: speech is below 6 kHz."""


@dataclass(frozen=True)
class Speech:
    """What somebody says, over and over: `samples`, and the WAV file that a microphone plays."""

    name: str
    samples: Samples = field(repr=False)
    file: Path

    @cached_property
    def narrow(self) -> Samples:
        return _slower(self.samples, len(self.samples) // SLOWER)

    @cached_property
    def spectrum(self) -> NDArray[np.complex128]:
        return np.fft.rfft(self.narrow)


def recorded_speech(folder: Path) -> Speech:
    """Real people."""
    parts = [_trimmed(_read(PEOPLE_IN_THE_STUDIO / f"{name}.wav")) for name in SPOKEN]
    return _speech("host", np.concatenate(parts), folder)


def written_speech(name: str, folder: Path) -> Speech:
    """One of `WRITTEN`, said by espeak-ng."""
    voice, text = WRITTEN[name]
    raw = folder / f"{name}-raw.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-s", "170", "-w", raw, text], check=True)
    return _speech(name, _trimmed(_read(raw)), folder)


def joined_speech(parts: Iterable[Speech], folder: Path) -> Speech:
    """One after the other: what repeats itself late enough to tell when it was said."""
    return _speech("joined", np.concatenate([part.samples for part in parts]), folder)


def likeness(heard: Samples, speech: Speech) -> NDArray[np.float64]:
    """How much of `speech` is in each second of a recording, shifted by half a second.

    It is the correlation with the speech where that second fits best, wherever in its loop.
    """
    narrow = _slower(heard, len(heard) // SLOWER)
    length, step = WINDOW // SLOWER, STEP // SLOWER
    starts = range(0, len(narrow) - length + 1, step)
    return np.array([_best_fit(narrow[at : at + length], speech) for at in starts])


def loudness(heard: Samples) -> float:
    """Root mean square, of full scale."""
    return float(np.sqrt(np.mean(np.square(heard)))) if len(heard) else 0.0


def longest_silence(heard: Samples, below: float) -> float:
    """Seconds of the longest stretch whose every 10 ms are below a loudness."""
    block = RATE // 100
    blocks = heard[: len(heard) // block * block].reshape(-1, block)
    quiet = np.sqrt(np.mean(np.square(blocks), axis=1)) < below
    longest = run = 0
    for is_quiet in quiet:
        run = run + 1 if is_quiet else 0
        longest = max(longest, run)
    return longest / 100


def _best_fit(part: Samples, speech: Speech) -> float:
    """Normalised correlation of `part` with the endless repetition of a speech, at its best lag."""
    part = part - part.mean()
    energy = float(np.dot(part, part))
    if energy == 0.0:
        return 0.0
    loop = speech.narrow
    products = np.fft.irfft(speech.spectrum * np.conj(np.fft.rfft(part, len(loop))), len(loop))
    sums = np.concatenate([[0.0], np.cumsum(np.square(np.concatenate([loop, loop[: len(part)]])))])
    energies = sums[len(part) : len(part) + len(loop)] - sums[: len(loop)]
    return float(np.max(np.abs(products) / np.sqrt(energy * np.maximum(energies, 1e-9))))


def _slower(samples: Samples, length: int) -> Samples:
    """The same in fewer samples, without what does not fit below half the new rate."""
    return np.fft.irfft(np.fft.rfft(samples)[: length // 2 + 1], length) * (length / len(samples))


def _speech(name: str, samples: Samples, folder: Path) -> Speech:
    samples = samples[: len(samples) // STEP * STEP]  # transforms like round lengths
    samples = samples / np.max(np.abs(samples)) * 0.7
    file = folder / f"{name}.wav"
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        out.writeframes((samples * 32767).astype("<i2").tobytes())
    return Speech(name, samples, file)


def _read(file: Path) -> Samples:
    with wave.open(str(file), "rb") as source:
        rate = source.getframerate()
        samples = np.frombuffer(source.readframes(source.getnframes()), "<i2") / 32768
    return samples if rate == RATE else resampled(samples, rate, RATE)


def resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    """Band-limited, by the spectrum."""
    length = len(samples) * wanted // rate
    spectrum = np.fft.rfft(samples)
    fitting = np.zeros(length // 2 + 1, dtype=complex)
    kept = min(len(spectrum), len(fitting))
    fitting[:kept] = spectrum[:kept]
    return np.fft.irfft(fitting, length) * (length / len(samples))


def _trimmed(samples: Samples) -> Samples:
    """Without the silence at both ends."""
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    return samples[loud[0] : loud[-1]]
