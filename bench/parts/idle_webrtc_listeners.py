"""Listeners that cost this machine next to nothing: real WebRTC peers that stop reading.

Each negotiates, connects and agrees on keys like a browser (aiortc); then its socket is left open
and unread, so that the kernel drops what Janus sends. Janus encrypts and sends as ever, and does
not notice: it asks nobody for consent again.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from media.seat_manager import Seats

CONNECTED_SECONDS = 20.0
AT_ONCE = 8


class Frozen:
    """One peer. ``listen`` or ``sit`` takes its seat; from then on it is deaf."""

    def __init__(self, seats: Seats, mix: str, seat_id: str) -> None:
        self._seats = seats
        self._mix = mix
        self._seat_id = seat_id
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._up = asyncio.Event()
        self.pc.on("connectionstatechange", self._look)

    def _look(self) -> None:
        if self.pc.connectionState == "connected":
            self._up.set()

    async def listen(self) -> None:
        """On the mountpoint."""
        offer = await self._seats.listen(self._mix, self._seat_id)
        await self.pc.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        await self._seats.answer(self._seat_id, self.pc.localDescription.sdp, paused=False)
        await self._freeze()

    async def sit(self) -> None:
        """In the room, muted: as every AudioBridge page has its listeners."""
        self.pc.addTransceiver("audio", "recvonly")
        await self.pc.setLocalDescription(await self.pc.createOffer())
        offer = self.pc.localDescription.sdp
        answer = await self._seats.speak(self._mix, self._seat_id, offer, muted=True)
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await self._freeze()

    async def leave(self) -> None:
        await self._seats.leave(self._seat_id)
        for socket in self._sockets():
            socket.transport.abort()

    async def _freeze(self) -> None:
        await asyncio.wait_for(self._up.wait(), CONNECTED_SECONDS)
        loop: Any = asyncio.get_running_loop()
        for socket in self._sockets():
            loop._remove_reader(socket.transport._sock_fd)
        self._ice()._query_consent_task.cancel()

    def _ice(self) -> Any:
        return self.pc.getTransceivers()[0].receiver.transport.transport._connection

    def _sockets(self) -> Any:
        return self._ice()._protocols


async def come(peers: list[Frozen], how: str) -> None:
    """They take their seats (``listen`` or ``sit``), a few at a time."""
    for start in range(0, len(peers), AT_ONCE):
        await asyncio.gather(*(getattr(peer, how)() for peer in peers[start : start + AT_ONCE]))
