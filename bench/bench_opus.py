"""What the bitrate of speech and the protection against loss are worth: PESQ, for docs/decisions.

Run it with `python -m bench.bench_opus`. Recorded voices go through libopus twice, as through a
Space: once from the speaker, decoded, and once more for the listeners, where packets are lost at
random. No network and no browser take part: it is the same on every machine.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import mean

import numpy as np

from bench.parts.opus import FRAME, Encoder, Samples, sent
from tests.e2e.fidelity import aligned, score
from tests.e2e.speech import recorded_speech

WAYS = ((32_000, 48_000, 9), (48_000, 64_000, 9), (64_000, 64_000, 9), (48_000, 64_000, 4))
"""From speakers, of the mix, and the mix's complexity: libopus' own, which Janus leaves to the mix
for listeners, and 4, which it gives to each speaker's own."""
EXPECTED_LOSS = (0, 1, 5, 10, 20)
LOST = (0.0, 0.03, 0.1, 0.2)
TRIES = 12


def losses(packets: int) -> dict[float, list[set[int]]]:
    """Which packets are lost, the same ones for every setting."""
    random = np.random.default_rng(3)

    def lost(share: float) -> set[int]:
        return {int(n) for n in np.flatnonzero(random.random(packets) < share)}

    return {share: [lost(share) for _ in range(TRIES)] if share else [set()] for share in LOST}


def row(
    speech: Samples, first: Samples, bitrate: int, expected: int, complexity: int
) -> list[float]:
    """The score for each share of packets lost."""
    return [
        mean(
            score(
                aligned(sent(first, Encoder(bitrate, expected, complexity), lost)[0], speech),
                speech,
            )
            for lost in tries
        )
        for tries in losses(len(speech) // FRAME).values()
    ]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        speech = recorded_speech(Path(folder)).samples
    print("PESQ (wideband), kbit/s:", *(f"{share:>5.0%} lost" for share in LOST))
    for up, bitrate, complexity in WAYS:
        first, _ = sent(speech, Encoder(up))
        for expected in EXPECTED_LOSS:
            what = (
                f"{up // 1000} to {bitrate // 1000}, complexity {complexity}, {expected} % expected"
            )
            figures = row(speech, first, bitrate, expected, complexity)
            print(f"{what:<48}", *(f"{value:>10.2f}" for value in figures), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
