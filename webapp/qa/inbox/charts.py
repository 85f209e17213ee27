"""A minute of sound as small charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.audio.quality.schemas import Second
from webapp.audio.quality.service import score_of

WIDE, HIGH = 240.0, 56.0
"""Of a drawing, in its own units."""

MINUTE = 60

Read = Callable[[Mapping[str, Any]], float | None]


@dataclass(frozen=True)
class Measure:
    """`name` of its texts; `top`: the scale reaches at least so far, from `bottom` on; `digits`
    are those after the point."""

    name: str
    read: Read
    top: float
    digits: int = 0
    bottom: float = 0.0


MEASURES = (
    Measure("score", lambda one: one["score"], 4.5, digits=1, bottom=1.0),
    Measure("missing", lambda one: 100 * one["concealed"], 10.0, digits=1),
    Measure("buffer", lambda one: one["buffer"], 200.0),
    Measure("rtt", lambda one: one["rtt"], 200.0),
    Measure("jitter", lambda one: one["jitter"], 50.0),
    Measure("kbps", lambda one: one["kbps"], 64.0),
)


@dataclass(frozen=True)
class Chart:
    """`lines` are lists of points of an SVG; a new one begins where something was not measured.
    `low`, `high` and `top` are in words."""

    name: str
    lines: tuple[str, ...]
    low: str
    high: str
    top: str


def with_scores(sound: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The seconds of a report, each with its score."""
    return [{**one, "score": score_of(Second.model_validate(one))} for one in sound]


def charts_of(seconds: Sequence[Mapping[str, Any]]) -> list[Chart]:
    """One for each measure of which there is anything."""
    charts = (_chart(measure, seconds) for measure in MEASURES)
    return [chart for chart in charts if chart.lines]


def _chart(measure: Measure, seconds: Sequence[Mapping[str, Any]]) -> Chart:
    points = [(one["t"], measure.read(one)) for one in seconds]
    values = [value for _, value in points if value is not None]
    top = max([measure.top, *values])
    low, high = (f"{end:.{measure.digits}f}" for end in (min(values, default=0), max([0, *values])))
    return Chart(measure.name, _lines(points, measure.bottom, top), low, high, f"{top:.0f}")


def _lines(
    points: Sequence[tuple[int, float | None]], bottom: float, top: float
) -> tuple[str, ...]:
    """The newest at the right; one point alone is drawn as a short dash."""
    lines: list[list[str]] = [[]]
    before = None
    for ago, value in points:
        if value is None or (before is not None and before - ago > 2):
            lines.append([])
        if value is not None:
            x = WIDE * (1 - min(ago, MINUTE) / MINUTE)
            y = HIGH * (1 - (value - bottom) / (top - bottom))
            lines[-1].append(f"{x:.1f},{min(max(y, 0), HIGH):.1f}")
        before = ago
    return tuple(" ".join(line if len(line) > 1 else line * 2) for line in lines if line)
