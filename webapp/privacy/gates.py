"""What somebody may read of themselves without learning what is closed for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from webapp.experiments.arms import CLOSED, OUTSIDE

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]

NO_SUCH = (None, False, "")
"""Columns with nothing in them are left out: their names tell of what somebody could do."""


def without_closed(tables: Tables) -> dict[str, list[Row]]:
    """The same without answers that say no: whoever is outside cannot tell a closed feature from
    one that was never written."""
    left = {}
    for table, rows in tables.items():
        kept = [_CHANGES.get(table, _as_it_is)(row) for row in rows]
        told = [_told(row) for row in kept if row]
        if told:
            left[table] = told
    return left


def _told(row: Row) -> Row:
    """Without the name of a cohort, which may well be that of a feature, wherever it stands."""
    return {
        name: _told(value) if isinstance(value, dict) else value
        for name, value in row.items()
        if value not in NO_SUCH and name != "cohort"
    }


def _as_it_is(row: Row) -> Row:
    return row


def _exposure(row: Row) -> Row:
    return {} if row["answer"] in (CLOSED, OUTSIDE) else row


def _report(row: Row) -> Row:
    if "decisions" not in row:
        return row  # somebody else's, which they handled
    return {**row, "decisions": [one for one in row["decisions"] if one["enabled"]]}


def _explained(row: Row) -> Row:
    """Only that a moment of theirs was looked at: the rest is about what gates answered."""
    return {name: row[name] for name in ("id", "at", "opened_at") if name in row}


_CHANGES: Mapping[str, Callable[[Row], Row]] = {
    "exposures": _exposure,
    "reports": _report,
    "explained_answers": _explained,
}
