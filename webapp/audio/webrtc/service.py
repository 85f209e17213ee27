"""Seats for people: warming, starting, publishing, and every move between them.

The server moves people by itself: somebody on stage keeps their listening seat, paused, so that
coming back needs nothing from their browser and leaves no hole.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from media.errors import SoundError
from media.events import Connected, Lost, SeatEvent, SoundDown, SoundUp, Talking
from media.sdp import IceCandidate, SanitizedSdp
from media.seat_manager import Seats, SeatState
from webapp.audio.webrtc.seat_reconciliation import Corrections
from webapp.audio.webrtc.seat_registry import LISTEN, TALK, Place, Places, seat_id, seat_parts
from webapp.audio.webrtc.sound_check import MIX
from webapp.http.errors import AppError
from webapp.infra.cooperative import Breath
from webapp.infra.event_bus import Events
from webapp.infra.runtime import Runtime
from webapp.realtime.presence import Presence
from webapp.spaces import events as happened
from webapp.spaces.service import Spaces

log = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS_FOR_SOUND = 8.0
"""How long anybody waits for Janus to do one thing."""

MOST_WARM = 500
"""Seats kept ready at the most: beyond it the oldest goes, and who listens is never touched."""

AT_ONCE, BETWEEN_WAVES = 20, 0.1
"""When Janus comes back, so many take their seats again every so many seconds."""

MAX_CORRECTIONS = 5
"""Of one seat in one go: nobody's wish changes more often while Janus is asked."""

GONE_AFTER = timedelta(seconds=15)
"""Neither socket nor sound for so long: the person has left."""


class Sound:
    """Between participants and `media.Seats`. `tell(event, data, slug, person_id)` reaches the
    browser through which a person is in a Space, if there is one."""

    def __init__(
        self,
        seats: Seats,
        runtime: Runtime,
        events: Events,
        presence: Presence,
        clock: Callable[[], datetime],
        tell: Callable[[str, dict[str, Any], str, str], None],
        warm_for: timedelta,
    ) -> None:
        self._seats = seats
        self._runtime = runtime
        self._events = events
        self._presence = presence
        self._tell = tell
        self._warm_for = warm_for
        self._up = False
        self.places = Places(clock)
        self._corrections = Corrections(seats, self.places, self.settle_listening)
        self.spaces: Spaces
        events.subscribe(happened.LeftStage, lambda e: self._back_to_listening(e.slug, e.person_id))
        events.subscribe(happened.MutedChanged, self._mute)
        events.subscribe(happened.Left, lambda e: self.let_go(e.slug, e.person_id))
        events.subscribe(happened.Ended, self._end)

    # --- what people do -------------------------------------------------------------------

    def warm(self, slug: str, person_id: str) -> tuple[str, str]:
        """A listening seat, ready to be answered: its name and Janus' SDP offer."""
        self._make_room()
        seat = seat_id(slug, person_id, LISTEN)
        place = self.places.get(slug, person_id)
        place.listen, place.listen_live = True, False
        offer = self._run(self._seats.listen(slug, seat))
        if self.spaces.standing(slug, person_id) is None:
            # They left, or were made to, while Janus was asked.
            self.let_go_of_listening(slug, person_id)
            raise AppError("not_in_space")
        self._keep_warm(slug, person_id)
        return seat, offer

    def answer(self, slug: str, person_id: str, seat: str, sdp: SanitizedSdp) -> None:
        """The browser's answer to that offer; it plays at once for somebody who is listening."""
        self._require_own(slug, person_id, seat)
        paused = not self._wants_sound(slug, person_id)
        self._run(self._seats.answer(seat, sdp, paused=paused))
        self._keep_warm(slug, person_id)

    def candidate(self, slug: str, person_id: str, seat: str, sent: IceCandidate | None) -> None:
        self._require_own(slug, person_id, seat)
        self._run(self._seats.candidate(seat, sent))

    def start(self, slug: str, person_id: str) -> None:
        """Sound on. Without a seat it is only noted: the seat starts when it is negotiated."""
        self.places.end_warmth(slug, person_id)
        place = self.places.get(slug, person_id)
        if place.listen and not place.talk_live:
            self._run(self._seats.start(seat_id(slug, person_id, LISTEN)))

    def stop(self, slug: str, person_id: str) -> None:
        """Sound off; the seat stays warm for a while."""
        place = self.places.get(slug, person_id)
        if place.listen:
            self._quietly(self._seats.pause(seat_id(slug, person_id, LISTEN)))
            self._keep_warm(slug, person_id)

    def publish(self, slug: str, person_id: str, sdp: SanitizedSdp, muted: bool) -> tuple[str, str]:
        """A seat on the bridge: its name and Janus' answer. Given back at once to nobody if the
        person lost the stage meanwhile."""
        seat = seat_id(slug, person_id, TALK)
        self.places.get(slug, person_id).talk = True
        answer = self._run(self._seats.speak(slug, seat, sdp, muted=muted))
        standing = self.spaces.standing(slug, person_id)
        if standing is None or standing.role == "listener":
            self._leave_bridge(slug, person_id)
            raise AppError("not_on_stage")
        if standing.muted != muted:
            self._run(self._seats.mute(seat, standing.muted))
        return seat, answer

    def renegotiate(self, slug: str, person_id: str) -> tuple[str, str]:
        """ICE restart of the listening seat: its name and Janus' offer, to be answered as ever."""
        seat = seat_id(slug, person_id, LISTEN)
        return seat, self._run(self._seats.reoffer(seat))

    def republish(self, slug: str, person_id: str, sdp: SanitizedSdp) -> tuple[str, str]:
        """ICE restart of the seat on the bridge: its name and Janus' answer."""
        seat = seat_id(slug, person_id, TALK)
        return seat, self._run(self._seats.restart(seat, sdp))

    def lost(self, slug: str, person_id: str, kind: str, share: float) -> None:
        """Somebody missed this share (0..1) of what came to their seat of a kind lately. Nobody
        waits for Janus to take note of it."""
        seat = seat_id(slug, person_id, kind)
        if self._seats.holds(seat):
            self._runtime.spawn(lambda: self._quietly(self._seats.lost(seat, share)))

    def held(self, slug: str, person_id: str) -> list[str]:
        """The kinds of seat that somebody has: a browser may think of others."""
        kinds = (LISTEN, TALK)
        return [kind for kind in kinds if self._seats.holds(seat_id(slug, person_id, kind))]

    # --- after another process ------------------------------------------------------------

    def take_up(self, in_janus: Iterable[str]) -> None:
        """Knows the seats that the process before this one left, as Janus has them, and sees to it
        that they are as the database wants them. Mixes of what is over are closed;
        `in_janus` names all that there are."""
        self._up = self._seats.mixes.connection.up
        for seat, state in self._seats.seats().items():
            try:
                self._take_up_seat(seat, state)
            except ValueError:  # no name of ours
                self._quietly(self._seats.leave(seat))
        for slug, person_id in self.places.all():
            self.settle_listening(slug, person_id)
        names = list(in_janus)  # of other products as well, which may use the same Janus
        live = [name for name in names if self.spaces.live(name)]
        over = [name for name in names if name.startswith(MIX) or self.spaces.title_of_ended(name)]
        self._quietly(self._seats.mixes.take_up(live, over))

    def _take_up_seat(self, seat: str, state: SeatState) -> None:
        slug, person_id, kind = seat_parts(seat)
        standing = self.spaces.standing(slug, person_id)
        if standing is None or (kind == TALK and standing.role == "listener"):
            self._quietly(self._seats.leave(seat))
            return
        place = self.places.get(slug, person_id)
        if kind == LISTEN:
            place.listen, place.listen_live = True, state.connected
            return
        place.talk, place.talk_live, place.talking = True, state.connected, state.talking
        if state.muted != standing.muted:
            self._quietly(self._seats.mute(seat, standing.muted))

    def settle_listening(self, slug: str, person_id: str) -> None:
        """Has the listening seat play, or pause, as is wanted by now: compared again after each
        change, for Janus had to be waited for."""
        for _ in range(MAX_CORRECTIONS):
            state = self._seats.state(seat_id(slug, person_id, LISTEN))
            paused = not self._wants_sound(slug, person_id)
            if state is None or not state.connected or state.paused == paused:
                break
            seat = seat_id(slug, person_id, LISTEN)
            self._quietly(self._seats.pause(seat) if paused else self._seats.start(seat))
        place = self.places.find(slug, person_id)
        if place is not None and place.listen:
            self._keep_warm(slug, person_id)

    # --- what happens to them -------------------------------------------------------------

    def on_seat(self, event: SeatEvent) -> None:
        """Takes an event of `media/`; runs outside the loop, one event after the other."""
        if isinstance(event, Connected):
            self._connected(*seat_parts(event.seat_id))
        elif isinstance(event, Lost):
            self._lost(*seat_parts(event.seat_id))
        elif isinstance(event, Talking):
            self._talking(event.seat_id, event.talking)
        elif isinstance(event, SoundDown):
            self._up = False
        elif isinstance(event, SoundUp) and not self._up:
            self._up = True
            self._begin_anew()

    def sweep(self) -> None:
        """Lets unused warm seats go, and people who have neither socket nor sound any more."""
        for slug, person_id in self.places.cold(self._warm_for):
            self._cool(slug, person_id)
        if self._up:
            self._quietly(self._seats.prove())
        breath = Breath()
        self._corrections.begin_round()
        for portion in self.spaces.places():
            # Nobody has a turn between the reading of a portion and the look at it.
            for slug, person_id, listening in portion:
                self._look_for(slug, person_id)
                self._corrections.look(slug, person_id, listening)
            breath.take_if_due()

    def _look_for(self, slug: str, person_id: str) -> None:
        reachable = self._is_reachable(slug, person_id)
        if self.places.absent_for(slug, person_id, reachable) >= GONE_AFTER:
            self.spaces.leave(
                slug, person_id, still=lambda: not self._is_reachable(slug, person_id)
            )

    def _is_reachable(self, slug: str, person_id: str) -> bool:
        has_socket = self._presence.in_space(slug, person_id) is not None
        return has_socket or self._seats.receives(seat_id(slug, person_id, TALK))

    def _connected(self, slug: str, person_id: str, kind: str) -> None:
        place = self.places.find(slug, person_id)
        if place is None:
            return
        if kind == LISTEN:
            place.listen_live = place.listen
        elif place.talk:  # else they have left the bridge before they were connected to it
            # The bridge gives this person its own mix: hearing the Space twice would echo.
            place.talk_live = True
        self.settle_listening(slug, person_id)

    def _lost(self, slug: str, person_id: str, kind: str) -> None:
        place = self.places.find(slug, person_id)
        if place is None:
            return
        if kind == LISTEN and self._end_listening(slug, person_id):
            self._tell("listening.lost", {}, slug, person_id)
        elif kind == TALK and place.talk:
            if place.talk_live:
                self._events.publish(happened.SoundLost(slug, person_id))
            place.talk = place.talk_live = False
            self._hush(slug, person_id, place)
            self._tell("stage.lost", {}, slug, person_id)

    def _talking(self, seat: str, talking: bool) -> None:
        slug, person_id, _kind = seat_parts(seat)
        place = self.places.find(slug, person_id)
        if place is not None and place.talking != talking:
            place.talking = talking
            self._events.publish(happened.TalkingChanged(slug, person_id, talking))

    def _begin_anew(self) -> None:
        """Janus came back empty: every browser takes its seats again, those on stage at once, the
        others a few at a time, so that nobody waits behind all of them."""
        everybody = self.places.all()
        for slug, person_id in everybody:
            self._lost(slug, person_id, TALK)
        waiting = [where for where in everybody if self._end_listening(*where)]
        for number, where in enumerate(waiting):
            ask = partial(self._ask_to_warm, *where)
            if number < AT_ONCE:
                ask()
            else:
                self._runtime.later(number // AT_ONCE * BETWEEN_WAVES, ask)

    def _end_listening(self, slug: str, person_id: str) -> bool:
        """Notes that a listening seat is gone; False when there was none."""
        place = self.places.find(slug, person_id)
        if place is None or not place.listen:
            return False
        if place.listen_live and not place.talk_live:
            self._events.publish(happened.SoundLost(slug, person_id))
        place.listen = place.listen_live = False
        place.warm_since = None
        return True

    def _ask_to_warm(self, slug: str, person_id: str) -> None:
        """Unless they came by themselves."""
        place = self.places.find(slug, person_id)
        if place is not None and not place.listen:
            self._tell("listening.lost", {}, slug, person_id)

    def _back_to_listening(self, slug: str, person_id: str) -> None:
        """Off the bridge and back to the listening seat, unheard from the first moment on."""
        place = self.places.get(slug, person_id)
        if place.talk:
            # From now on the bridge is not what they hear, whatever Janus still says of it.
            place.talk = place.talk_live = False
            self._quietly(self._seats.mute(seat_id(slug, person_id, TALK), True))
        self.places.end_warmth(slug, person_id)
        if place.listen_live:
            self.settle_listening(slug, person_id)
        else:
            self._tell("listening.lost", {}, slug, person_id)
        if not place.talk:  # else they are back on stage by now, with another seat
            self._leave_bridge(slug, person_id)

    def _mute(self, event: happened.MutedChanged) -> None:
        place = self.places.find(event.slug, event.person_id)
        if place is not None and place.talk:
            self._quietly(self._seats.mute(seat_id(event.slug, event.person_id, TALK), event.muted))

    def _end(self, event: happened.Ended) -> None:
        for person_id in self.places.of_space(event.slug):
            self.places.drop(event.slug, person_id)
        self._quietly(self._seats.leave_mix(event.slug))

    def let_go(self, slug: str, person_id: str) -> None:
        """Ends all seats of somebody in a Space."""
        if self.places.drop(slug, person_id) is not None:
            for kind in (TALK, LISTEN):
                self._quietly(self._seats.leave(seat_id(slug, person_id, kind)))

    def let_go_of_listening(self, slug: str, person_id: str) -> None:
        """Takes the listening seat away, used or not."""
        place = self.places.get(slug, person_id)
        place.listen = place.listen_live = False
        place.warm_since = None
        self._quietly(self._seats.leave(seat_id(slug, person_id, LISTEN)))

    # --- how ------------------------------------------------------------------------------

    def _leave_bridge(self, slug: str, person_id: str) -> None:
        place = self.places.get(slug, person_id)
        place.talk = place.talk_live = False
        self._quietly(self._seats.leave(seat_id(slug, person_id, TALK)))
        self._hush(slug, person_id, place)

    def _hush(self, slug: str, person_id: str, place: Place) -> None:
        if place.talking:
            place.talking = False
            self._events.publish(happened.TalkingChanged(slug, person_id, False))

    def _cool(self, slug: str, person_id: str) -> None:
        self.let_go_of_listening(slug, person_id)
        self._tell("listening.lost", {}, slug, person_id)

    def cool_oldest(self) -> bool:
        """Lets the seat go that was kept ready and unused the longest; False when there is none."""
        warm = self.places.warm()
        if warm:
            self._cool(*warm[0])
        return bool(warm)

    def _make_room(self) -> None:
        warm = self.places.warm()
        for slug, person_id in warm[: max(0, len(warm) - MOST_WARM + 1)]:
            self._cool(slug, person_id)

    def _keep_warm(self, slug: str, person_id: str) -> None:
        if self._wants_sound(slug, person_id):
            self.places.end_warmth(slug, person_id)
        else:
            self.places.begin_warmth(slug, person_id)

    def _wants_sound(self, slug: str, person_id: str) -> bool:
        """Whether the listening seat is to be audible now: not for somebody on the bridge."""
        standing = self.spaces.standing(slug, person_id)
        place = self.places.find(slug, person_id)
        on_bridge = place is not None and place.talk_live
        return standing is not None and standing.listening and not on_bridge

    def _require_own(self, slug: str, person_id: str, seat: str) -> None:
        if seat not in (seat_id(slug, person_id, kind) for kind in (LISTEN, TALK)):
            raise AppError("seat_gone")

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._runtime.run(coroutine, SECONDS_FOR_SOUND)

    def _quietly(self, coroutine: Coroutine[Any, Any, object]) -> None:
        """What must be tried, and whose failure is Janus' own loss of the seat."""
        try:
            self._run(coroutine)
        except (SoundError, TimeoutError) as error:
            log.warning("a seat could not be changed: %s", type(error).__name__)
