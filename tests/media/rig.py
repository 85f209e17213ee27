"""Seats with everything around them, and ways to wait for what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TypeVar

from media.events import SeatEvent
from media.janus.session import JanusConnection, Timing
from media.janus_audit import Audit
from media.mix_registry import Mixes
from media.sdp import SanitizedSdp
from media.seat_manager import Seats
from script.servers.janus import JanusServer
from tests.fakes.janus import SDP, TwinJanus
from tests.media.peers import PATIENCE, Peer, Tone

T = TypeVar("T")
LINGER = 0.05
NOTHING = Audit(rooms={}, forwarders={}, mountpoints={}, handles=0)


def connection_to(
    janus: JanusServer,
    timing: Timing | None = None,
    url: str = "",
    resume: int | None = None,
) -> JanusConnection:
    return JanusConnection(
        url or janus.url,
        janus.api_secret,
        janus.admin_key,
        timing=timing,
        admin_url=janus.admin_url,
        admin_secret=janus.admin_secret,
        resume=resume,
    )


class TwinPeer:
    """A browser for the twin, which does not read what is in an SDP."""

    async def offer(self) -> SanitizedSdp:
        return SDP

    async def accept(self, answer: str) -> None:
        assert answer.startswith("v=0")

    async def answer(self, offer: str) -> SanitizedSdp:
        assert offer.startswith("v=0")
        return SDP

    async def close(self) -> None:
        """Nothing is open."""


class Rig:
    """``events`` holds all that the seats told, in order."""

    def __init__(self, connection: TwinJanus | JanusConnection, linger: float = LINGER) -> None:
        self.connection = connection
        self.mixes = Mixes(connection, linger=linger)
        self.events: list[SeatEvent] = []
        self._told = asyncio.Event()
        self._peers: list[Peer | TwinPeer] = []
        self.seats = Seats(self.mixes, self._on_event)

    async def __aenter__(self) -> Rig:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for peer in self._peers:
            await peer.close()
        await self.seats.close()
        await self.mixes.close_all()

    @property
    def twin(self) -> TwinJanus:
        assert isinstance(self.connection, TwinJanus)
        return self.connection

    def peer(self, hertz: float | None = None) -> Peer | TwinPeer:
        """A browser that fits this Janus."""
        if isinstance(self.connection, TwinJanus):
            made: Peer | TwinPeer = TwinPeer()
        else:
            made = Peer(None if hertz is None else Tone(hertz))
        self._peers.append(made)
        return made

    # ------------------------------------------------------------------ what people do

    async def listen(self, mix: str, seat_id: str, *, paused: bool = False) -> Peer | TwinPeer:
        peer = self.peer()
        answer = await peer.answer(await self.seats.listen(mix, seat_id))
        await self.seats.answer(seat_id, answer, paused=paused)
        return peer

    async def speak(
        self, mix: str, seat_id: str, hertz: float = 440, *, muted: bool = False
    ) -> Peer | TwinPeer:
        peer = self.peer(hertz)
        offer = await peer.offer()
        await peer.accept(await self.seats.speak(mix, seat_id, offer, muted=muted))
        return peer

    async def hear(self, mix: str, seat_id: str, *, paused: bool = False) -> Peer:
        """``listen`` with a real peer."""
        peer = await self.listen(mix, seat_id, paused=paused)
        assert isinstance(peer, Peer)
        return peer

    async def sound(self, mix: str, seat_id: str, tone: float | Tone) -> Peer:
        """``speak`` with a real peer."""
        peer = Peer(tone if isinstance(tone, Tone) else Tone(tone))
        self._peers.append(peer)
        offer = await peer.offer()
        await peer.accept(await self.seats.speak(mix, seat_id, offer, muted=False))
        return peer

    # ------------------------------------------------------------------ waiting

    async def told(self, event: SeatEvent, times: int = 1) -> None:
        """Wait until the seats have told this event that many times."""
        await self.until(lambda: self.events.count(event) >= times)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that shows with an event."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._told.clear()
                await self._told.wait()

    async def settles(self, wanted: Audit) -> None:
        """Wait until Janus itself has just this."""
        await eventually(self.seats.audit, wanted)

    def _on_event(self, event: SeatEvent) -> None:
        self.events.append(event)
        self._told.set()


async def eventually(look: Callable[[], Awaitable[T]], wanted: T) -> None:
    """Look again until it is as wanted; fails with what it was last."""
    last: T | None = None
    try:
        async with asyncio.timeout(PATIENCE):
            while (last := await look()) != wanted:
                await asyncio.sleep(0.01)
    except TimeoutError:
        assert last == wanted
