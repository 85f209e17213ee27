"""A Janus in memory, for tests and for trying things out without sound.

``TwinJanus`` stands where a ``JanusConnection`` would and answers the same requests with the same
replies, errors and events, as far as ``media`` uses them; tests/media runs one contract against
both. What a network or a person would do is a method: ``crash``, ``expire``, ``revive``,
``freeze``, ``talk``, ``hang_up``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from media.errors import HandleGone, JanusRefused, JanusTimeout, JanusUnreachable
from media.janus import audiobridge, streaming
from media.ports import Message, OnEvent, OnState

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=twin\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 100\r\n"


@dataclass
class TwinRoom:
    """An AudioBridge room: participants by id, forwarders (UDP ports) by number."""

    secret: str
    participants: dict[str, TwinHandle] = field(default_factory=dict)
    forwarders: dict[int, int] = field(default_factory=dict)


@dataclass
class TwinMountpoint:
    """A Streaming mountpoint and who watches it."""

    secret: str
    port: int
    viewers: set[TwinHandle] = field(default_factory=set)


class TwinHandle:
    """See ``media.ports.Handle``. ``muted``, ``paused`` and ``candidates`` can be looked at."""

    def __init__(self, janus: TwinJanus, number: int, plugin: str, on_event: OnEvent) -> None:
        self.id = number
        self.plugin = plugin
        self.gone = False
        self.spoiled = False
        self.connected = False
        self.muted = False
        self.paused = False
        self.room = ""
        self.participant = ""
        self.mountpoint = ""
        self.candidates: list[Message | None] = []
        self._janus = janus
        self._on_event = on_event

    async def request(self, body: Mapping[str, Any], jsep: Message | None = None) -> Message:
        await self._janus.reach()
        if self.gone:
            raise HandleGone(f"handle {self.id} is no more")
        bridge = self.plugin == audiobridge.PLUGIN
        answer = (BRIDGE if bridge else STREAMING)[body["request"]]
        if jsep is not None:
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

    def tell(self, message: Message) -> None:
        """Deliver an event as soon as the loop comes to it."""
        asyncio.get_running_loop().call_soon(self._deliver, message)

    def _deliver(self, message: Message) -> None:
        if not self.gone:
            self._on_event(message)


class TwinJanus:
    """See ``media.ports.Connection``; and ``rooms`` and ``mountpoints`` as they are now."""

    admin_key = "twin's admin key"

    def __init__(self, request_timeout: float = 5.0) -> None:
        self.rooms: dict[str, TwinRoom] = {}
        self.mountpoints: dict[str, TwinMountpoint] = {}
        self.up = False
        self._request_timeout = request_timeout
        self._handles: dict[int, TwinHandle] = {}
        self._numbers = count(1)
        self._callbacks: list[OnState] = []
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

    def on_state(self, callback: OnState) -> None:
        self._callbacks.append(callback)

    async def attach(self, plugin: str, on_event: OnEvent) -> TwinHandle:
        await self.reach()
        handle = TwinHandle(self, next(self._numbers), plugin, on_event)
        self._handles[handle.id] = handle
        return handle

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
        room, _ = self._find(participant)
        what = "talking" if talking else "stopped-talking"
        data = {"audiobridge": what, "room": room, "id": participant}
        for handle in self.rooms[room].participants.values():
            handle.tell({"janus": "event", "plugindata": {"data": data}})

    def hang_up(self, participant: str, reason: str = "DTLS alert") -> None:
        """A speaker's peer connection ends."""
        _, handle = self._find(participant)
        handle.connected = False
        handle.tell({"janus": "hangup", "reason": reason})

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


Reply = tuple[Message, Message | None]
Answer = Callable[[TwinJanus, TwinHandle, Message, Message | None], Reply]


def connect(handle: TwinHandle) -> None:
    handle.connected = True
    handle.tell({"janus": "webrtcup"})


# ---------------------------------------------------------------------- AudioBridge


def create_room(janus: TwinJanus, _: TwinHandle, body: Message, __: Message | None) -> Reply:
    janus.check_key(body, 489)
    if body["room"] in janus.rooms:
        raise JanusRefused(audiobridge.ROOM_EXISTS, f"Room {body['room']} already exists")
    janus.rooms[body["room"]] = TwinRoom(body.get("secret", ""))
    return {"audiobridge": "created", "room": body["room"]}, None


def destroy_room(janus: TwinJanus, _: TwinHandle, body: Message, __: Message | None) -> Reply:
    room = janus.room(body, secret=True)
    del janus.rooms[body["room"]]
    data = {"audiobridge": "destroyed", "room": body["room"]}
    for handle in room.participants.values():
        handle.tell({"janus": "event", "plugindata": {"data": data}})
    return data, None


def list_rooms(janus: TwinJanus, _: TwinHandle, body: Message, __: Message | None) -> Reply:
    return {"audiobridge": "success", "list": [{"room": name} for name in janus.rooms]}, None


def list_participants(janus: TwinJanus, _: TwinHandle, body: Message, __: Message | None) -> Reply:
    participants = [
        {"id": participant, "muted": handle.muted, "setup": handle.connected}
        for participant, handle in janus.room(body).participants.items()
    ]
    return {"audiobridge": "participants", "participants": participants}, None


def list_forwarders(janus: TwinJanus, _: TwinHandle, body: Message, __: Message | None) -> Reply:
    forwarders = janus.room(body, secret=True).forwarders
    listed = [{"stream_id": number, "port": port} for number, port in forwarders.items()]
    return {"audiobridge": "forwarders", "rtp_forwarders": listed}, None


def forward(janus: TwinJanus, _: TwinHandle, body: Message, __: Message | None) -> Reply:
    janus.check_key(body, 489)
    number = janus.number()
    janus.room(body, secret=True).forwarders[number] = body["port"]
    return {"audiobridge": "success", "stream_id": number}, None


def stop_forward(janus: TwinJanus, _: TwinHandle, body: Message, __: Message | None) -> Reply:
    janus.check_key(body, 489)
    janus.room(body, secret=True).forwarders.pop(body["stream_id"], None)
    return {"audiobridge": "success"}, None


def join(janus: TwinJanus, handle: TwinHandle, body: Message, jsep: Message | None) -> Reply:
    room = janus.room(body)
    if body["id"] in room.participants:
        raise JanusRefused(491, f"User ID {body['id']} already exists")
    room.participants[body["id"]] = handle
    handle.room, handle.participant = body["room"], body["id"]
    handle.muted = bool(body.get("muted"))
    data = {"audiobridge": "joined", "room": body["room"], "id": body["id"]}
    return data, negotiate(handle, jsep)


def configure(_: TwinJanus, handle: TwinHandle, body: Message, jsep: Message | None) -> Reply:
    if not handle.participant:
        raise JanusRefused(487, "Can't configure (not in a room)")
    handle.muted = bool(body.get("muted", handle.muted))
    return {"audiobridge": "event", "result": "ok"}, negotiate(handle, jsep)


def negotiate(handle: TwinHandle, offer: Message | None) -> Message | None:
    if offer is None:
        return None
    connect(handle)
    return {"type": "answer", "sdp": SDP}


# ---------------------------------------------------------------------- Streaming


def create_mountpoint(janus: TwinJanus, _: TwinHandle, body: Message, __: Message | None) -> Reply:
    janus.check_key(body, 457)
    if body["id"] in janus.mountpoints:
        raise JanusRefused(streaming.CANNOT_CREATE, "A stream with the provided ID already exists")
    port = 30_000 + janus.number()
    janus.mountpoints[body["id"]] = TwinMountpoint(body.get("secret", ""), port)
    return {"streaming": "created", "stream": {"ports": [{"port": port}]}}, None


def destroy_mountpoint(janus: TwinJanus, _: TwinHandle, body: Message, __: Message | None) -> Reply:
    mountpoint = janus.mountpoint(body, secret=True)
    del janus.mountpoints[body["id"]]
    for handle in mountpoint.viewers:
        data = {"streaming": "event", "result": {"status": "stopped"}}
        handle.tell({"janus": "event", "plugindata": {"data": data}})
        handle.tell({"janus": "hangup", "reason": "Close PC"})
    return {"streaming": "destroyed"}, None


def mountpoint_info(janus: TwinJanus, _: TwinHandle, body: Message, __: Message | None) -> Reply:
    there = janus.mountpoint(body, secret=True)
    return {"info": {"viewers": len(there.viewers), "media": [{"port": there.port}]}}, None


def list_mountpoints(janus: TwinJanus, _: TwinHandle, body: Message, __: Message | None) -> Reply:
    return {"streaming": "list", "list": [{"id": name} for name in janus.mountpoints]}, None


def watch(janus: TwinJanus, handle: TwinHandle, body: Message, __: Message | None) -> Reply:
    janus.mountpoint(body).viewers.add(handle)
    handle.mountpoint = body["id"]
    data = {"streaming": "event", "result": {"status": "preparing"}}
    return data, {"type": "offer", "sdp": SDP}


def start(_: TwinJanus, handle: TwinHandle, __: Message, answer: Message | None) -> Reply:
    check_watching(handle)
    handle.paused = False
    if answer is not None and not handle.connected:
        connect(handle)
    return {"streaming": "event", "result": {"status": "starting"}}, None


def pause(_: TwinJanus, handle: TwinHandle, __: Message, ___: Message | None) -> Reply:
    check_watching(handle)
    handle.paused = True
    return {"streaming": "event", "result": {"status": "pausing"}}, None


def check_watching(handle: TwinHandle) -> None:
    if not handle.mountpoint:
        raise JanusRefused(455, "Can't start: no mountpoint set")


BRIDGE: dict[str, Answer] = {
    "create": create_room,
    "destroy": destroy_room,
    "list": list_rooms,
    "listparticipants": list_participants,
    "listforwarders": list_forwarders,
    "rtp_forward": forward,
    "stop_rtp_forward": stop_forward,
    "join": join,
    "configure": configure,
}
STREAMING: dict[str, Answer] = {
    "create": create_mountpoint,
    "destroy": destroy_mountpoint,
    "info": mountpoint_info,
    "list": list_mountpoints,
    "watch": watch,
    "start": start,
    "pause": pause,
}
