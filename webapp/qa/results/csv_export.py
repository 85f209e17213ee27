"""Figures as a sheet: one line for each outcome of each group."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

COLUMNS = (
    *("feature", "by", "since", "until", "outcome", "answer", "compared_with", "people", "units"),
    *("n", "value", "difference", "low", "high", "relative", "adjusted", "verdict", "split_p"),
    *("wanderers", "wanderers_left_out"),
)


def sheet(report: dict[str, Any]) -> str:
    """The report as CSV. Empty where nothing is shown."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    groups = {group["answer"]: group for group in report["groups"]}
    for metric in report["metrics"]:
        for cell in metric["groups"]:
            writer.writerow(_line(report, metric["key"], cell, groups[cell["answer"]]))
    return file.getvalue()


def _line(report: dict[str, Any], outcome: str, cell: Any, group: Any) -> dict[str, Any]:
    found = cell["difference"] or {}
    return {
        "feature": report["feature"],
        "by": report["by"],
        "since": _day(report["since"]),
        "until": _day(report["until"]),
        "outcome": outcome,
        "answer": cell["answer"].removeprefix(":"),
        "compared_with": report["control"].removeprefix(":"),
        "people": group["people"],
        "units": group["units"],
        "n": cell["n"],
        "value": cell["value"],
        "difference": found.get("by"),
        "low": found.get("low"),
        "high": found.get("high"),
        "relative": found.get("relative"),
        "adjusted": found.get("adjusted"),
        "verdict": cell["verdict"],
        "split_p": report["split"]["p"],
        "wanderers": report["wanderers"],
        "wanderers_left_out": report["staying"],
    }


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="seconds")
