"""Figures in the reader's words and numbers, and where their intervals are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from webapp.experiments.arms import CLOSED, OPEN
from webapp.experiments.metrics import METRICS, Metric
from webapp.infra.i18n import current_language, t

Json = dict[str, Any]

WIDTH, MIDDLE, REACH = 200, 100, 92
"""Of a drawn interval, in units of its picture: no difference is in the middle."""


@dataclass(frozen=True)
class Plot:
    """Where an interval is drawn: from `low` to `high`, the difference at `at`."""

    low: float
    at: float
    high: float


@dataclass(frozen=True)
class Row:
    """One outcome of a group, beside the control's. Texts; empty where nothing is said."""

    name: str
    control: str
    control_n: str
    value: str
    n: str
    difference: str
    interval: str
    adjusted: bool
    verdict: str
    said: str
    plot: Plot | None


def answer_of(answer: str) -> str:
    """An answer in the reader's words."""
    if answer in (CLOSED, OPEN):
        return t(f"qa.figures.answer.{answer}")
    return answer.removeprefix(":")


def rows(report: Json, answer: str) -> Iterator[Row]:
    """What is said of a group, outcome by outcome."""
    metrics = {metric.key: metric for metric in METRICS}
    for told in report["metrics"]:
        cells = {cell["answer"]: cell for cell in told["groups"]}
        control = cells.get(report["control"])
        yield _row(metrics[told["key"]], cells[answer], control)


def day(moment: int) -> datetime:
    """A moment of figures."""
    return datetime.fromtimestamp(moment / 1000, UTC)


def number(value: float, digits: int = 0, sign: bool = False) -> str:
    """A number as the reader writes it."""
    text = f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"
    text = text.replace("-", "−")
    if current_language() == "fr":
        text = text.replace(",", "\u202f").replace(".", ",")
    return text


def _row(metric: Metric, cell: Json, control: Json | None) -> Row:
    found = cell["difference"]
    difference = interval = ""
    if found:
        by = number(found["by"], metric.digits, sign=True)
        # Two per cent more of five per cent: points of them, or a part of them?
        points = metric.how == "rate"
        difference = t("qa.figures.points", number=by) if points else _with_unit(metric, by)
        if found["relative"] is not None:
            difference += f" ({number(100 * found['relative'], 1, sign=True)} %)"
        ends = (number(found[end], metric.digits, sign=True) for end in ("low", "high"))
        interval = t("qa.figures.interval", low=next(ends), high=next(ends))
    return Row(
        name=t(f"qa.figures.metric.{metric.key}"),
        control=_value(metric, control),
        control_n=_count(metric, control),
        value=_value(metric, cell),
        n=_count(metric, cell),
        difference=difference,
        interval=interval,
        adjusted=bool(found and found["adjusted"]),
        verdict=cell["verdict"] or "",
        said=t(f"qa.figures.verdict.{cell['verdict']}") if cell["verdict"] else "",
        plot=_plot(found) if found else None,
    )


def _value(metric: Metric, cell: Json | None) -> str:
    if cell is None or cell["value"] is None:
        return ""
    return _with_unit(metric, number(cell["value"], metric.digits))


def _with_unit(metric: Metric, text: str) -> str:
    return t(f"qa.figures.unit.{metric.key}", number=text)


def _count(metric: Metric, cell: Json | None) -> str:
    """Of how many it is the mean, where it is not of all."""
    if cell is None or cell["n"] is None or metric.how != "mean":
        return ""
    return t("qa.figures.of", number=number(cell["n"]))


def _plot(found: Json) -> Plot:
    reach = max(abs(found["low"]), abs(found["high"])) or 1.0
    low, by, high = (MIDDLE + REACH * found[name] / reach for name in ("low", "by", "high"))
    return Plot(low, by, high)
