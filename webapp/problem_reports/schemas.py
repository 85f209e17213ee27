"""What a report carries: closed, bounded, and nothing that names a machine."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from webapp.audio.quality.schemas import Second
from webapp.infra.log_redaction import redact
from webapp.problem_reports.models import LONGEST_TEXT
from webapp.problem_reports.redaction import scrubbed

Words = Annotated[str, Field(max_length=400), AfterValidator(scrubbed)]


class Part(BaseModel):
    """Base of what browsers send: unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Browser(Part):
    """What the page was shown in."""

    # Its versions look like addresses, and are none.
    agent: Annotated[str, Field(max_length=400), AfterValidator(redact)] = ""
    width: int = Field(default=0, ge=0, le=100_000)
    height: int = Field(default=0, ge=0, le=100_000)
    scale: float = Field(default=1, ge=0, le=100)
    language: str = Field(default="", max_length=20)
    dark: bool = False
    still: bool = False
    """Motion is unwelcome."""
    online: bool = True
    connected: bool | None = None
    """The socket; None on pages that have none."""
    network: str = Field(default="", max_length=20)
    """What the browser calls it: "4g"."""


class Device(Part):
    """So many devices of one kind. Their names only where the browser has been allowed to tell."""

    kind: Literal["audioinput", "audiooutput", "videoinput"]
    count: int = Field(ge=0, le=200)
    names: Annotated[list[Words], Field(max_length=20)] = []


class Trouble(Part):
    """Something that went wrong in the page. `ago` is seconds before the report."""

    kind: Literal["script", "promise", "file", "request"]
    text: Words
    ago: int = Field(ge=0, le=1_000_000)


class Told(Part):
    """What the server had last told the browser about features."""

    revision: int | None = Field(default=None, ge=0)
    """From pages of before: browsers are not told any more."""
    features: dict[
        Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=60)] | None
    ] = Field(max_length=100)


class Sent(Part):
    """A whole report. `waited`: seconds between writing and sending."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    text: Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(scrubbed)]
    page: Annotated[str, Field(max_length=200), AfterValidator(scrubbed)]
    slug: str | None = Field(default=None, pattern=r"^[a-z0-9]{1,16}$")
    version: str = Field(max_length=60)
    waited: int = Field(default=0, ge=0, le=10_000_000)
    told: Told | None = None
    browser: Browser = Browser()
    devices: Annotated[list[Device], Field(max_length=10)] = []
    errors: Annotated[list[Trouble], Field(max_length=30)] = []
    sound: Annotated[list[Second], Field(max_length=90)] = []
