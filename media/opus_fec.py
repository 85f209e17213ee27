"""How much loss Opus is told to expect on the way to somebody: it follows what they report.

From it libopus decides how well it repeats each packet in the next one (in-band FEC). What it
spends there is missing in the packet itself, so more than is needed does harm: the figures are in
docs/decisions/speech-in-opus.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

STEPS = (1, 5, 10)
"""Percent. Never 0, which would switch the repeating off; and more than 10 was measured to sound
worse at every loss, 20 % included."""

START = 1
"""Percent, before anything was reported."""

BETWEEN = 10.0
"""Seconds between two changes, at least: two reports."""

WEIGHT = 0.4
"""Of the newest report in the mean of one person. Half of a new level is there after 10 s."""

WEIGHT_OF_ONE = 0.01
"""Of one listener's report in the mean of all: with 100 of them, half of a new level is there
after 4 s; and one alone needs minutes."""

SLACK = 1.25
"""A lower step is taken only when it would do for so many times the loss: else a loss close to
the border of two steps would change the encoder for ever."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """``percent`` is what Opus is told, one of STEPS; ``loss`` the mean of the reports, in percent;
    ``since`` the time of the last change, in seconds of any steady clock."""

    percent: int = START
    loss: float | None = None
    since: float = -math.inf


def fitting(loss: float) -> int:
    """The lowest step that covers a loss in percent, or the highest step."""
    return next((step for step in STEPS if step >= loss), STEPS[-1])


def after(before: Expectation, share: float, now: float, weight: float = WEIGHT) -> Expectation:
    """What to expect once this share (0..1) of packets was reported lost."""
    reported = 100 * share
    loss = reported if before.loss is None else before.loss + weight * (reported - before.loss)
    percent = before.percent
    if now - before.since >= BETWEEN:
        percent = max(fitting(loss), min(percent, fitting(SLACK * loss)))
    return Expectation(percent, loss, before.since if percent == before.percent else now)
