"""What is made of outcomes: one number for each person (or Space), and which way is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from webapp.experiments import outcome_kinds


@dataclass(frozen=True)
class Metric:
    """`how`: "mean" of a person's happenings (only of those who have any), "total" of a person
    (none is zero), or "rate", whether it happened to a person at all. Shown multiplied by
    `scale`."""

    key: str
    kind: str
    how: Literal["mean", "total", "rate"]
    better: Literal["lower", "higher"]
    scale: float = 1.0
    digits: int = 1


METRICS = (
    Metric("first_sound", outcome_kinds.FIRST_SOUND, "mean", "lower", digits=0),
    Metric("join_failed", outcome_kinds.JOIN_FAILED, "rate", "lower", scale=100),
    Metric("listening", outcome_kinds.LISTENING, "total", "higher", scale=1 / 60),
    Metric("speaking", outcome_kinds.SPEAKING, "total", "higher", scale=1 / 60, digits=2),
    Metric("reactions", outcome_kinds.REACTION, "total", "higher", digits=2),
    Metric("drops", outcome_kinds.DROP, "total", "lower", digits=3),
    Metric("score", outcome_kinds.SCORE, "mean", "higher", digits=2),
)
