"""What browsers send about seats, whatever kind of seat it is."""

from __future__ import annotations

from typing import Annotated, cast

from pydantic import AfterValidator, Field

from media.sdp import (
    MAX_SDP_LENGTH,
    IceCandidate,
    SanitizedSdp,
    sanitize_candidate,
    sanitize_sdp,
)
from webapp.gating.event_dispatcher import Sent

Sdp = Annotated[SanitizedSdp, Field(max_length=MAX_SDP_LENGTH), AfterValidator(sanitize_sdp)]
"""A browser's offer or answer. What is in the field is written by us: `media.sdp`."""
Seat = Annotated[str, Field(max_length=80)]


class Candidate(Sent):
    """An ICE candidate in the browser's own form (RTCIceCandidateInit)."""

    candidate: str = Field(max_length=600)
    sdpMid: str | None = Field(default=None, max_length=32)  # noqa: N815 - the browser's name
    sdpMLineIndex: int | None = Field(default=None, ge=0, le=64)  # noqa: N815
    usernameFragment: str | None = Field(default=None, max_length=300)  # noqa: N815


def _sanitized(sent: Candidate) -> IceCandidate | None:
    return sanitize_candidate(sent.candidate, sent.sdpMid, sent.sdpMLineIndex)


class CandidateSent(Sent):
    """`candidate` is None when there are no more."""

    seat: Seat
    candidate: Annotated[Candidate, AfterValidator(_sanitized)] | None

    @property
    def content(self) -> IceCandidate | None:
        """The candidate as written by us: `media.sdp`."""
        return cast(IceCandidate | None, self.candidate)
