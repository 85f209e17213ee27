"""What the console's forms send."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from flags.sources.base import Closing
from webapp.accounts.schemas import Form


class EditForm(Form):
    """`expected`: the feature's revision when the page was made."""

    expected: int


class RolloutForm(EditForm):
    """A new percentage, and what becomes of those who lose the feature by it."""

    percent: int = Field(ge=0, le=100)
    closing: Closing = Closing.DRAIN


class CohortForm(EditForm):
    """One cohort let in or taken out: the button says both."""

    switch: Annotated[str, StringConstraints(pattern=r"^(on|off) \S+$")]
    closing: Closing = Closing.DRAIN

    @property
    def on(self) -> bool:
        return self.switch.startswith("on ")

    @property
    def cohort(self) -> str:
        return self.switch.split(" ", 1)[1]


class OffForm(Form):
    """Off now. Nothing is expected: what must stop, stops, whoever changed what."""

    closing: Closing


class NewCohortForm(Form):
    """A cohort to be made."""

    cohort: Annotated[str, StringConstraints(strip_whitespace=True)]


class InvitationForm(Form):
    """An invitation to be made, for so many people and days."""

    cohort: str
    uses: int = Field(ge=1, le=10_000)
    days: int = Field(ge=1, le=365)
    welcome: str = ""


class MoveForm(Form):
    """Another cohort for somebody."""

    cohort: str
