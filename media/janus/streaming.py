"""The Streaming plugin (Janus 1.1): a mountpoint per mix, and a listener's handle on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from media.errors import JanusRefused, MixGone
from media.interfaces import Connection, Handle, Held, Message
from media.janus.audiobridge import FORWARD_PAYLOAD, secret_of
from media.janus.plugin_client import Control, data_of, sdp_of
from media.sdp import SanitizedSdp

PLUGIN = "janus.plugin.streaming"
NO_SUCH_MOUNTPOINT = 455
CANNOT_CREATE = 456  # for whatever reason; mostly because the id is taken


@dataclass(frozen=True, slots=True)
class MountpointInfo:
    """A mountpoint as Janus tells it: the UDP port that it listens on, how many watch."""

    port: int
    viewers: int


@dataclass(frozen=True, slots=True)
class Watching:
    """What Janus tells of a listener's handle that is connected."""

    mountpoint: str
    paused: bool


class Mountpoints:
    """Mountpoints, over one handle that is nobody's seat. All methods raise SoundError."""

    def __init__(self, connection: Connection, threads: int = 2) -> None:
        self._control = Control(connection, PLUGIN)
        self._key = connection.admin_key
        self._threads = threads

    async def create(self, name: str) -> int:
        """Make a mountpoint, or find the one that is there. Returns its UDP port.

        It listens on loopback only: else anybody could put sound into it.
        """
        audio = {"type": "audio", "mid": "a", "pt": FORWARD_PAYLOAD, "codec": "opus"}
        try:
            made = await self._ask(
                "create",
                type="rtp",
                id=name,
                admin_key=self._key,
                secret=secret_of(self._key, name),
                is_private=True,
                threads=self._threads,
                media=[{**audio, "port": 0, "iface": "127.0.0.1"}],
            )
        except JanusRefused as error:
            if error.code == CANNOT_CREATE and name in await self.names():
                return (await self.info(name)).port
            raise
        return int(made["stream"]["ports"][0]["port"])

    async def destroy(self, name: str) -> None:
        """End a mountpoint; listeners are hung up. Nothing happens when there is none."""
        try:
            await self._ask("destroy", id=name, secret=secret_of(self._key, name))
        except JanusRefused as error:
            if error.code != NO_SUCH_MOUNTPOINT:
                raise

    async def info(self, name: str) -> MountpointInfo:
        told = await self._ask("info", id=name, secret=secret_of(self._key, name))
        info = told["info"]
        return MountpointInfo(int(info["media"][0]["port"]), int(info["viewers"]))

    async def names(self) -> tuple[str, ...]:
        listed = await self._ask("list", admin_key=self._key)
        return tuple(sorted(str(one["id"]) for one in listed["list"]))

    async def _ask(self, request: str, **body: Any) -> Message:
        return await self._control.ask({"request": request, **body})


async def watch(handle: Handle, name: str) -> str:
    """Returns Janus' SDP offer. Raises MixGone.

    Without an offer of ours: Janus 1.1 answers one with another offer.
    """
    return await _watch(handle, {"request": "watch", "id": name})


async def watch_anew(handle: Handle, name: str) -> str:
    """An ICE restart of the same peer connection. Returns Janus' SDP offer. Raises MixGone."""
    return await _watch(handle, {"request": "watch", "id": name, "restart": True})


async def start(handle: Handle, answer: SanitizedSdp | None = None) -> None:
    """Let sound flow; with the SDP answer the first time, without it after a pause."""
    jsep = None if answer is None else {"type": "answer", "sdp": answer}
    await handle.request({"request": "start"}, jsep)


async def pause(handle: Handle) -> None:
    """Stay connected, without sound."""
    await handle.request({"request": "pause"})


async def _watch(handle: Handle, body: Message) -> str:
    try:
        reply = await handle.request(body)
    except JanusRefused as error:
        if error.code == NO_SUCH_MOUNTPOINT:
            raise MixGone(str(error)) from error
        raise
    return sdp_of(reply)


def watching_of(held: Held) -> Watching | None:
    """What a handle watches that another process left; None when nothing, or not connected yet:
    nobody answers the offer any more that it was to be connected by."""
    info = held.info
    if info.get("state") != "watching" or not info.get("started"):
        return None
    if info.get("hangingup") or info.get("stopping") or info.get("destroyed"):
        return None
    return Watching(str(info["mountpoint_id"]), bool(info.get("paused")))


def is_over(message: Message) -> bool:
    """Whether this event says that the mountpoint is no more."""
    result = data_of(message).get("result", {})
    return isinstance(result, dict) and result.get("status") == "stopped"
