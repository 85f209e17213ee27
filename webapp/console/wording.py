"""States and changes in words, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flags.sources.base import Change
from webapp.console.service import Row
from webapp.i18n import t


def state_of(row: Row) -> str:
    """ "On", "Off, draining: 3 inside", "On, but web-listening is off"."""
    if not row.state.enabled:
        draining = row.state.closing == "drain" and row.reach.inside
        return (
            t("console.state.draining", count=row.reach.inside)
            if draining
            else t("console.state.off")
        )
    if row.held_by:
        return t("console.state.held", parent=row.held_by)
    return t("console.state.on") if row.state.cohorts else t("console.state.nobody")


def summary(state: Mapping[str, Any]) -> str:
    """A stored state in a line: "On, 30 % of staff, alpha". Empty for no state."""
    if not state:
        return ""
    switch = t("console.state.on" if state["enabled"] else "console.state.off")
    if not state["cohorts"]:
        return t("console.summary.nobody", state=switch)
    cohorts = ", ".join(state["cohorts"])
    return t("console.summary", state=switch, percent=state["rollout"], cohorts=cohorts)


def what(change: Change) -> str:
    """What a change did, without who and when: "took alpha out, cut"."""
    done = _done(change)
    if change.closing is None:
        return done
    return t("console.change.closing", done=done, closing=t(f"console.closing.{change.closing}"))


def _done(change: Change) -> str:
    before, after = change.before, change.after
    match change.action:
        case "rollout":
            return t("console.change.rollout", before=before["rollout"], after=after["rollout"])
        case "cohort":
            gained = set(after["cohorts"]) - set(before["cohorts"])
            moved = gained or set(before["cohorts"]) - set(after["cohorts"])
            key = "console.change.cohort_in" if gained else "console.change.cohort_out"
            return t(key, cohort=", ".join(moved))
        case _:
            return t(f"console.change.{change.action}")
