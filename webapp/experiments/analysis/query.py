"""What is asked of the process that computes figures, and what it says. Plain values, for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """About one feature, and the people who first met it from `since` on and before `until`
    (milliseconds since 1970).

    `by`: "person" or "space", the unit that was assigned and so is compared. `control` is the
    answer that others are compared with, `shares` the split that was asked for; answers are as
    exposures have them. `staying`: people who were in Spaces of different variants are left out;
    only by Space.
    """

    feature: str
    by: str
    since: int
    until: int
    control: str
    shares: Mapping[str, float]
    staying: bool = False
