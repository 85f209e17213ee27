"""Stale features with what to delete of them: for the console, and for CI (`flask flags stale`)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from flags.catalogue import CATALOGUE, GatedFeature
from flags.sources.interface import Change
from flags.stale import Stale, stale_features
from webapp.feature_flags.change_history import History, Wanted
from webapp.feature_flags.code_references import Leftovers, leftovers


@dataclass(frozen=True)
class Finding:
    """A stale feature; `needed_by` are those that name it as their parent."""

    stale: Stale
    leftovers: Leftovers
    needed_by: tuple[str, ...]

    @property
    def feature(self) -> GatedFeature:
        return self.stale.feature

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        since = self.stale.since
        return {
            "feature": self.feature.key,
            "owner": self.feature.owner,
            "purpose": self.feature.purpose,
            "expected_end": self.feature.expected_end.isoformat(),
            "reasons": [reason.value for reason in self.stale.reasons],
            "since": since.isoformat() if since else None,
            "folders": list(self.leftovers.folders),
            "lines": [str(lines) for lines in self.leftovers.entry],
            "mentions": [str(lines) for lines in self.leftovers.mentions],
            "needed_by": list(self.needed_by),
        }


def findings(
    history: History,
    cohorts: Sequence[tuple[str, int]],
    folders: Mapping[str, tuple[str, ...]],
    now: datetime,
) -> list[Finding]:
    """Every stale feature. `cohorts`: each with the number of its people; `folders`: each feature's
    own, under features/."""
    peopled = [name for name, people in cohorts if people]
    stale = stale_features(CATALOGUE, _each_of(history), peopled, now)
    return [_finding(one, folders.get(one.feature.key, ())) for one in stale]


def _each_of(history: History) -> Callable[[str], Iterator[Change]]:
    """All changes of a feature, the latest first. That one decides of most features, so it is read
    of all of them at once, and no more where that is enough."""
    latest = history.latest()

    def each(key: str) -> Iterator[Change]:
        if last := latest.get(key):
            yield last
            yield from history.each(Wanted(feature=key), before=last.revision)

    return each


def _finding(stale: Stale, folders: tuple[str, ...]) -> Finding:
    key = stale.feature.key
    children = tuple(one.key for one in CATALOGUE.values() if one.parent == key)
    return Finding(stale, leftovers(key, folders), children)


def add_command(group: AppGroup, look: Callable[[], list[Finding]]) -> None:
    """Adds `flask flags stale`."""

    @group.command("stale")
    @click.option("--json", "as_json", is_flag=True, help="For machines.")
    def stale(as_json: bool) -> None:
        """Features to delete: past their expected end, or the same for everybody for 30 days.

        Exit code 1 when there are any, 3 when the history cannot be read.
        """
        try:
            found = look()
        except SQLAlchemyError as error:
            click.echo(f"the history cannot be read: {type(error).__name__}", err=True)
            sys.exit(3)
        if as_json:
            click.echo(json.dumps([finding.as_dict() for finding in found], indent=2))
        else:
            for line in (line for finding in found for line in _described(finding)):
                click.echo(line)
        sys.exit(1 if found else 0)


def _described(finding: Finding) -> list[str]:
    stale, feature = finding.stale, finding.feature
    since = f" since {stale.since:%Y-%m-%d}" if stale.since else ""
    words = {
        "ended": f"was expected to end on {feature.expected_end}",
        "everybody": f"everybody has it{since}",
        "nobody": f"nobody has it{since}",
    }
    lines = [f"{feature.key} ({feature.owner}): {feature.purpose}"]
    lines += [f"  why     {words[reason]}" for reason in stale.reasons]
    lines += [f"  delete  {folder}/" for folder in finding.leftovers.folders]
    lines += [f"  delete  {entry}" for entry in finding.leftovers.entry]
    lines += [f"  look at {mention}" for mention in finding.leftovers.mentions]
    if finding.needed_by:
        lines.append(f"  first   {', '.join(finding.needed_by)}: needs it")
    return lines
