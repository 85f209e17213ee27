"""What the feature page's forms send."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from werkzeug.datastructures import MultiDict

from flags.catalogue import WHOLE_WEIGHT
from flags.sources.interface import Closing
from webapp.accounts.schemas import Form, parse
from webapp.console import wall_time
from webapp.console.change_requests import Audience
from webapp.http.errors import AppError, ErrorCode
from webapp.http.forms import WholeNumber, tenths

WEIGHT = "weight."
"""Begins the name of the field of a variant's share."""


class EditForm(Form):
    """`expected`: the feature's revision when the page was made."""

    expected: WholeNumber


class OnForm(EditForm):
    """`knowing`: though its parent is off."""

    knowing: bool = False


class OffForm(Form):
    """Off now. Nothing is expected: what must stop, stops, whoever changed what."""

    closing: Closing


class UndoForm(Form):
    """The revision of the change to be taken back. `expected`: what is there now is known."""

    change: WholeNumber
    expected: WholeNumber | None = None


class ScheduleForm(Form):
    """`at` is the wall time in the IANA time zone `zone`, which a browser's script names; without
    it, in UTC. `which` of two, `first` or `second`, where clocks show it twice."""

    turn: Literal["on", "off"]
    closing: Closing = Closing.DRAIN
    at: datetime
    zone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    which: Literal["", "first", "second"] = ""

    def moment(self) -> datetime:
        """When, aware. Raises what `wall_time.moment` does."""
        if self.at.tzinfo is not None:
            raise AppError(ErrorCode.BAD_INPUT, fields=["at"])
        return wall_time.moment(self.at, wall_time.zone_named(self.zone), self.which)


class AudienceForm(EditForm):
    """Cohorts, percentage, and the variants' shares in percent."""

    percent: WholeNumber = Field(ge=0, le=100)
    closing: Closing = Closing.DRAIN


def audience(sent: MultiDict[str, str]) -> tuple[Audience, int]:
    """What the audience form holds, and the revision that it expects. `bad_input` names the field
    that is wrong; `weights` when the shares do not add up."""
    form = parse(AudienceForm, sent)
    weights = shares(sent)
    if weights and sum(weights.values()) != WHOLE_WEIGHT:
        raise AppError(ErrorCode.BAD_INPUT, fields=["weights"])
    cohorts = tuple(dict.fromkeys(sent.getlist("cohort")))
    return Audience(cohorts, form.percent, weights, form.closing), form.expected


def shares(sent: MultiDict[str, str]) -> dict[str, int]:
    """The variants' shares, of 1000. `bad_input` for what is no share of 100 % with one decimal."""
    return {
        name.removeprefix(WEIGHT): _share(value)
        for name, value in sent.items()
        if name.startswith(WEIGHT)
    }


def _share(percent: str) -> int:
    try:
        weight = tenths(percent)
    except ValueError:
        raise AppError(ErrorCode.BAD_INPUT, fields=["weights"]) from None
    if weight > WHOLE_WEIGHT:
        raise AppError(ErrorCode.BAD_INPUT, fields=["weights"])
    return weight
