"""Changes of features: made at once, or proposed where a feature is protected; and undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from flags.sources.interface import Actor, Change, Closing, Conflict, FeatureState
from flags.sources.state_transitions import (
    LONGEST_NAME,
    opened,
    rolled_out,
    with_cohort,
    with_variants,
)
from webapp.app.services import Core
from webapp.console.feature_list import told
from webapp.console.permissions import Editor
from webapp.console.three_way_merge import Merge, closing_by, merged
from webapp.feature_flags.audit_log import Acts
from webapp.feature_flags.change_request_store import Plans, unprotecting
from webapp.feature_flags.models import Proposal, Protection
from webapp.http.errors import AppError, ErrorCode

PROPOSALS_LAST = timedelta(days=7)

CHANGE, SCHEDULE, UNPROTECT = "change", "schedule", "unprotect"

LOOKED_BACK = 500
"""Changes of a feature within which the one that an editor saw is looked for."""


@dataclass(frozen=True)
class Audience:
    """What the feature page's form holds. Weights are of 1000."""

    cohorts: tuple[str, ...]
    percent: int
    weights: Mapping[str, int]
    closing: Closing


Made = Change | Proposal | None


class ChangedSince(Exception):
    """Somebody else changed the feature since. `merge` would have both."""

    def __init__(self, merge: Merge, now: FeatureState, since: list[Change]) -> None:
        super().__init__(now.key)
        self.merge, self.now, self.since = merge, now, since


class Changes:
    """Every edit returns the Change, the Proposal that it became, or None when nothing was to be
    changed. Raises AppError like the Console, and ChangedSince."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._acts = Acts(core.db, core.clock)
        self.plans = Plans(core.db)

    # ------------------------------------------------------------------ edits

    def edited(self, state: FeatureState, audience: Audience) -> FeatureState:
        """`state` with the form's choices. `bad_input` names what makes no sense."""
        known = {*self._core.cohort_names(), *state.cohorts}
        if unknown := set(audience.cohorts) - known:
            raise AppError(ErrorCode.BAD_INPUT, fields=["cohort", *sorted(unknown)])
        after = state
        for name in known:
            if (name in audience.cohorts) != (name in state.cohorts):
                after = with_cohort(after, name, name in audience.cohorts, audience.closing)
        if audience.percent != state.rollout:
            after = rolled_out(after, audience.percent, audience.closing)
        if dict(audience.weights) != dict(state.variants):
            after = with_variants(after, audience.weights)
        in_order = [name for name in state.cohorts if name in after.cohorts]
        new = [name for name in audience.cohorts if name not in in_order]
        after = replace(after, cohorts=(*in_order, *new))
        return closing_by(state, after, audience.closing)

    def set_audience(self, key: str, audience: Audience, by: Editor, expected: int) -> Made:
        with told():
            base = self.as_seen(key, expected)
            mine = self.edited(base, audience)
            if mine == base:
                return None
            return self._make(base, mine, by, "audience", audience.closing)

    def turn_on(self, key: str, by: Editor, expected: int) -> Made:
        with told():
            base = self.as_seen(key, expected)
            return self._make(base, opened(base), by, "on", Closing.DRAIN)

    def undo(self, key: str, revision: int, by: Editor, expected: int | None = None) -> Made:
        """Takes one change of the history back. Where others came after it, only for those who
        know what is there now: `expected`."""
        with told():
            change = self._change(key, revision)
            if not change.before:
                raise AppError(ErrorCode.BAD_INPUT, fields=["change"])
            base = FeatureState.from_dict(key, change.after, revision)
            mine = FeatureState.from_dict(key, change.before, revision)
            now = self._core.source.feature(key)
            if expected is not None and now.revision == expected:
                mine = merged(base, mine, now, Closing.DRAIN).state
                base = now
            elif now.revision == revision:
                mine = closing_by(now, replace(mine, revision=revision), Closing.DRAIN)
            return self._make(base, mine, by, "undo", Closing.DRAIN)

    def as_seen(self, key: str, revision: int) -> FeatureState:
        """A feature as it was at a revision of its own; if that is not known any more, as it is,
        with that revision: a change of it meets with a conflict."""
        now = self._core.source.feature(key)
        if now.revision == revision:
            return now
        for change in self._core.source.history(key, LOOKED_BACK):
            if change.revision == revision:
                return FeatureState.from_dict(key, change.after, revision)
        return replace(now, revision=revision)

    def _change(self, key: str, revision: int) -> Change:
        for change in self._core.source.history(key, LOOKED_BACK):
            if change.revision == revision:
                return change
        raise AppError(ErrorCode.NOT_FOUND)

    def _make(
        self, base: FeatureState, mine: FeatureState, by: Editor, action: str, closing: Closing
    ) -> Made:
        now = self._core.source.feature(base.key)
        if now.revision != base.revision:
            between = self._changed_since(base, mine, now, closing)
            if between.merge.state == now:
                return None
            raise between
        if self.waits(now, mine):
            return self.propose(now, mine, by)
        return self._put(mine, base, by.actor, action, closing)

    def _put(
        self, mine: FeatureState, base: FeatureState, by: str, action: str, closing: Closing
    ) -> Change | None:
        try:
            change = self._core.source.put(mine, by, base.revision, action)
        except Conflict:
            now = self._core.source.feature(base.key)
            raise self._changed_since(base, mine, now, closing) from None
        # Nobody waits for the next look at the definitions.
        self._core.gating.refresh()
        return change

    def _changed_since(
        self, base: FeatureState, mine: FeatureState, now: FeatureState, closing: Closing
    ) -> ChangedSince:
        history = self._core.source.history(base.key, LOOKED_BACK)
        since = [change for change in history if change.revision > base.revision]
        return ChangedSince(merged(base, mine, now, closing), now, since)

    # ------------------------------------------------------------------ protected features

    def protections(self) -> dict[str, Protection]:
        with told():
            return self.plans.protections()

    def protect(self, key: str, by: Editor) -> None:
        """From now on changes wait for a second product manager."""
        with told():
            self._core.source.feature(key)
            self.plans.protect(key, by.actor, self._core.clock())
            self._acts.note("protected", by.actor, feature=key)

    def waits(self, now: FeatureState, wanted: FeatureState) -> bool:
        """Whether a change needs somebody else's yes. Turning off never does."""
        off = replace(now, enabled=False, closing=wanted.closing)
        if _chosen(wanted) in (_chosen(now), _chosen(off)):
            return False
        return now.key in self.plans.protections()

    def propose(self, seen: FeatureState, wanted: FeatureState, by: Editor) -> Proposal:
        return self.proposed(seen, CHANGE, wanted.as_dict(), by)

    def proposed(
        self, seen: FeatureState, kind: str, wanted: dict[str, object], by: Editor
    ) -> Proposal:
        """Keeps what somebody wants to do until somebody else has looked at it."""
        at = self._core.clock()
        proposal = Proposal(
            feature=seen.key,
            kind=kind,
            wanted=wanted,
            seen=seen.as_dict() | {"revision": seen.revision},
            by_id=by.id,
            by=str(by.actor),
            hands=" ".join(sorted(by.hands)),
            at=at,
            expires_at=at + PROPOSALS_LAST,
        )
        self.plans.add(proposal)
        return proposal

    def unprotect(self, key: str, by: Editor) -> Proposal:
        """Also waits: else one person alone could get around it."""
        with told():
            return self.proposed(self._core.source.feature(key), UNPROTECT, {}, by)

    def waiting(self, key: str | None = None) -> list[Proposal]:
        """Proposals that wait, the oldest first."""
        with told():
            return list(self.plans.proposals(self._core.clock(), key))

    def proposal(self, proposal_id: int) -> Proposal:
        """One that waits. `expired` when it is over, `not_found` when there never was one."""
        with told():
            proposal = self.plans.proposal(proposal_id)
        if proposal is None:
            raise AppError(ErrorCode.NOT_FOUND)
        if proposal.state != "waiting" or proposal.expires_at <= self._core.clock():
            raise AppError(ErrorCode.EXPIRED)
        return proposal

    def would_be(self, proposal: Proposal) -> Merge:
        """What a proposed change makes of the feature as it is now."""
        seen = FeatureState.from_dict(
            proposal.feature, proposal.seen, int(proposal.seen["revision"])
        )
        wanted = FeatureState.from_dict(proposal.feature, proposal.wanted, seen.revision)
        now = self._core.source.feature(proposal.feature)
        return merged(seen, wanted, now, wanted.closing)

    def decline(self, proposal_id: int, by: Editor) -> Proposal:
        """By anybody who may edit; by the proposer it is withdrawn."""
        proposal = self.proposal(proposal_id)
        state = "withdrawn" if proposal.by_id == by.id else "declined"
        self._end(proposal, state, by)
        self._acts.note(
            state, by.actor, feature=proposal.feature, name=proposal.by, of=proposal.by_id
        )
        return proposal

    def insist_on_another(self, proposal: Proposal, by: Editor) -> None:
        """`not_allowed` unless `by` is surely somebody else than the proposer: neither of the two
        logins came through a hand that the other one is in."""
        if by.behind & {proposal.by_id, *proposal.hands.split()}:
            raise AppError(ErrorCode.NOT_ALLOWED)

    def agree(self, proposal_id: int, by: Editor, expected: int) -> tuple[Proposal, Made]:
        """Somebody else's yes to a change. `not_allowed` as by `insist_on_another`; ChangedSince
        when the feature is not what they saw."""
        proposal = self.proposal(proposal_id)
        self.insist_on_another(proposal, by)
        with told():
            now = self._core.source.feature(proposal.feature)
            merge = self.would_be(proposal)
            if now.revision != expected or merge.collisions:
                raise ChangedSince(merge, now, self._since(proposal))
            if not self.plans.begin(proposal.id, self._core.clock()):
                raise AppError(ErrorCode.EXPIRED)
            try:
                names = f"{proposal.by} & {by.actor}"[:LONGEST_NAME]
                both = Actor(names, f"{proposal.by_id} {by.id}")
                change = self._put(merge.state, now, both, "agreed", merge.state.closing)
            except Exception:
                self.plans.give_up(proposal.id)
                raise
            self.plans.finish(proposal.id, by.actor, self._core.clock())
        return proposal, change

    def agree_to_unprotect(self, proposal: Proposal, by: Editor) -> None:
        self.insist_on_another(proposal, by)
        now, carry_out = self._core.clock(), unprotecting(proposal.feature)
        with told():
            if not self.plans.accept(proposal.id, by.actor, now, carry_out):
                raise AppError(ErrorCode.EXPIRED)
            self._acts.note("unprotected", by.actor, feature=proposal.feature)

    def _since(self, proposal: Proposal) -> list[Change]:
        history = self._core.source.history(proposal.feature, LOOKED_BACK)
        return [change for change in history if change.revision > proposal.seen["revision"]]

    def _end(self, proposal: Proposal, state: str, by: Editor) -> None:
        with told():
            if not self.plans.decide(proposal.id, state, by.actor, self._core.clock()):
                raise AppError(ErrorCode.EXPIRED)


def _chosen(state: FeatureState) -> dict[str, object]:
    """What an editor chooses of a state, wherever the rest of it is from."""
    return replace(state, upstream=0, untold=False).as_dict()
