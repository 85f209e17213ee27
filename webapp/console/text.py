"""States and changes in words, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from flags.catalogue import CATALOGUE
from flags.sources.interface import Change, FeatureState
from flags.sources.readability import unreadable_rule
from flags.sources.unleash.source import IN_UNLEASH
from webapp.accounts.text import name_in_words
from webapp.console import wall_time
from webapp.console.feature_list import Row
from webapp.console.people.cohort_rename import RENAME
from webapp.feature_flags.audit_log import COMMAND_LINE
from webapp.feature_flags.change_history import PERSON_ID
from webapp.feature_flags.change_request_store import BY_SCHEDULE
from webapp.feature_flags.models import Proposal
from webapp.infra.i18n import t


def state_of(row: Row) -> str:
    """ "On", "Off, draining: 3 inside", "On, but web-listening is off"."""
    if row.state.untold:
        return t("console.state.untold", state=_off(row))
    if not row.state.enabled:
        return _off(row)
    if row.held_by:
        return t("console.state.held", parent=row.held_by)
    if row.unreadable is not None:
        return t("console.state.unreadable")
    if row.state.custom:
        return t("console.summary.custom", state=t("console.state.on"))
    return t("console.state.on") if row.state.cohorts else t("console.state.nobody")


def _off(row: Row) -> str:
    if row.state.closing == "drain" and row.reach.inside:
        return t("console.state.draining", count=row.reach.inside)
    return t("console.state.off")


def who(by: str) -> str:
    """Who did something: a name, as it was then, or what acted in their place."""
    if by == COMMAND_LINE:
        return t("console.who.command_line")
    if PERSON_ID.fullmatch(by):
        return t("console.who.id", id=by[:8])
    name = by.removeprefix(BY_SCHEDULE)
    if name != by:
        return t("console.who.schedule", name=name_in_words(name))
    return t("console.who.in_unleash") if by == IN_UNLEASH else name_in_words(by)


def summary(state: Mapping[str, Any]) -> str:
    """A stored state in a line: "On, 30 % of staff, alpha". Empty for no state."""
    if not state:
        return ""
    switch = t("console.state.on" if state["enabled"] else "console.state.off")
    if state.get("custom"):
        return t("console.summary.custom", state=switch)
    if not state["cohorts"]:
        return t("console.summary.nobody", state=switch)
    cohorts = ", ".join(state["cohorts"])
    return t("console.summary", state=switch, percent=state["rollout"], cohorts=cohorts)


def what(change: Change) -> str:
    """What a change did, without who and when: "took alpha out, cut"."""
    if not change.before:
        return t("console.change.first")
    if change.action == RENAME:
        return _renamed(change)
    done = "; ".join(differences(change.before, change.after)) or _same_but_for_closing(change)
    if (rule := _unreadable_since(change)) is not None:
        done = t("console.change.unreadable", done=done, rule=rule)
    if change.closing is None:
        return done
    return t("console.change.closing", done=done, closing=t(f"console.closing.{change.closing}"))


RULES = ("constraints", "cohorts", "custom", "feature_variants")
"""What of a stored state the engine has to read."""


def _unreadable_since(change: Change) -> str | None:
    """The rule that cannot be evaluated since this change, if it brought one."""
    rules = [change.after.get(name) for name in RULES]
    if change.feature not in CATALOGUE or rules == [change.before.get(name) for name in RULES]:
        return None
    state = FeatureState.from_dict(change.feature, change.after, change.revision)
    return unreadable_rule(state, CATALOGUE[change.feature])


def _renamed(change: Change) -> str:
    """A cohort's new name is let in beside the old one, then the old one goes: see
    `webapp.console.people.cohort_rename`."""
    wider = len(change.after["cohorts"]) > len(change.before["cohorts"])
    both = change.after["cohorts"] if wider else change.before["cohorts"]
    one = change.before["cohorts"] if wider else change.after["cohorts"]
    apart = next((at for at, name in enumerate(both) if name not in one), None)
    if apart is None:
        return t("console.change.rules")
    old, new = both[apart - 1 : apart + 1] if wider else both[apart : apart + 2]
    return t("console.change.renaming" if wider else "console.change.renamed", old=old, new=new)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What is not the same in two stored states, one by one.

    From the states and not from the change's action: another source may change much at once.
    """
    if before["enabled"] != after["enabled"]:
        yield t("console.change.on" if after["enabled"] else "console.change.off")
    if before["rollout"] != after["rollout"]:
        yield t("console.change.rollout", before=before["rollout"], after=after["rollout"])
    for cohort in after["cohorts"]:
        if cohort not in before["cohorts"]:
            yield t("console.change.cohort_in", cohort=cohort)
    for cohort in before["cohorts"]:
        if cohort not in after["cohorts"]:
            yield t("console.change.cohort_out", cohort=cohort)
    if before["variants"] != after["variants"]:
        yield t("console.change.variants", shares=shares(after["variants"]))


def shares(variants: Mapping[str, int]) -> str:
    """Variants with their weights: "tray 50 %, tapback 50 %"."""
    parts = (
        f"{name} {t('console.percent', percent=f'{w / 10:g}')}" for name, w in variants.items()
    )
    return ", ".join(parts)


def _same_but_for_closing(change: Change) -> str:
    return t("console.change.rules" if change.after["enabled"] else "console.change.off")


def children(row: Row) -> str:
    """What closes with a feature: "web-speaking (2 inside), reactions"."""
    return ", ".join(
        t("console.turn_off.child", child=key, inside=inside) if inside else key
        for key, inside in row.children.items()
    )


def proposed(proposal: Proposal) -> str:
    """What somebody wants to do: "percentage from 30 % to 100 %"."""
    if proposal.kind == "schedule":
        at = datetime.fromisoformat(proposal.wanted["at"])
        return t("console.proposal.schedule", at=wall_time.written(at, proposal.wanted["zone"]))
    if proposal.kind == "unprotect":
        return t("console.proposal.unprotect")
    return "; ".join(differences(proposal.seen, proposal.wanted)) or t("console.change.rules")
