"""Wall time in a time zone: which moments it stands for, on days when clocks are changed too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from webapp.http.errors import AppError, ErrorCode

MINUTE = timedelta(minutes=1)


class Skipped(AppError):
    """A wall time that does not exist: clocks jump over it. `nearest` are the last minute before
    the jump and the first one after it, aware."""

    def __init__(self, nearest: tuple[datetime, datetime]) -> None:
        super().__init__(ErrorCode.BAD_INPUT, fields=["at"])
        self.nearest = nearest


class Repeated(AppError):
    """A wall time that exists twice: clocks are put back over it. `both` are aware, the earlier
    first."""

    def __init__(self, both: tuple[datetime, datetime]) -> None:
        super().__init__(ErrorCode.BAD_INPUT, fields=["at"])
        self.both = both


def zone_named(name: str) -> ZoneInfo:
    """The IANA time zone of that name; UTC where there is no name. `bad_input` for an unknown."""
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, OSError, LookupError):
        raise AppError(ErrorCode.BAD_INPUT, fields=["zone"]) from None


def moment(wall: datetime, zone: ZoneInfo, which: str = "") -> datetime:
    """The moment, aware, of a naive `wall` time. Raises Skipped, and Repeated unless `which` says
    `first` or `second`."""
    try:
        both = [wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
        utc = [one.astimezone(UTC) for one in both]
    except (OverflowError, ValueError):
        raise AppError(ErrorCode.BAD_INPUT, fields=["at"]) from None
    if utc[0] == utc[1]:
        return both[0]
    if utc[0] > utc[1]:
        raise Skipped(_around_the_jump(utc[1], utc[0], zone))
    if which not in ("first", "second"):
        raise Repeated((both[0], both[1]))
    return both[which == "second"]


def written(at: datetime, zone: str) -> str:
    """A moment as clocks show it in a zone, with the offset: which of two is meant is seen. In
    UTC where the zone is not known here."""
    try:
        local = at.astimezone(zone_named(zone))
    except AppError:
        local = at.astimezone(UTC)
    offset = local.isoformat()[-6:] if local.utcoffset() else ""
    return f"{local:%Y-%m-%d %H:%M} UTC{offset}"


def _around_the_jump(
    before: datetime, after: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    """The minutes on both sides of the change of offset that lies between two moments."""
    while after - before > MINUTE:
        middle = before + (after - before) // 2
        middle = middle.replace(second=0, microsecond=0)
        if middle <= before:
            break
        if middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset():
            before = middle
        else:
            after = middle
    return before.astimezone(zone), after.astimezone(zone)
