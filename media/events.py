"""What a seat tells of itself. Given to the callback of ``Seats``, on the event loop."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connected:
    """Sound can flow between this seat's browser and Janus (also after an ICE restart)."""

    seat_id: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The seat is gone without having been left: negotiate anew. ``reason`` is for the log."""

    seat_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Talking:
    """A speaker began or ended talking. Told on changes only; False also on mute and on loss."""

    seat_id: str
    talking: bool


@dataclass(frozen=True, slots=True)
class Slow:
    """Packets get lost: ``uplink``, those that Janus sends; else those that the browser sends."""

    seat_id: str
    uplink: bool
    lost: int


@dataclass(frozen=True, slots=True)
class SoundDown:
    """Janus is gone, and with it every seat."""


@dataclass(frozen=True, slots=True)
class SoundUp:
    """Janus is back: every seat may be made anew."""


SeatEvent = Connected | Lost | Talking | Slow | SoundDown | SoundUp
