"""From sums to what may be said. Nothing is said about groups of fewer than five people."""

from __future__ import annotations

from typing import Any

from webapp.experiments.analysis.partitioned_query import Counted
from webapp.experiments.analysis.query import Question
from webapp.experiments.metrics import METRICS, Metric
from webapp.experiments.statistics.intervals import Difference, difference
from webapp.experiments.statistics.srm import TOO_UNLIKELY, sample_ratio
from webapp.experiments.statistics.sufficient_statistics import Sums

FEWEST = 5
"""People in a group, below which nothing is shown of it."""

FEWEST_TO_CONCLUDE = 30
"""Units in a group, below which an interval is shown and nothing concluded: it leans on the means
of many being normal."""

Json = dict[str, Any]


def report(question: Question, counted: Counted) -> Json:
    """All that figures say, as plain values for JSON."""
    answers = _answers(question, counted)
    chance = sample_ratio(counted.units, question.shares)
    broken = chance is not None and chance < TOO_UNLIKELY
    return {
        "feature": question.feature,
        "by": question.by,
        "since": question.since,
        "until": question.until,
        "control": question.control,
        "split": {"p": chance, "broken": broken},
        "both": _hidden(counted.both),
        "earlier": _hidden(counted.earlier),
        "wanderers": _hidden(counted.wanderers),
        "staying": question.staying,
        "groups": [_group(question, counted, answer) for answer in answers],
        "metrics": [_metric(metric, question, counted, answers, broken) for metric in METRICS],
    }


def _answers(question: Question, counted: Counted) -> list[str]:
    """The control first, then as they were asked for, then others that were met."""
    named = [question.control, *question.shares, *sorted(counted.units)]
    return [
        answer for answer in dict.fromkeys(named) if answer in {*question.shares, *counted.units}
    ]


def _group(question: Question, counted: Counted, answer: str) -> Json:
    enough = _is_enough(counted, answer)
    return {
        "answer": answer,
        "people": counted.people.get(answer, 0) if enough else None,
        "units": counted.units.get(answer, 0) if enough else None,
        "share": question.shares.get(answer),
    }


def _metric(
    metric: Metric, question: Question, counted: Counted, answers: list[str], broken: bool
) -> Json:
    cells = [_cell(metric, question, counted, answer, broken) for answer in answers]
    return {"key": metric.key, "how": metric.how, "better": metric.better, "groups": cells}


def _cell(metric: Metric, question: Question, counted: Counted, answer: str, broken: bool) -> Json:
    control = _sums(metric, counted, question.control)
    mine = _sums(metric, counted, answer)
    told: Json = {"answer": answer, "n": None, "value": None, "difference": None, "verdict": "few"}
    if mine is None:
        return told
    told |= {"n": int(mine.n), "value": mine.mean * metric.scale, "verdict": None}
    if answer == question.control:
        return told
    if broken:
        return told | {"verdict": "blocked"}
    if control is None:
        return told | {"verdict": "few"}
    found = difference(control, mine)
    if found is None:
        return told | {"verdict": "same"}
    ends = {name: getattr(found, name) * metric.scale for name in ("by", "low", "high")}
    relative = found.by / control.mean if control.mean else None
    told["difference"] = {**ends, "relative": relative, "adjusted": found.adjusted}
    told["verdict"] = _verdict(metric, control, mine, found)
    return told


def _verdict(metric: Metric, control: Sums, mine: Sums, found: Difference) -> str:
    if min(control.n, mine.n) < FEWEST_TO_CONCLUDE:
        return "early"
    if not found.is_clear:
        return "same"
    return "better" if (found.by > 0) == (metric.better == "higher") else "worse"


def _sums(metric: Metric, counted: Counted, answer: str) -> Sums | None:
    """None for too few people: in the group, or with a value."""
    if not _is_enough(counted, answer):
        return None
    sums = counted.sums.get((answer, metric.kind), Sums())
    if metric.how != "mean":
        return sums.among(counted.units[answer])
    return sums if counted.behind.get((answer, metric.kind), 0) >= FEWEST else None


def _is_enough(counted: Counted, answer: str) -> bool:
    return counted.people.get(answer, 0) >= FEWEST


def _hidden(number: int) -> int | None:
    """None for one to four: that would tell about people."""
    return number if number == 0 or number >= FEWEST else None
