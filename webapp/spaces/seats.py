"""What browsers send about seats, whatever kind of seat it is."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from webapp.sockets import Sent

Sdp = Annotated[str, Field(min_length=10, max_length=20_000, pattern=r"^v=0\r?\n")]
Seat = Annotated[str, Field(max_length=80)]


class Candidate(Sent):
    """An ICE candidate in the browser's own form."""

    candidate: str = Field(max_length=600)
    sdpMid: str | None = Field(default=None, max_length=32)  # noqa: N815 - the browser's name
    sdpMLineIndex: int | None = Field(default=None, ge=0, le=64)  # noqa: N815
    usernameFragment: str | None = Field(default=None, max_length=300)  # noqa: N815


class CandidateSent(Sent):
    """`candidate` is None when there are no more."""

    seat: Seat
    candidate: Candidate | None

    @property
    def content(self) -> dict[str, Any] | None:
        return self.candidate.model_dump(exclude_none=True) if self.candidate else None
