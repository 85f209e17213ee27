"""What the page of a comparison found, as its browser sends it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from webapp.http.errors import AppError

Line = Annotated[str, StringConstraints(max_length=400)]
Word = Annotated[str, StringConstraints(max_length=80)]

PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
"""What a picture begins with, and what it is."""

MOST_BYTES = 900_000


class Found(BaseModel):
    """Base: nothing but what is named here is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Fact(Found):
    """Something measured, in words and figures."""

    label: Word
    value: Word


class PaneFound(Found):
    """`first_sound_ms`: from the tap to the first sound of this pane, None when there was none."""

    first_sound_ms: Annotated[int, Field(ge=0, le=600_000)] | None
    sound: Annotated[list[Fact], Field(max_length=20)]


class Difference(Found):
    """What the server sent pane number `pane` and the first one differently: lines that begin with
    "-" (the first one only), "+" (this one only) or " "."""

    pane: Annotated[int, Field(ge=2, le=4)]
    kind: Annotated[str, StringConstraints(pattern=r"^(features|modules|events|markup)$")]
    lines: Annotated[list[Line], Field(max_length=600)]


class Act(Found):
    """Something done in one pane and repeated in the others, but where it is `missing`."""

    name: Word
    role: Word
    pane: Annotated[int, Field(ge=1, le=4)]
    missing: Annotated[list[int], Field(max_length=3)]


class Findings(Found):
    """All of it."""

    panes: Annotated[list[PaneFound], Field(max_length=4)]
    differences: Annotated[list[Difference], Field(max_length=12)]
    acts: Annotated[list[Act], Field(max_length=200)]


def findings_in(text: str) -> Findings:
    """`bad_input` for anything else."""
    try:
        return Findings.model_validate_json(text)
    except ValidationError:
        raise AppError("bad_input", fields=["findings"]) from None


def kind_of(picture: bytes) -> str:
    """The media type of a picture. `bad_input` for what is none, `too_large`."""
    if len(picture) > MOST_BYTES:
        raise AppError("too_large")
    for beginning, kind in PICTURES.items():
        if picture.startswith(beginning):
            return kind
    raise AppError("bad_input", fields=["picture"])
