"""Features that turn on or off by themselves, once, at a time that somebody chose."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from operator import methodcaller

from flags.sources.interface import Actor, Closing, EditRefused, SourceUnavailable, actor_id
from webapp.app.services import Core
from webapp.console.change_requests import SCHEDULE, Changes
from webapp.console.feature_list import told
from webapp.console.permissions import Editor
from webapp.feature_flags.audit_log import Acts
from webapp.feature_flags.change_request_store import BY_SCHEDULE, REFUSED, WAITING, Plans
from webapp.feature_flags.models import Proposal, Schedule
from webapp.http.errors import AppError, ErrorCode

log = logging.getLogger(__name__)

LONGEST_AHEAD = timedelta(days=366)

BY = BY_SCHEDULE + "{name}"
"""Who the history names."""


class Schedules:
    """Raises AppError: `bad_input` for a time that has passed or is too far ahead."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._plans = Plans(core.db)
        self._acts = Acts(core.db, core.clock)
        self._changes = Changes(core)

    def waiting(self, key: str | None = None) -> list[Schedule]:
        """The next first."""
        with told():
            return list(self._plans.schedules(key))

    def refused(self, key: str | None = None) -> list[Schedule]:
        """Those that came to nothing lately, the latest first."""
        with told():
            return list(self._plans.refused(self._core.clock(), key))

    def add(
        self, key: str, turn: str, closing: Closing | None, at: datetime, zone: str, by: Editor
    ) -> Schedule | Proposal:
        """`at`: aware. Turning a protected feature on waits for somebody else's yes."""
        now = self._core.clock()
        if not now < at <= now + LONGEST_AHEAD:
            raise AppError(ErrorCode.BAD_INPUT, fields=["at"])
        with told():
            state = self._core.source.feature(key)
            if turn == "on" and key in self._plans.protections():
                in_utc = at.astimezone(UTC).isoformat()
                wanted: dict[str, object] = {"at": in_utc, "zone": zone, "turn": turn}
                return self._changes.proposed(state, SCHEDULE, wanted, by)
            schedule = self._made(key, turn, closing, at, zone, by.actor)
            self._plans.add(schedule)
            return schedule

    def agree(self, proposal: Proposal, by: Editor) -> Schedule:
        """Somebody else's yes to turning a protected feature on. `expired` past its time."""
        self._changes.insist_on_another(proposal, by)
        at = datetime.fromisoformat(proposal.wanted["at"])
        now = self._core.clock()
        if at <= now:
            raise AppError(ErrorCode.EXPIRED)
        with told():
            schedule = self._made(
                proposal.feature,
                "on",
                None,
                at,
                proposal.wanted["zone"],
                Actor(proposal.by, proposal.by_id),
                by.actor,
            )
            add = methodcaller("add", schedule)
            if not self._plans.accept(proposal.id, by.actor, now, add):
                raise AppError(ErrorCode.EXPIRED)
            return schedule

    def cancel(self, schedule_id: int, by: Editor) -> Schedule:
        """`not_found` when there is none, `expired` when it is over."""
        with told():
            schedule = self._plans.schedule(schedule_id)
            if schedule is None:
                raise AppError(ErrorCode.NOT_FOUND)
            if not self._plans.cancel(schedule_id, by.actor, self._core.clock()):
                raise AppError(ErrorCode.EXPIRED)
        return schedule

    def carry_out(self) -> None:
        """Does what is due. Called all the time, by every process: each schedule is one's only."""
        try:
            due = self._plans.due(self._core.clock())
        except SourceUnavailable as error:
            log.warning("schedules cannot be read: %s", error)
            return
        for schedule in due:
            if self._plans.claim(schedule.id, self._core.clock()):
                self._carry_out(schedule)

    def _carry_out(self, schedule: Schedule) -> None:
        try:
            state = self._turn(schedule)
        except SourceUnavailable as error:
            log.warning("schedule %d of %s waits: %s", schedule.id, schedule.feature, error)
            self._plans.release(schedule.id)
            return
        except EditRefused as error:
            log.warning("schedule %d of %s: %s", schedule.id, schedule.feature, error)
            state = REFUSED
        if state == REFUSED:
            self._acts.note("schedule_refused", _history_name(schedule), feature=schedule.feature)
        by = Actor(schedule.by, schedule.by_id)
        self._plans.end(schedule.id, state, by, self._core.clock())
        self._core.gating.refresh()

    def _turn(self, schedule: Schedule) -> str:
        by = _history_name(schedule)
        if schedule.turn == "off":
            closing = Closing(schedule.closing or Closing.DRAIN)
            self._core.source.stop(schedule.feature, closing, by)
        elif schedule.feature in self._plans.protections() and schedule.agreed_by is None:
            log.warning("schedule %d: %s is protected now", schedule.id, schedule.feature)
            return REFUSED
        else:
            self._core.source.turn_on(schedule.feature, by)
        return "done"

    def _made(
        self,
        key: str,
        turn: str,
        closing: Closing | None,
        at: datetime,
        zone: str,
        by: str,
        agreed_by: str | None = None,
    ) -> Schedule:
        return Schedule(
            feature=key,
            turn=turn,
            closing=closing.value if closing and turn == "off" else None,
            at=at.astimezone(UTC),
            zone=zone,
            by=str(by),
            by_id=actor_id(by),
            agreed_by=agreed_by,
            agreed_by_id=actor_id(agreed_by or ""),
            made_at=self._core.clock(),
            state=WAITING,
        )


def _history_name(schedule: Schedule) -> Actor:
    return Actor(BY.format(name=schedule.by), schedule.by_id)
