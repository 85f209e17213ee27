"""What the two plugins of the Janus in memory answer (see ``tests.fakes.janus``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from media.errors import JanusRefused
from media.interfaces import Message
from media.janus import audiobridge, streaming
from media.sdp import SanitizedSdp

if TYPE_CHECKING:
    from tests.fakes.janus import TwinHandle, TwinJanus

SDP = SanitizedSdp(
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE a\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 100\r\nc=IN IP4 0.0.0.0\r\na=sendrecv\r\na=mid:a\r\n"
    "a=rtcp-mux\r\na=ice-ufrag:twin\r\na=ice-pwd:ofNoBrowserAndOfNoJanus0\r\n"
    f"a=fingerprint:sha-256 {':'.join(['00'] * 32)}\r\na=setup:actpass\r\n"
    "a=rtpmap:100 opus/48000/2\r\n"
)


@dataclass
class TwinRoom:
    """An AudioBridge room: participants by id, forwarders (UDP ports) by number."""

    secret: str
    expected_loss: int = 0
    participants: dict[str, TwinHandle] = field(default_factory=dict)
    forwarders: dict[int, int] = field(default_factory=dict)


@dataclass
class TwinMountpoint:
    """A Streaming mountpoint and who watches it."""

    secret: str
    port: int
    viewers: set[TwinHandle] = field(default_factory=set)


Reply = tuple[Message, Message | None]
Answer = Callable[["TwinJanus", "TwinHandle", Message, Message | None], Reply]


def connect(handle: TwinHandle) -> None:
    handle.connected = True
    handle.tell({"janus": "webrtcup"})


# ---------------------------------------------------------------------- AudioBridge


def create_room(janus: TwinJanus, _: TwinHandle, body: Message, __: Message | None) -> Reply:
    janus.check_key(body, 489)
    if body["room"] in janus.rooms:
        raise JanusRefused(audiobridge.ROOM_EXISTS, f"Room {body['room']} already exists")
    janus.rooms[body["room"]] = TwinRoom(
        body.get("secret", ""), body.get("default_expectedloss", 0)
    )
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
    handle.expected_loss = room.expected_loss
    expect_loss(handle, body)
    data = {"audiobridge": "joined", "room": body["room"], "id": body["id"]}
    return data, negotiate(handle, jsep)


def leave(janus: TwinJanus, handle: TwinHandle, __: Message, ___: Message | None) -> Reply:
    if not handle.participant:
        raise JanusRefused(487, "Can't leave (not in a room)")
    if (room := janus.rooms.get(handle.room)) is not None:
        room.participants.pop(handle.participant, None)
    room_name, handle.room, handle.participant = handle.room, "", ""
    handle.connected = False
    return {"audiobridge": "left", "room": room_name}, None


def configure(_: TwinJanus, handle: TwinHandle, body: Message, jsep: Message | None) -> Reply:
    if not handle.participant:
        raise JanusRefused(487, "Can't configure (not in a room)")
    expect_loss(handle, body)
    handle.muted = bool(body.get("muted", handle.muted))
    return {"audiobridge": "event", "result": "ok"}, negotiate(handle, jsep)


def expect_loss(handle: TwinHandle, body: Message) -> None:
    wanted = body.get("expected_loss", handle.expected_loss)
    if not 0 <= wanted <= 20:
        raise JanusRefused(484, "Invalid element (expected_loss should be between 0 and 20)")
    handle.expected_loss = wanted


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
    if handle.mountpoint and not body.get("restart"):
        raise JanusRefused(460, "Already watching a stream")
    handle.mountpoint = body["id"]
    status = "updating" if body.get("restart") else "preparing"
    data = {"streaming": "event", "result": {"status": status}}
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
    "leave": leave,
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
