"""What the console's forms send."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from webapp.accounts.schemas import Form
from webapp.http.forms import WholeNumber


class NewCohortForm(Form):
    """A cohort to be made."""

    cohort: Annotated[str, StringConstraints(strip_whitespace=True)]


class InvitationForm(Form):
    """An invitation to be made, for so many people and days."""

    cohort: str
    uses: WholeNumber = Field(ge=1, le=10_000)
    days: WholeNumber = Field(ge=1, le=365)
    welcome: str = ""


class MoveForm(Form):
    """Another cohort for somebody."""

    cohort: str
