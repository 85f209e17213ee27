"""A Janus in memory, for tests and for trying things out without sound.

``TwinJanus`` stands where a ``JanusConnection`` would and answers the same requests with the same
replies, errors and events, as far as ``media`` uses them; tests/media runs one contract against
both. What a network or a person would do is a method: ``crash``, ``expire``, ``revive``,
``freeze``, ``talk``, ``hang_up``, ``vanish``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from itertools import count
from typing import Any

from media.errors import HandleGone, JanusRefused, JanusTimeout, JanusUnreachable
from media.interfaces import Held, Message, OnEvent, OnState
from media.janus import audiobridge, streaming
from tests.fakes.janus_plugins import BRIDGE, SDP, STREAMING, TwinMountpoint, TwinRoom

__all__ = ["SDP", "TwinHandle", "TwinJanus"]


class TwinHandle:
    """See ``media.interfaces.Handle``. ``muted``, ``paused``, ``candidates``
    and ``descriptions`` (all SDP that came) can be looked at."""

    def __init__(
        self, janus: TwinJanus, number: int, plugin: str, on_event: OnEvent, label: str
    ) -> None:
        self.id = number
        self.plugin = plugin
        self.label = label
        self.gone = False
        self.spoiled = False
        self.connected = False
        self.muted = False
        self.paused = False
        self.talking = False
        self.expected_loss = 0
        self.packets = 0
        self.vanished = False
        self.room = ""
        self.participant = ""
        self.mountpoint = ""
        self.candidates: list[Message | None] = []
        self.descriptions: list[str] = []
        self._janus = janus
        self._on_event = on_event

    async def request(self, body: Mapping[str, Any], jsep: Message | None = None) -> Message:
        await self._janus.reach()
        if self.gone:
            raise HandleGone(f"handle {self.id} is no more")
        bridge = self.plugin == audiobridge.PLUGIN
        answer = (BRIDGE if bridge else STREAMING)[body["request"]]
        if jsep is not None:
            self.descriptions.append(str(jsep["sdp"]))
            self._check_negotiation(jsep)
        self.spoiled = jsep is not None  # unless it works
        data, said = answer(self._janus, self, dict(body), jsep)
        self.spoiled = False
        reply: Message = {"janus": "event", "plugindata": {"data": data}}
        return reply if said is None else {**reply, "jsep": said}

    def _check_negotiation(self, jsep: Message) -> None:
        """The core looks at it before the plugin does, and is confused by a second first one."""
        if not str(jsep["sdp"]).startswith("v="):
            raise JanusRefused(465, "Invalid SDP (doesn't start with v=)")
        if self.spoiled:
            raise JanusRefused(490, "Error setting ICE locally")

    async def trickle(self, candidate: Message | None) -> None:
        await self._janus.reach()
        if self.gone:
            raise HandleGone(f"handle {self.id} is no more")
        self.candidates.append(candidate)

    async def detach(self) -> None:
        self._janus.forget(self)
        await asyncio.sleep(0)

    def held(self) -> Held:
        """As Janus' query_session tells it."""
        if self.plugin == audiobridge.PLUGIN:
            info: Message = {"state": "inroom" if self.participant else "idle"}
            info |= {"room": self.room, "id": self.participant, "muted": self.muted}
            info |= {"talking": self.talking, "started": self.connected}
            info |= {"expected-loss": self.expected_loss}
        else:
            info = {"state": "watching" if self.mountpoint else "idle"}
            info |= {"mountpoint_id": self.mountpoint, "paused": int(self.paused)}
            info |= {"started": int(self.connected)}
        return Held(self.id, self.plugin, self.label, info)

    def pass_to(self, on_event: OnEvent) -> None:
        """Somebody else hears of it from now on."""
        self._on_event = on_event

    def tell(self, message: Message) -> None:
        """Deliver an event as soon as the loop comes to it."""
        asyncio.get_running_loop().call_soon(self._deliver, message)

    def _deliver(self, message: Message) -> None:
        if not self.gone:
            self._on_event(message)


class TwinJanus:
    """See ``media.interfaces.Connection``; and ``rooms`` and ``mountpoints`` as they are now."""

    admin_key = "twin's admin key"
    janus_session: int | None = 1

    def __init__(self, request_timeout: float = 5.0) -> None:
        self.rooms: dict[str, TwinRoom] = {}
        self.mountpoints: dict[str, TwinMountpoint] = {}
        self.up = False
        self.silent: tuple[str, ...] = ()
        self._request_timeout = request_timeout
        self._handles: dict[int, TwinHandle] = {}
        self._numbers = count(1)
        self._callbacks: list[OnState] = []
        self._left: tuple[TwinHandle, ...] = ()  # by a process before this one
        self._thawed = asyncio.Event()
        self._thawed.set()

    async def open(self) -> None:
        await asyncio.sleep(0)
        self.revive()

    async def close(self) -> None:
        await asyncio.sleep(0)
        self.up = False
        for handle in list(self._handles.values()):
            self.forget(handle)

    async def part(self) -> None:
        """The process ends and leaves everything; the next one opens this same twin."""
        await asyncio.sleep(0)
        self.up = False
        self._callbacks.clear()
        self._left = tuple(self._handles.values())
        for handle in self._left:
            handle.pass_to(lambda _: None)

    async def held(self) -> tuple[Held, ...]:
        await self.reach()
        return tuple(handle.held() for handle in self._left if not handle.gone)

    def adopt(self, held: Held, on_event: OnEvent) -> TwinHandle:
        handle = self._handles[held.id]
        handle.pass_to(on_event)
        return handle

    def settle(self) -> None:
        self._left = ()

    async def received(self, handles: Collection[int]) -> Mapping[int, int]:
        await self.reach()
        there = [handle for number in handles if (handle := self._handles.get(number))]
        for handle in there:
            handle.packets += not handle.vanished
        return {handle.id: handle.packets for handle in there}

    def on_state(self, callback: OnState) -> None:
        self._callbacks.append(callback)

    async def attach(self, plugin: str, on_event: OnEvent, label: str = "") -> TwinHandle:
        await self.reach()
        handle = TwinHandle(self, next(self._numbers), plugin, on_event, label)
        self._handles[handle.id] = handle
        return handle

    async def silent_plugins(self) -> tuple[str, ...]:
        await self.reach()
        return self.silent

    async def handles(self) -> frozenset[int]:
        await self.reach()
        return frozenset(self._handles)

    # ------------------------------------------------------------------ what may happen

    def crash(self) -> None:
        """Janus ends: rooms, mountpoints and handles are gone."""
        self.rooms.clear()
        self.mountpoints.clear()
        self.expire()

    def expire(self) -> None:
        """Janus ends the janus_session: the handles are gone, rooms and mountpoints stay."""
        for handle in list(self._handles.values()):
            self.forget(handle)
        if self.up:
            self.up = False
            for callback in self._callbacks:
                callback("down")

    def revive(self) -> None:
        """Janus is there (again)."""
        if not self.up:
            self.up = True
            for callback in self._callbacks:
                callback("up")

    def freeze(self) -> None:
        """Janus answers nothing until ``thaw``."""
        self._thawed.clear()

    def thaw(self) -> None:
        self._thawed.set()

    def talk(self, participant: str, talking: bool = True) -> None:
        """Somebody begins to talk, or ends: told to everybody in the room, as the bridge does."""
        room, speaker = self._find(participant)
        speaker.talking = talking
        what = "talking" if talking else "stopped-talking"
        data = {"audiobridge": what, "room": room, "id": participant}
        for handle in self.rooms[room].participants.values():
            handle.tell({"janus": "event", "plugindata": {"data": data}})

    def hang_up(self, participant: str, reason: str = "DTLS alert") -> None:
        """A speaker's peer connection ends."""
        _, handle = self._find(participant)
        handle.connected = False
        handle.tell({"janus": "hangup", "reason": reason})

    def vanish(self, participant: str) -> None:
        """Nothing comes from a speaker's browser any more, not even a goodbye."""
        _, handle = self._find(participant)
        handle.vanished = True
        handle.tell({"janus": "media", "receiving": False})

    def _find(self, participant: str) -> tuple[str, TwinHandle]:
        for name, room in self.rooms.items():
            if participant in room.participants:
                return name, room.participants[participant]
        raise LookupError(f"nobody is in any room as {participant}")

    # ------------------------------------------------------------------ for the handles

    async def reach(self) -> None:
        await asyncio.sleep(0)
        if not self.up:
            raise JanusUnreachable("there is no connection to Janus now")
        try:
            async with asyncio.timeout(self._request_timeout):
                await self._thawed.wait()
        except TimeoutError as error:
            raise JanusTimeout("Janus did not answer in time") from error
        if not self.up:
            raise JanusUnreachable("the connection to Janus was lost")

    def forget(self, handle: TwinHandle) -> None:
        handle.gone = True
        self._handles.pop(handle.id, None)
        if (room := self.rooms.get(handle.room)) is not None:
            room.participants.pop(handle.participant, None)
        if (mountpoint := self.mountpoints.get(handle.mountpoint)) is not None:
            mountpoint.viewers.discard(handle)

    def room(self, body: Message, *, secret: bool = False) -> TwinRoom:
        room = self.rooms.get(body["room"])
        if room is None:
            raise JanusRefused(audiobridge.NO_SUCH_ROOM, f"No such room ({body['room']})")
        if secret and body.get("secret") != room.secret:
            raise JanusRefused(489, "Unauthorized (wrong secret)")
        return room

    def mountpoint(self, body: Message, *, secret: bool = False) -> TwinMountpoint:
        there = self.mountpoints.get(body["id"])
        if there is None:
            reason = f"No such mountpoint/stream {body['id']}"
            raise JanusRefused(streaming.NO_SUCH_MOUNTPOINT, reason)
        if secret and body.get("secret") != there.secret:
            raise JanusRefused(457, "Unauthorized (wrong secret)")
        return there

    def check_key(self, body: Message, code: int) -> None:
        if body.get("admin_key") != self.admin_key:
            raise JanusRefused(code, "Unauthorized (wrong admin_key)")

    def number(self) -> int:
        return next(self._numbers)
