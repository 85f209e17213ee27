"""What Janus itself has: for tests and invariants, "our seats and Janus agree"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from media.janus.audiobridge import Participant
from media.mix import Mixes


@dataclass(frozen=True, slots=True)
class Audit:
    """All that a forgotten seat or mix would leave a trace in."""

    rooms: Mapping[str, tuple[Participant, ...]]
    forwarders: Mapping[str, tuple[int, ...]]  # UDP ports, by room
    mountpoints: Mapping[str, int]  # how many watch, by name
    handles: int  # handles for seats: without the two for rooms and mountpoints


async def take_audit(mixes: Mixes) -> Audit:
    """Ask Janus for everything. Raises SoundError."""
    bridge, mountpoints = mixes.bridge, mixes.mountpoints
    rooms = await bridge.rooms()
    names = await mountpoints.names()
    handles = await mixes.connection.handles()
    return Audit(
        rooms={room: await bridge.participants(room) for room in rooms},
        forwarders={room: tuple((await bridge.forwarders(room)).values()) for room in rooms},
        mountpoints={name: (await mountpoints.info(name)).viewers for name in names},
        handles=len(handles) - 2,
    )
