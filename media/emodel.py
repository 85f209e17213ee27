"""How well sound is heard, as a number: the E-model of ITU-T G.107 (06/2015), simplified.

    R       = 93.2 - Idd - Ie,eff                              (7-1) with Table 3's default values
    Idd     = 0                              for Ta <= 100 ms
            = 25 [(1 + X^6)^(1/6) - 3 (1 + (X/3)^6)^(1/6) + 2]                 (7-27)
              with X = log2(Ta / 100)                                          (7-28)
    Ie,eff  = Ie + (95 - Ie) Ppl / (Ppl / BurstR + Bpl)                        (7-29)
    MOS     = 1 + 0.035 R + R (R - 60) (100 - R) 7e-6   for 0 < R < 100        (Annex B)

Simplified: noise, loudness, side tone and echo are at their defaults, which is where 93.2 comes
from (browsers cancel echo). What is left are delay `Ta` and loss `Ppl`, the two that a network
changes.

`Ppl` counts what the decoder had to make up. A packet that came back through forward error
correction is not lost, so protection shows where it helps and nothing is counted twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

R_DEFAULT = 93.2
BEST = 4.5
WORST = 1.0

BAD = 3.1
"""Below this, G.107 Annex B (Table B.1, R = 60) says, many users are dissatisfied."""


@dataclass(frozen=True)
class Codec:
    """`ie`: equipment impairment; `bpl`: how well loss is concealed, in percent; `framing`:
    one-way delay of packets and look-ahead, in ms."""

    ie: float
    bpl: float
    framing: float


CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        # No table of the ITU has Opus. Ie: listening tests put it above G.711, whose Ie is 0, from
        # 20 kbit/s on (draft-ietf-codec-results). Bpl: measured by Al-Ahmadi and others (An
        # Adaptive Bitrate Switching Algorithm for Speech Applications, ACM TOMM 17, 2021) for
        # random loss at 22 to 40 kbit/s: 9.8 to 11.3. Frames of 20 ms and 6.5 ms of look-ahead.
        "opus": Codec(ie=0.0, bpl=10.0, framing=26.5),
        # G.113 Appendix I: G.711 with the concealment of its own Appendix I.
        "pcmu": Codec(ie=0.0, bpl=25.1, framing=20.0),
        "pcma": Codec(ie=0.0, bpl=25.1, framing=20.0),
    }
)
"""Parameters by the codec's name in SDP, in lower case."""


def score(
    loss: float,
    *,
    buffer_ms: float = 0.0,
    round_trip_ms: float = 0.0,
    codec: str = "opus",
    burst_ratio: float = 1.0,
    conversational: bool = True,
) -> float:
    """The mean opinion score of the last stretch of the way, 1 (bad) to 4.41 (nothing to hear).

    `loss` is the share (0..1) of the sound that had to be concealed, `buffer_ms` the mean time in
    the jitter buffer, `round_trip_ms` the network's round trip, of which half counts.
    `burst_ratio` is 1 for random loss, above it when losses come in rows. A codec that is not in
    CODECS counts as Opus. Not `conversational`: the delay does not matter to who only listens to
    a recording or a stream, and is left out.
    """
    known = CODECS.get(codec.lower(), CODECS["opus"])
    delay = known.framing + buffer_ms + round_trip_ms / 2 if conversational else 0.0
    impairment = loss_impairment(loss, known, burst_ratio)
    return mean_opinion(R_DEFAULT - delay_impairment(delay) - impairment)


def delay_impairment(delay_ms: float) -> float:
    """Idd of a one-way delay from mouth to ear, on the scale of R. G.107 (7-27), (7-28)."""
    if delay_ms <= 100:
        return 0.0
    x = math.log2(delay_ms / 100)
    return 25 * (_sixth(1 + x**6) - 3 * _sixth(1 + (x / 3) ** 6) + 2)


def loss_impairment(loss: float, codec: Codec, burst_ratio: float = 1.0) -> float:
    """Ie,eff of a share 0..1 of lost sound, on the scale of R. G.107 (7-29)."""
    percent = 100 * min(max(loss, 0.0), 1.0)
    return codec.ie + (95 - codec.ie) * percent / (percent / burst_ratio + codec.bpl)


def mean_opinion(r: float) -> float:
    """R as a mean opinion score. G.107 Annex B; its curve dips under 1 close to 0, where nothing
    is worse than bad."""
    if r <= 0:
        return WORST
    if r >= 100:
        return BEST
    return max(WORST, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def _sixth(value: float) -> float:
    return math.pow(value, 1 / 6)
