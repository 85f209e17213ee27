"""Features that have outlived their experiment. No I/O.

A gate that answers everybody the same is no gate: it is code that nobody dares to delete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flags.catalogue import GatedFeature
from flags.sources.interface import Change

SETTLED = timedelta(days=30)
"""After so long without a change, the experiment is over."""


class Reason(StrEnum):
    """Why a feature is stale."""

    ENDED = "ended"  # its expected end is past
    EVERYBODY = "everybody"  # open for everybody, for a month
    NOBODY = "nobody"  # open for nobody, for a month


@dataclass(frozen=True)
class Stale:
    """A feature to be deleted, or to be thought about. `since`: when everybody, or nobody, began
    to have it; None where that is not why."""

    feature: GatedFeature
    reasons: tuple[Reason, ...]
    since: datetime | None


@dataclass(frozen=True)
class Settled:
    """What a feature is for everybody alike (`reason` EVERYBODY or NOBODY), and since when."""

    reason: Reason
    since: datetime


def stale_features(
    catalogue: Mapping[str, GatedFeature],
    history: Callable[[str], Iterable[Change]],
    cohorts: Iterable[str],
    now: datetime,
) -> list[Stale]:
    """The features that are stale at `now` (aware), parents first. `history`: all changes of a
    feature, the latest first (no more is taken than is needed); `cohorts`: those with people."""
    peopled = set(cohorts)
    settled: dict[str, Settled | None] = {}
    found = []
    for key, feature in catalogue.items():
        own = _settled(history(key), peopled)
        settled[key] = _under_parent(own, settled[feature.parent]) if feature.parent else own
        if stale := _stale(feature, settled[key], now):
            found.append(stale)
    return found


def _stale(feature: GatedFeature, settled: Settled | None, now: datetime) -> Stale | None:
    reasons = []
    if now.date() > feature.expected_end:
        reasons.append(Reason.ENDED)
    if settled and now - settled.since < SETTLED:
        settled = None
    if settled:
        reasons.append(settled.reason)
    if not reasons:
        return None
    return Stale(feature, tuple(reasons), settled.since if settled else None)


def _under_parent(own: Settled | None, parent: Settled | None) -> Settled | None:
    """Everybody has a feature only while everybody has what it needs."""
    if own is None or own.reason is Reason.NOBODY:
        return own
    if parent is None or parent.reason is not Reason.EVERYBODY:
        return None
    return Settled(own.reason, max(own.since, parent.since))


def _settled(changes: Iterable[Change], cohorts: set[str]) -> Settled | None:
    settled, since = None, None
    for change in changes:
        reason = _alike(change.after, cohorts)
        if since is None:
            settled = reason
        if reason is not settled or settled is None:
            break
        since = change.at
        cohorts = _before_rename(change, cohorts)
        # What was before is in the change itself: the one before it need not be read to be told.
        if change.before and _alike(change.before, cohorts) is not settled:
            break
    return Settled(settled, since) if settled and since else None


def _alike(state: Mapping[str, Any], cohorts: set[str]) -> Reason | None:
    if not state["enabled"]:
        return Reason.NOBODY
    if state.get("custom"):
        return None
    if not state["rollout"] or not state["cohorts"]:
        return Reason.NOBODY
    everybody = state["rollout"] == 100 and cohorts and cohorts <= set(state["cohorts"])
    return Reason.EVERYBODY if everybody and not state["constraints"] else None


def _before_rename(change: Change, cohorts: set[str]) -> set[str]:
    """The cohorts by the names that they had before: a rename changes nothing for anybody.

    Its first step puts the new name right behind the old one."""
    names = change.after["cohorts"]
    added = [name for name in names if name not in change.before.get("cohorts", names)]
    if change.action != "rename" or len(added) != 1:
        return cohorts
    old = names[names.index(added[0]) - 1]
    return cohorts - set(added) | {old} if added[0] in cohorts else cohorts
