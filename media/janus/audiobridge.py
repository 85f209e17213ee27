"""The AudioBridge plugin (Janus 1.1): rooms, forwarders, and a speaker's handle in a room."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from media import opus_fec
from media.errors import JanusRefused, MixGone
from media.interfaces import Connection, Handle, Held, Message
from media.janus.plugin_client import Control, data_of, sdp_of
from media.sdp import SanitizedSdp

PLUGIN = "janus.plugin.audiobridge"
NO_SUCH_ROOM = 485
ROOM_EXISTS = 486
FORWARD_PAYLOAD = 100


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """How a room mixes. One packet is 20 ms; levels are -dBov: 127 silence, 0 as loud as can be."""

    sampling_rate: int = 48_000
    talking_window: int = 5  # packets averaged before talking, or its end, is told
    talking_level: int = 45  # quieter than this on average is not talking
    prebuffering: int = 6  # packets held back per speaker against jitter
    bitrate: int = 64_000  # of each mix, in bits per second; see docs/decisions/speech-in-opus.md
    expected_loss: int | None = None  # percent, whatever is reported: for comparisons


@dataclass(frozen=True, slots=True)
class Participant:
    """Who is in a room, as Janus tells it."""

    id: str
    muted: bool
    connected: bool


def secret_of(admin_key: str, name: str) -> str:
    """The secret of a room or mountpoint: fresh with each Janus, since its admin key is, and yet
    known to a web process that finds the room of its crashed predecessor."""
    return hmac.new(admin_key.encode(), name.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Inside:
    """What Janus tells of a speaker's handle that is in a room."""

    room: str
    participant: str
    muted: bool
    talking: bool
    connected: bool
    expected_loss: int


class Bridge:
    """Rooms, over one handle that is nobody's seat. All methods raise SoundError."""

    def __init__(self, connection: Connection, settings: RoomSettings | None = None) -> None:
        self._control = Control(connection, PLUGIN)
        self._key = connection.admin_key
        self._settings = settings or RoomSettings()

    async def create(self, room: str, reported_loss: int = opus_fec.START) -> bool:
        """Make a room; False when there is one of that name already. `reported_loss`: what
        to expect of the mix that is forwarded, in percent; with any, Opus repeats each packet in
        the next."""
        wanted = self._settings
        expected_loss = reported_loss if wanted.expected_loss is None else wanted.expected_loss
        try:
            await self._ask(
                "create",
                room=room,
                admin_key=self._key,
                secret=secret_of(self._key, room),
                is_private=True,
                sampling_rate=wanted.sampling_rate,
                audiolevel_ext=True,
                audiolevel_event=True,
                audio_active_packets=wanted.talking_window,
                audio_level_average=wanted.talking_level,
                default_prebuffering=wanted.prebuffering,
                default_expectedloss=expected_loss,
                default_bitrate=wanted.bitrate,
            )
        except JanusRefused as error:
            if error.code == ROOM_EXISTS:
                return False
            raise
        return True

    async def destroy(self, room: str) -> None:
        """End a room; who is in it is sent out. Nothing happens when there is no such room."""
        try:
            await self._ask("destroy", room=room, secret=secret_of(self._key, room))
        except JanusRefused as error:
            if error.code != NO_SUCH_ROOM:
                raise

    async def forward(self, room: str, port: int, also: frozenset[int] = frozenset()) -> None:
        """See to it that the mix goes to this UDP port on loopback, silence too, and nowhere else
        but to those ports of `also` to which it goes already."""
        ports = await self.forwarders(room)
        for stream in [stream for stream, there in ports.items() if there not in (port, *also)]:
            await self.stop_forward(room, stream)
        if port not in ports.values():
            await self.forward_also(room, port)

    async def forward_also(self, room: str, port: int) -> int:
        """Send the mix to one more UDP port on loopback. Returns Janus' number of it."""
        made = await self._ask(
            "rtp_forward",
            room=room,
            secret=secret_of(self._key, room),
            admin_key=self._key,
            host="127.0.0.1",
            port=port,
            ptype=FORWARD_PAYLOAD,
            codec="opus",
            always_on=True,
        )
        return int(made["stream_id"])

    async def stop_forward(self, room: str, stream: int) -> None:
        """Stop one forwarder, by Janus' number of it."""
        await self._ask(
            "stop_rtp_forward",
            room=room,
            secret=secret_of(self._key, room),
            admin_key=self._key,
            stream_id=stream,
        )

    async def rooms(self) -> tuple[str, ...]:
        listed = await self._ask("list", admin_key=self._key)
        return tuple(sorted(str(room["room"]) for room in listed["list"]))

    async def participants(self, room: str) -> tuple[Participant, ...]:
        listed = await self._ask("listparticipants", room=room)
        return tuple(
            Participant(str(one["id"]), bool(one["muted"]), bool(one["setup"]))
            for one in listed["participants"]
        )

    async def forwarders(self, room: str) -> dict[int, int]:
        """The UDP port of each forwarder, by Janus' number of it."""
        listed = await self._ask("listforwarders", room=room, secret=secret_of(self._key, room))
        return {int(one["stream_id"]): int(one["port"]) for one in listed["rtp_forwarders"]}

    async def _ask(self, request: str, **body: Any) -> Message:
        return await self._control.ask({"request": request, **body})


async def join(
    handle: Handle,
    room: str,
    participant: str,
    offer: SanitizedSdp,
    *,
    muted: bool,
    expected_loss: int = opus_fec.START,
) -> str:
    """Enter a room and negotiate, in one round trip. Returns the SDP answer. Raises MixGone."""
    body = {"request": "join", "room": room, "id": participant, "muted": muted}
    body["expected_loss"] = expected_loss
    try:
        reply = await handle.request(body, {"type": "offer", "sdp": offer})
    except JanusRefused as error:
        if error.code == NO_SUCH_ROOM:
            raise MixGone(str(error)) from error
        raise
    return sdp_of(reply)


async def renegotiate(handle: Handle, offer: SanitizedSdp) -> str:
    """A new offer for the same peer connection, such as an ICE restart. Returns the SDP answer."""
    reply = await handle.request({"request": "configure"}, {"type": "offer", "sdp": offer})
    return sdp_of(reply)


async def set_muted(handle: Handle, muted: bool) -> None:
    await handle.request({"request": "configure", "muted": muted})


async def expect_loss(handle: Handle, percent: int) -> None:
    """Of the mix that goes to this participant, 0 to 20: from the next packet on."""
    await handle.request({"request": "configure", "expected_loss": percent})


async def leave(handle: Handle) -> None:
    """Out of the room; the peer connection ends."""
    await handle.request({"request": "leave"})


def talking_of(message: Message, participant: str) -> bool | None:
    """Whether this event says that the participant talks now (True) or not any more (False).

    Every handle in the room is told of everybody, the own participant included: who only looks
    for that one on its own handle hears of each change exactly once.
    """
    data = data_of(message)
    if data.get("id") != participant:
        return None
    return {"talking": True, "stopped-talking": False}.get(str(data.get("audiobridge")))


def inside_of(held: Held) -> Inside | None:
    """Where a handle is that another process left; None when it is in no room."""
    info = held.info
    if info.get("state") != "inroom" or info.get("hangingup") or info.get("destroyed"):
        return None
    return Inside(
        room=str(info["room"]),
        participant=str(info["id"]),
        muted=bool(info.get("muted")),
        talking=bool(info.get("talking")),
        connected=bool(info.get("started")),
        expected_loss=int(info.get("expected-loss", opus_fec.START)),
    )


def is_over(message: Message) -> bool:
    """Whether this event says that the room is no more, or the participant not in it."""
    return data_of(message).get("audiobridge") in ("destroyed", "left", "kicked")
