"""What a browser measures of its sound, and what is told of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(ge=0, le=600_000, allow_inf_nan=False)]
Kilobits = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Packets = Annotated[int, Field(ge=0, le=1_000_000)]

Path = Literal["seat", "stage", "hls"]
"""Where the sound comes from: a seat of one's own, the stage, or a stream in segments."""


class Measured(BaseModel):
    """Sound over one stretch of time. Figures that a browser does not give are None."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    path: Path
    received: Packets
    lost: Packets
    concealed: Share
    """The share that had to be made up because nothing was there to play."""
    jitter: Milliseconds | None = None
    buffer: Milliseconds | None = None
    """Mean time in the jitter buffer."""
    rtt: Milliseconds | None = None
    kbps: Kilobits = 0
    level: Share = 0
    codec: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,24}$")
    route: Literal["host", "srflx", "prflx", "relay"] | None = None
    protocol: Literal["udp", "tcp", "tls"] | None = None
    sent_kbps: Kilobits | None = None
    sent_loss: Share | None = None
    """Of what is sent, the share that the other side says it missed."""
    sent_level: Share | None = None


class Batch(Measured):
    """What `listening.stats` carries: the means of the last few seconds."""

    seconds: int = Field(ge=1, le=60)


class Second(Measured):
    """One second of the last minute, in a report. `t` is seconds before its end."""

    t: int = Field(ge=0, le=120)


class Hearing(BaseModel):
    """How a Space sounds now: of so many measured listeners, so many hear badly."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measured: int
    badly: int
