"""Explanations in the reader's words."""

from __future__ import annotations

from flags.explain import Constraint, Explanation, Reason, Rollout, Strategy
from flags.explain.operands import measure
from flags.gate import Decision
from webapp.infra.i18n import t

MOST_NEAREST = 3

MANY = 12
"""So many wanted values are told; of more, only how many there are."""


def told(enabled: bool, variant: str | None) -> str:
    """An answer."""
    if not enabled:
        return t("qa.answer.closed")
    return t("qa.answer.open_variant", variant=variant) if variant else t("qa.answer.open")


def told_decision(decision: Decision) -> str:
    """The answer of a gate."""
    return told(decision.enabled, decision.variant)


def reason(explanation: Explanation) -> str:
    """What settled the answer, in a sentence."""
    key = explanation.reason.name.lower()
    closed = [parent.feature for parent in explanation.parents if not parent.met]
    return t(
        f"qa.reason.{key}",
        count=len(explanation.strategies),
        number=(explanation.decided or 0) + 1,
        parents=", ".join(closed),
    )


def nearest(explanation: Explanation) -> str:
    """Of strategies that do not let somebody in, those that come closest, and what it is that is
    not met. Empty for other answers."""
    if explanation.reason is not Reason.NO_STRATEGY:
        return ""
    missed = {number: _missed(each) for number, each in enumerate(explanation.strategies, start=1)}
    least = min(map(len, missed.values()))
    close = [number for number, each in missed.items() if len(each) == least]
    return " ".join(
        t("qa.reason.nearest", number=number, missed="; ".join(missed[number]))
        for number in close[:MOST_NEAREST]
    )


def _missed(strategy: Strategy) -> list[str]:
    parts = [each for segment in strategy.segments for each in segment.constraints]
    missed = [
        t("qa.reason.missed", rule=rule(each), found=found(each))
        for each in (*parts, *strategy.constraints)
        if not each.met
    ]
    if strategy.rollout and not strategy.rollout.met:
        missed.append(fallen(strategy.rollout))
    return missed or [kind(strategy)]


def fallen(rollout: Rollout) -> str:
    """Where somebody falls in a percentage."""
    if rollout.place is None:
        return t("qa.rollout.nothing", name=rollout.stickiness, percent=rollout.percent)
    side = "inside" if rollout.met else "outside"
    return t(f"qa.rollout.{side}", place=rollout.place, percent=rollout.percent)


def rule(constraint: Constraint) -> str:
    """What a constraint asks for."""
    wanted = list(constraint.wanted)
    shown = ", ".join(wanted[:MANY])
    if len(wanted) > MANY:
        shown = t("qa.constraint.and_more", shown=shown, count=len(wanted) - MANY)
    try:
        text = t(f"qa.operator.{constraint.operator}", name=constraint.name, wanted=shown)
    except KeyError:
        text = f"{constraint.name} {constraint.operator} {shown}"
    if constraint.ignores_case:
        text = t("qa.constraint.any_case", rule=text)
    return t("qa.constraint.inverted", rule=text) if constraint.inverted else text


def found(constraint: Constraint) -> str:
    """What the person has there, and why it cannot be held against the rule, if it cannot."""
    if constraint.unreadable:
        return t("qa.constraint.unreadable")
    if constraint.found is None:
        return t("qa.constraint.nothing", name=constraint.name)
    if _is_of_another_kind(constraint):
        return t("qa.constraint.incomparable", value=constraint.found)
    return t("qa.constraint.has", value=constraint.found)


def _is_of_another_kind(constraint: Constraint) -> bool:
    """Whether the person's value cannot be read as what the rule compares it with."""
    if not constraint.operator.startswith(("NUM_", "DATE_", "SEMVER_")):
        return False
    measured = measure(constraint.wanted[0])
    return measured is not None and measured[0](constraint.found or "") is None


def kind(strategy: Strategy) -> str:
    """What kind of strategy it is."""
    if not strategy.known:
        return t("qa.strategy.unknown", name=strategy.name)
    return t(f"qa.strategy.kind.{strategy.name}")
