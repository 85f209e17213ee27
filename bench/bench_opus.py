"""What the bitrate of speech and the protection against loss are worth: PESQ, for docs/decisions.

Run it with `python -m bench.bench_opus`. Recorded voices go through libopus twice, as through a
Space: once from the speaker, decoded, and once more for the listeners, where packets are lost at
random, or several in a row. No network and no browser take part: it is the same on every machine.
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
LOST = ((0.0, 0), (0.03, 0), (0.1, 0), (0.2, 0), (0.03, 2), (0.1, 3), (0.2, 4))
"""Share of packets, and how many in a row, on average; 0: each for itself."""
TRIES = 12


def at_random(packets: int, share: float, random: np.random.Generator) -> set[int]:
    return {int(n) for n in np.flatnonzero(random.random(packets) < share)}


def in_rows(packets: int, share: float, many: int, random: np.random.Generator) -> set[int]:
    """Gilbert's model: a network that is whole or broken, and stays broken for so many packets on
    average."""
    ends, begins = 1 / many, share / (1 - share) / many
    broken, lost = random.random() < share, set()
    for number in range(packets):
        if broken:
            lost.add(number)
        broken = random.random() >= ends if broken else random.random() < begins
    return lost


def losses(packets: int) -> list[list[set[int]]]:
    """Which packets are lost, the same ones for every setting: tries, in the order of LOST."""
    random = np.random.default_rng(3)

    def lost(share: float, many: int) -> set[int]:
        if many:
            return in_rows(packets, share, many, random)
        return at_random(packets, share, random)

    return [[lost(*way) for _ in range(TRIES)] if way[0] else [set()] for way in LOST]


def row(
    speech: Samples, first: Samples, bitrate: int, expected: int, complexity: int
) -> list[float]:
    """The score for each way of losing packets."""
    return [
        mean(
            score(
                aligned(sent(first, Encoder(bitrate, expected, complexity), lost)[0], speech),
                speech,
            )
            for lost in tries
        )
        for tries in losses(len(speech) // FRAME)
    ]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        speech = recorded_speech(Path(folder)).samples
    heads = [f"{share:.0%} lost" + (f" {many} in a row" if many else "") for share, many in LOST]
    print(f"{'PESQ (wideband), kbit/s':<48}", *(f"{head:>10}" for head in heads))
    for up, bitrate, complexity in WAYS:
        first, _ = sent(speech, Encoder(up))
        for expected in EXPECTED_LOSS:
            what = (
                f"{up // 1000} to {bitrate // 1000}, complexity {complexity}, {expected} % expected"
            )
            figures = row(speech, first, bitrate, expected, complexity)
            wide = (max(10, len(head)) for head in heads)
            cells = (f"{value:>{width}.2f}" for value, width in zip(figures, wide, strict=True))
            print(f"{what:<48}", *cells, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
