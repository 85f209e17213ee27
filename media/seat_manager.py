"""People's places in the sound. The only part of ``media`` that the rest of the house calls.

A person may have two seats at once: moving between listening and speaking leaves no hole because
the new one is connected before the old one is left. What a seat id means is the caller's choice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from media.errors import MixGone, SeatGone, SoundError, TooManySeats
from media.events import Lost, SeatEvent, SoundDown, SoundUp
from media.ice_candidate_buffer import EarlyCandidates
from media.interfaces import Held, Message, State
from media.janus_audit import Audit, take_audit
from media.mix_registry import Mixes
from media.sdp import IceCandidate, SanitizedSdp
from media.seat_handles import Listener, Place, Speaker, left_by_another
from media.task_group import Tasks

log = logging.getLogger(__name__)

P = TypeVar("P", bound=Place)
MOST_SEATS = 5_000


@dataclass(frozen=True, slots=True)
class SeatState:
    """One seat as this process knows it."""

    mix: str
    role: Literal["listener", "speaker"]
    connected: bool
    paused: bool = False  # listeners: connected, without sound
    muted: bool = False  # speakers
    talking: bool = False
    participant: str = ""  # speakers: the name in the bridge room
    expected_loss: int | None = None  # speakers: in percent, of the mix that goes to them


class Seats:
    """All seats of this process. ``on_event`` is called on the loop and must not block.

    Every method raises SoundError: SeatGone when the seat is not there (any more), else what is
    wrong with Janus. No request takes longer than the connection's time limit.
    """

    def __init__(
        self,
        mixes: Mixes,
        on_event: Callable[[SeatEvent], None],
        *,
        most_seats: int = MOST_SEATS,
    ) -> None:
        self.mixes = mixes
        self._tell = on_event
        self._most_seats = most_seats
        self._places: dict[str, Place] = {}
        self._leaving: set[Place] = set()
        self._unproven: dict[Speaker, int | None] = {}  # taken up: packets at the last look
        self._early = EarlyCandidates()
        self._tasks = Tasks()
        mixes.connection.on_state(self._on_state)
        mixes.before_close = self._empty

    # ------------------------------------------------------------------ listening

    async def listen(self, mix_name: str, seat_id: str) -> str:
        """Take a listener's seat and return Janus' SDP offer; ``answer`` it.

        Opens the mix when needed. A seat that has this id already is left: this one replaces it.
        """
        place = self._make(Listener, mix_name, seat_id)
        return await self._take(place, place.watch)

    async def answer(self, seat_id: str, sdp: SanitizedSdp, *, paused: bool) -> None:
        """The browser's answer. ``paused``: connect, but without sound before ``start``."""
        await self._get(seat_id, Listener).answer(sdp, paused=paused)

    async def reoffer(self, seat_id: str) -> str:
        """ICE restart of a listener's peer connection: a new offer for it; ``answer`` it."""
        return await self._get(seat_id, Listener).watch_anew()

    async def start(self, seat_id: str) -> None:
        """Let a paused listener hear. One round trip to Janus."""
        await self._get(seat_id, Listener).start()

    async def pause(self, seat_id: str) -> None:
        """A listener hears nothing but stays connected."""
        await self._get(seat_id, Listener).pause()

    # ------------------------------------------------------------------ speaking

    async def speak(
        self, mix_name: str, seat_id: str, sdp_offer: SanitizedSdp, *, muted: bool
    ) -> str:
        """Take a speaker's seat with the browser's offer and return the SDP answer.

        Opens the mix when needed. A seat that has this id already is left: this one replaces it
        (a page that was loaded again). For the same peer connection use ``restart``.
        """
        place = self._make(Speaker, mix_name, seat_id)
        return await self._take(place, lambda: place.publish(sdp_offer, muted=muted))

    async def restart(self, seat_id: str, sdp_offer: SanitizedSdp) -> str:
        """ICE restart of a speaker's peer connection: a new offer for it. Returns the answer."""
        return await self._get(seat_id, Speaker).restart(sdp_offer)

    async def mute(self, seat_id: str, muted: bool) -> None:
        """On the bridge: when this returns nobody hears the speaker, whatever the browser sends."""
        await self._get(seat_id, Speaker).mute(muted)

    async def lost(self, seat_id: str, share: float) -> None:
        """A browser missed this share (0..1) of its mix lately (``media.opus_fec``). What Opus
        repeats in a speaker's own mix follows, with one request to Janus when something changes;
        what listeners miss is expected of the next mixes."""
        place = self._places.get(seat_id)
        if isinstance(place, Listener):
            self.mixes.lost(share)
        else:
            await self._get(seat_id, Speaker).lost(share)

    # ------------------------------------------------------------------ both

    async def candidate(self, seat_id: str, candidate: IceCandidate | None) -> None:
        """A remote ICE candidate, None after the last.

        May come before the seat is taken (kept, within bounds) and after it was left (ignored).
        """
        place = self._places.get(seat_id)
        if place is None or not place.taken.is_set():
            self._early.keep(seat_id, candidate)
            return
        try:
            await place.trickle([candidate])
        except SeatGone:
            log.debug("A candidate came after seat %s was left", seat_id)

    async def leave(self, seat_id: str) -> None:
        """Leave the seat, also one that is just being taken. Nothing happens without one."""
        place = self._places.get(seat_id)
        if place is None:
            self._early.end(seat_id)
            return
        await asyncio.shield(self._drop(place))

    async def leave_mix(self, mix_name: str) -> None:
        """A Space ended: all its seats are left and the mix is closed, without lingering."""
        for place in self._in(mix_name):
            self._drop(place)
        await self.mixes.close(mix_name)

    async def close(self) -> None:
        """Leave all seats and finish what is under way. The mixes stay."""
        for place in list(self._places.values()):
            self._drop(place)
        await self._tasks.finish()

    async def take_up(self) -> None:
        """Take over the seats that a process before this one left in the janus_session.

        ``seats`` then has them, connected as they were; what is of no use any more is given up.
        To be called once, before anything else. Raises SoundError.
        """
        connection = self.mixes.connection
        found = [
            (left_by_another(held, connection, self._on_event), held)
            for held in await connection.held()
        ]
        useless = [connection.adopt(held, ignore) for place, held in found if place is None]
        for place, held in sorted(
            ((place, held) for place, held in found if place is not None),
            key=lambda one: one[0].connected,
        ):
            self._adopt(place, held)
        connection.settle()
        for handle in useless:
            await handle.detach()
        for name in {place.mix for place in self._places.values()}:
            await self.mixes.open(name)

    def _adopt(self, place: Place, held: Held) -> None:
        """Of two handles for one seat, which was just being replaced, a connected one stays."""
        if (before := self._places.get(place.seat_id)) is not None:
            self._drop(before)
        self._places[place.seat_id] = place
        self.mixes.hold(place.mix)
        place.adopt(held)
        if isinstance(place, Speaker):
            self._unproven[place] = None

    async def prove(self) -> None:
        """Find out from which of the speakers that were taken up nothing comes: their browsers may
        have vanished while nobody was there to be told. To be called every few seconds; two calls
        settle it, from then on Janus tells. Raises SoundError."""
        waiting = {
            place: number
            for place in self._unproven
            if self._places.get(place.seat_id) is place and (number := place.handle) is not None
        }
        if not waiting:
            self._unproven.clear()
            return
        came = await self.mixes.connection.received(waiting.values())
        before, self._unproven = self._unproven, {}
        for place, number in waiting.items():
            if before[place] is None:
                self._unproven[place] = came.get(number)
            elif came.get(number) == before[place]:
                place.found_silent()

    def holds(self, seat_id: str) -> bool:
        """Whether there is such a seat now."""
        return seat_id in self._places

    def receives(self, seat_id: str) -> bool:
        """Whether packets come from a speaker's browser: it is there, muted or not. From who only
        listens none do."""
        place = self._places.get(seat_id)
        return isinstance(place, Speaker) and place.connected and place.receiving

    def state(self, seat_id: str) -> SeatState | None:
        """One seat of the snapshot that ``seats`` takes; None when there is none."""
        place = self._places.get(seat_id)
        return None if place is None else state_of(place)

    def seats(self) -> Mapping[str, SeatState]:
        """A snapshot, by seat id."""
        return {seat_id: state_of(place) for seat_id, place in self._places.items()}

    async def audit(self) -> Audit:
        """What Janus itself has now."""
        return await take_audit(self.mixes)

    # ------------------------------------------------------------------ inside

    def _make(self, kind: type[P], mix_name: str, seat_id: str) -> P:
        place = kind(self.mixes.connection, mix_name, seat_id, lambda e: self._on_event(place, e))
        return place

    def _get(self, seat_id: str, kind: type[P]) -> P:
        place = self._places.get(seat_id)
        if not isinstance(place, kind):
            raise SeatGone(f"there is no {kind.__name__.lower()}'s seat {seat_id}")
        return place

    async def _take(self, place: Place, negotiate: Callable[[], Awaitable[str]]) -> str:
        before = self._places.get(place.seat_id)
        if before is None and len(self._places) >= self._most_seats:
            raise TooManySeats(f"there are {self._most_seats} seats already")
        if before is not None:
            self._drop(before)
        self._places[place.seat_id] = place
        self._early.begin(place.seat_id)
        self.mixes.hold(place.mix)
        try:
            sdp = await self._in_mix(place, negotiate)
            place.taken.set()
            if early := self._early.take(place.seat_id):
                await place.trickle(early)
        except BaseException as error:
            left = place.gone
            self._drop(place)
            if left and isinstance(error, SoundError):
                raise SeatGone(f"seat {place.seat_id} was left or replaced") from error
            raise
        return sdp

    async def _in_mix(self, place: Place, negotiate: Callable[[], Awaitable[str]]) -> str:
        """Once more with a new mix, when Janus turns out to have lost the one that we knew."""
        mix = await self.mixes.open(place.mix)
        try:
            return await negotiate()
        except MixGone:
            self.mixes.forget(mix)
            await place.renew()
            await self.mixes.open(place.mix)
            return await negotiate()

    def _drop(self, place: Place) -> asyncio.Task[None]:
        """Take the seat off the list at once; its handle follows, and then the mix if unused."""
        if self._places.get(place.seat_id) is place:
            del self._places[place.seat_id]
            self._early.end(place.seat_id)
        place.end()
        if place.closing is None:
            self._leaving.add(place)
            place.closing = self._tasks.spawn(self._close(place))
        return place.closing

    async def _close(self, place: Place) -> None:
        try:
            await place.close()
        finally:
            self._leaving.discard(place)
            self.mixes.release(place.mix)

    def _in(self, mix_name: str) -> list[Place]:
        return [place for place in self._places.values() if place.mix == mix_name]

    async def _empty(self, mix_name: str) -> None:
        """The mix is being closed: who is still in it loses the seat."""
        for place in self._in(mix_name):
            if place.taken.is_set():
                place.lose("the mix was closed")
            else:
                self._drop(place)
        for place in [place for place in self._leaving if place.mix == mix_name]:
            if place.closing is not None:
                await asyncio.wait([place.closing])

    def _on_event(self, place: Place, event: SeatEvent) -> None:
        if self._places.get(place.seat_id) is not place:
            return
        self._tell(event)
        if isinstance(event, Lost):
            log.info("Seat %s of %s is lost: %s", place.seat_id, place.mix, event.reason)
            self._drop(place)

    def _on_state(self, state: State) -> None:
        if state == "up":
            self._tell(SoundUp())
            return
        for place in list(self._places.values()):
            self._drop(place)
        self._tell(SoundDown())


def ignore(_: Message) -> None:
    """What a handle tells that is being given up."""


def state_of(place: Place) -> SeatState:
    if isinstance(place, Speaker):
        return SeatState(
            place.mix,
            "speaker",
            place.connected,
            muted=place.muted,
            talking=place.talking,
            participant=place.participant,
            expected_loss=place.expected.percent,
        )
    paused = isinstance(place, Listener) and place.paused
    return SeatState(place.mix, "listener", place.connected, paused=paused)
