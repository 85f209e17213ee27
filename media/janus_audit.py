"""What Janus itself has: for tests and invariants, "our seats and Janus agree"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from media.errors import JanusRefused
from media.janus.audiobridge import NO_SUCH_ROOM, Participant
from media.janus.streaming import NO_SUCH_MOUNTPOINT
from media.mix_registry import Mixes


@dataclass(frozen=True, slots=True)
class Audit:
    """All that a forgotten seat or mix would leave a trace in."""

    rooms: Mapping[str, tuple[Participant, ...]]
    forwarders: Mapping[str, tuple[int, ...]]  # UDP ports, by room
    mountpoints: Mapping[str, int]  # how many watch, by name
    handles: int  # handles for seats: without the two for rooms and mountpoints


async def take_audit(mixes: Mixes) -> Audit:
    """Ask Janus for everything. What ends while it is asked is left out. Raises SoundError."""
    rooms: dict[str, tuple[Participant, ...]] = {}
    forwarders: dict[str, tuple[int, ...]] = {}
    mountpoints: dict[str, int] = {}
    for room in await mixes.bridge.rooms():
        try:
            within = await mixes.bridge.participants(room)
            ports = await mixes.bridge.forwarders(room)
        except JanusRefused as error:
            if error.code != NO_SUCH_ROOM:
                raise
            continue
        rooms[room], forwarders[room] = within, tuple(ports.values())
    for name in await mixes.mountpoints.names():
        try:
            mountpoints[name] = (await mixes.mountpoints.info(name)).viewers
        except JanusRefused as error:
            if error.code != NO_SUCH_MOUNTPOINT:
                raise
    handles = await mixes.connection.handles()
    return Audit(rooms, forwarders, mountpoints, handles=len(handles) - 2)
