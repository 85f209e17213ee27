"""One seat's handle in Janus: what a listener's and a speaker's can do, and what they hear of it.

Operations of one place wait for each other (one lock), and all of them for its being taken.
``close`` waits for the one under way, so that no handle is left behind; whoever comes after gets
SeatGone.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from media import opus_fec
from media.errors import HandleGone, JanusRefused, SeatGone, SoundError
from media.events import Connected, Lost, SeatEvent, Slow, Talking
from media.interfaces import Connection, Handle, Held, Message
from media.janus import audiobridge, streaming
from media.sdp import IceCandidate, SanitizedSdp

log = logging.getLogger(__name__)

CONNECTING_SECONDS = 3.0
"""How long a speaker who leaves while being connected is waited for: a browser that is there takes
a tenth of that, and to one that is not nothing happens any more."""


class Place:
    """What both kinds share. ``emit`` is called with the events of the seat."""

    plugin: str

    def __init__(
        self, connection: Connection, mix: str, seat_id: str, emit: Callable[[SeatEvent], None]
    ) -> None:
        self.mix = mix
        self.seat_id = seat_id
        self.connected = False
        self.taken = asyncio.Event()  # negotiated, or gone
        self.gone = False
        self.settled = asyncio.Event()  # not being connected: not yet, connected, or over
        self.settled.set()
        self.closing: asyncio.Task[None] | None = None
        self._connection = connection
        self._emit = emit
        self._handle: Handle | None = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, *, taking: bool = False) -> AsyncIterator[Handle]:
        """Wait for the operation before; gives the handle. Raises SeatGone when left meanwhile."""
        if not taking:
            await self.taken.wait()
        async with self._turn:
            self._check()
            if self._handle is None:
                self._handle = await self._connection.attach(
                    self.plugin, self._on_message, self.seat_id
                )
                self._check()
            try:
                yield self._handle
            except HandleGone as error:
                raise SeatGone(f"seat {self.seat_id} is gone: {error}") from error
            self._check()

    async def trickle(self, candidates: list[IceCandidate | None]) -> None:
        """Pass on remote candidates, in order. One that Janus does not understand is left out."""
        async with self.turn() as handle:
            for candidate in candidates:
                try:
                    await handle.trickle(None if candidate is None else candidate.message())
                except JanusRefused as error:
                    log.info("A candidate of seat %s was refused: %s", self.seat_id, error)

    async def renew(self) -> None:
        """Give the handle up for another: one whose negotiation failed cannot negotiate again."""
        async with self._turn:
            handle, self._handle = self._handle, None
            if handle is not None:
                await handle.detach()
            self._check()

    def adopt(self, held: Held) -> None:
        """Take over the handle that another process had for this seat."""
        self._handle = self._connection.adopt(held, self._on_message)
        self.taken.set()

    def lose(self, reason: str) -> None:
        """Tell that the seat is lost."""
        self.connected = False
        self._emit(Lost(self.seat_id, reason))

    def end(self) -> None:
        """From now on nothing is told or done any more; ``close`` follows."""
        self.gone = True
        self.taken.set()

    async def close(self) -> None:
        """Give the handle up. Never raises; may be called again."""
        self.end()
        async with self._turn:
            if self._handle is not None:
                await self._go(self._handle)
                await self._handle.detach()

    async def _go(self, handle: Handle) -> None:
        """What is to be said before the handle is given up. Never raises."""

    def _check(self) -> None:
        if self.gone:
            raise SeatGone(f"seat {self.seat_id} was left or replaced")

    # ------------------------------------------------------------------ what Janus tells

    def _on_message(self, message: Message) -> None:
        kind = message.get("janus")
        if kind in ("webrtcup", "hangup", "detached"):
            self.settled.set()
        if self.gone:
            return
        if kind == "webrtcup":
            self.connected = True
            self._emit(Connected(self.seat_id))
        elif kind in ("hangup", "detached"):
            self.lose(str(message.get("reason", kind)))
        elif kind == "slowlink":
            uplink, lost = bool(message.get("uplink")), int(message.get("lost", 0))
            self._emit(Slow(self.seat_id, uplink, lost))
        elif kind == "media":
            self._on_media(bool(message.get("receiving")))
        elif kind == "event":
            self._on_plugin(message)

    def _on_media(self, receiving: bool) -> None:
        """Packets from the browser began or ceased to come."""

    def _on_plugin(self, message: Message) -> None:
        raise NotImplementedError


class Listener(Place):
    """Hears the mix through the mountpoint. ``paused`` is what Janus has confirmed."""

    plugin = streaming.PLUGIN
    paused = False

    def found(self, watching: streaming.Watching) -> None:
        """As Janus has it, where another process left it."""
        self.paused, self.connected = watching.paused, True

    async def watch(self) -> str:
        """Returns Janus' SDP offer. Raises MixGone."""
        async with self.turn(taking=True) as handle:
            return await streaming.watch(handle, self.mix)

    async def watch_anew(self) -> str:
        """An ICE restart of the same peer connection. Returns Janus' SDP offer; ``answer`` it."""
        async with self.turn() as handle:
            return await streaming.watch_anew(handle, self.mix)

    async def answer(self, sdp: SanitizedSdp, *, paused: bool) -> None:
        async with self.turn() as handle:
            self.paused = paused
            await streaming.start(handle, sdp)
            if paused:
                await streaming.pause(handle)

    async def start(self) -> None:
        async with self.turn() as handle:
            await streaming.start(handle)
            self.paused = False

    async def pause(self) -> None:
        async with self.turn() as handle:
            await streaming.pause(handle)
            self.paused = True

    def _on_plugin(self, message: Message) -> None:
        if streaming.is_over(message):
            self.lose("the mix was closed")


class Speaker(Place):
    """Speaks into the room and hears the mix without the own voice."""

    plugin = audiobridge.PLUGIN

    def __init__(
        self, connection: Connection, mix: str, seat_id: str, emit: Callable[[SeatEvent], None]
    ) -> None:
        super().__init__(connection, mix, seat_id, emit)
        self.participant = uuid.uuid4().hex  # not the seat's id: the seat before may still be there
        self.muted = False
        self.talking = False
        self.expected = opus_fec.Expectation()
        self._heard = False  # what Janus thinks; it stops thinking while muted or without packets
        self.receiving = True  # packets, silent ones too

    async def publish(self, offer: SanitizedSdp, *, muted: bool) -> str:
        """Returns the SDP answer. Raises MixGone."""
        async with self.turn(taking=True) as handle:
            self.muted = muted
            self.settled.clear()
            try:
                return await audiobridge.join(
                    handle,
                    self.mix,
                    self.participant,
                    offer,
                    muted=muted,
                    expected_loss=self.expected.percent,
                )
            except SoundError:
                self.settled.set()
                raise

    async def restart(self, offer: SanitizedSdp) -> str:
        """An ICE restart of the same peer connection. Returns the SDP answer."""
        async with self.turn() as handle:
            return await audiobridge.renegotiate(handle, offer)

    async def mute(self, muted: bool) -> None:
        async with self.turn() as handle:
            await audiobridge.set_muted(handle, muted)
            self.muted = muted
            self._tell_talking()

    async def lost(self, share: float) -> None:
        """The browser missed this share (0..1) of what it was sent lately."""
        async with self.turn() as handle:
            expected = opus_fec.after(self.expected, share, asyncio.get_running_loop().time())
            if expected.percent != self.expected.percent:
                await audiobridge.expect_loss(handle, expected.percent)
            self.expected = expected

    def found(self, inside: audiobridge.Inside) -> None:
        """As Janus has it, where another process left it."""
        self.participant = inside.participant
        self.muted, self.connected = inside.muted, inside.connected
        self.expected = opus_fec.Expectation(inside.expected_loss)
        self._heard = inside.talking
        self.talking = self._heard and not self.muted

    async def _go(self, handle: Handle) -> None:
        # Janus 1.1.2 crashes, or keeps a handle with its room and two threads for ever, where one
        # is left or detached while it is being connected. Nobody hears it meanwhile.
        try:
            if not self.settled.is_set():
                await audiobridge.set_muted(handle, True)
                with suppress(TimeoutError):
                    async with asyncio.timeout(CONNECTING_SECONDS):
                        await self.settled.wait()
            await audiobridge.leave(handle)
        except SoundError as error:
            log.debug("Seat %s was in no room: %s", self.seat_id, error)

    @property
    def handle(self) -> int | None:
        """Janus' number of it."""
        return None if self._handle is None else self._handle.id

    def found_silent(self) -> None:
        """Nothing comes from the browser, and whom Janus told of it is gone."""
        self._on_media(False)

    def lose(self, reason: str) -> None:
        self._heard = False
        self._tell_talking()
        super().lose(reason)

    def _on_media(self, receiving: bool) -> None:
        self.receiving = receiving
        self._tell_talking()

    def _on_plugin(self, message: Message) -> None:
        talking = audiobridge.talking_of(message, self.participant)
        if talking is not None:
            self._heard = talking
            self._tell_talking()
        elif audiobridge.is_over(message):
            self.lose("the mix was closed")

    def _tell_talking(self) -> None:
        talking = self._heard and self.receiving and not self.muted
        if talking != self.talking:
            self.talking = talking
            self._emit(Talking(self.seat_id, talking))


def left_by_another(
    held: Held, connection: Connection, emit: Callable[[Place, SeatEvent], None]
) -> Place | None:
    """The seat that a handle was for; None when it was for none, or cannot serve any more."""
    place: Listener | Speaker

    def tell(event: SeatEvent) -> None:
        emit(place, event)

    if not held.label:
        return None
    if held.plugin == streaming.PLUGIN and (watching := streaming.watching_of(held)):
        place = Listener(connection, watching.mountpoint, held.label, tell)
        place.found(watching)
        return place
    if held.plugin == audiobridge.PLUGIN and (inside := audiobridge.inside_of(held)):
        place = Speaker(connection, inside.room, held.label, tell)
        place.found(inside)
        return place
    return None
