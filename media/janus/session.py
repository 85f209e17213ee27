"""A janus_session that lives as long as Janus does.

The WebSocket may drop: the connection is sought again and the janus_session claimed, within
``reclaim`` seconds, and nobody notices; every handle and all sound goes on. When the janus_session
is lost, because Janus ended or the time is over, "down" is told, and "up" once there is a new one.

The process may end as well: whoever comes next claims the janus_session (``resume``), asks Janus
what is in it (``held``) and takes that over (``adopt``).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from media.errors import JanusRefused, JanusUnreachable, SoundError
from media.interfaces import Held, Message, OnEvent, OnState, State
from media.janus.admin import Admin
from media.janus.handle import JanusHandle
from media.janus.health import take_health
from media.janus.transport import ACKNOWLEDGED, REPLIES, Transport, connect, exchange
from media.task_group import Tasks

log = logging.getLogger(__name__)

T = TypeVar("T")
NO_SUCH_SESSION = 458
LOOKS_AFTER_CLAIM = 3  # one each keepalive, for handles that nobody here knows
HEALTH_SECONDS = 1.0
HEALTH_TIMEOUT_SECONDS = 2.0
MOST_STRAYS = 20  # messages kept of each handle until it is adopted


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. ``reclaim`` must not exceed Janus' reclaim_session_timeout, nor ``keepalive`` its
    session_timeout; a Janus that stops answering is noticed after ``keepalive`` + ``request``."""

    request: float = 5.0
    keepalive: float = 5.0
    reclaim: float = 25.0
    backoff_first: float = 0.05
    backoff_most: float = 1.0


class JanusConnection:
    """See ``media.interfaces.Connection``. ``open`` it once, ``close`` or ``part`` at the end.

    ``resume``: the janus_session of a process before this one, which is claimed if it still lives.
    What is in it only the Admin API tells.
    """

    def __init__(
        self,
        url: str,
        api_secret: str,
        admin_key: str,
        *,
        timing: Timing | None = None,
        admin_url: str = "",
        admin_secret: str = "",
        resume: int | None = None,
    ) -> None:
        self._url = url
        self._api_secret = api_secret
        self.admin_key = admin_key
        self.timing = timing or Timing()
        self._admin = Admin(admin_url, admin_secret, self.timing.request)
        self._transport: Transport | None = None  # while it works
        self._janus_session = resume
        self._handles: dict[int, JanusHandle] = {}
        # What handles told that are not adopted yet.
        self._strays: dict[int, list[Message]] | None = {} if self._janus_session else None
        self._orphans: set[int] = set()  # handles to detach as soon as that can be said
        self._unknown: frozenset[int] = frozenset()  # handles of Janus' that are none of ours
        self._looks_left = 0
        self._callbacks: list[OnState] = []
        self._tasks = Tasks()
        self._supervisor: asyncio.Task[None] | None = None
        self._first_attempt: asyncio.Future[None] | None = None
        self._told: State = "down"
        self._lost = asyncio.Event()
        self._health: tuple[float, tuple[str, ...]] | None = None  # when, and silent plugins
        self._health_turn = asyncio.Lock()

    # ------------------------------------------------------------------ life

    @property
    def up(self) -> bool:
        """Whether requests can be made now."""
        return self._transport is not None

    @property
    def janus_session(self) -> int | None:
        """The number by which a later process can claim it."""
        return self._janus_session

    def on_state(self, callback: OnState) -> None:
        self._callbacks.append(callback)

    async def open(self) -> None:
        """Connect. Raises JanusUnreachable or JanusRefused when the first attempt fails.

        It goes on trying in the background all the same, until ``close``.
        """
        if self._supervisor is None:
            self._first_attempt = asyncio.get_running_loop().create_future()
            self._supervisor = asyncio.create_task(self._supervise())
        if self._first_attempt is not None:
            await asyncio.shield(self._first_attempt)

    async def close(self) -> None:
        """Destroy the janus_session, with all its handles, and disconnect. Never raises."""
        await self._finish()
        if self._transport is not None:
            with suppress(SoundError):
                await self.call({"janus": "destroy"}, ACKNOWLEDGED)
        await self._leave()

    async def part(self) -> None:
        """Disconnect, and leave the janus_session to whoever claims it. Never raises.

        Sound goes on meanwhile; when nobody comes Janus ends it by itself.
        """
        await self._finish()
        await self._leave()

    async def _finish(self) -> None:
        """What is under way, within the time limit of one request."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.timing.request):
                await self._tasks.finish()
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.cancel()
            await asyncio.wait([supervisor])
        await self._tasks.cancel()

    async def _leave(self) -> None:
        await self._drop_transport()
        self._told = "down"  # wanted: nothing to tell
        self._end_janus_session()

    # ------------------------------------------------------------------ requests

    async def call(self, message: Message, final: frozenset[str] = REPLIES) -> Message:
        """Send one message within this janus_session and return its final reply.

        Raises JanusUnreachable at once when there is no connection, JanusTimeout after
        ``timing.request`` seconds, JanusRefused when the core answers with an error.
        """
        if self._transport is None or self._janus_session is None:
            raise JanusUnreachable("there is no connection to Janus now")
        whole = {**message, "session_id": self._janus_session}
        try:
            return await exchange(self._transport, whole, final, self.timing.request)
        except JanusRefused as error:
            if error.code != NO_SUCH_SESSION:
                raise
            self._lost.set()  # reconnecting finds that it cannot be claimed, and makes a new one
            raise JanusUnreachable("Janus has ended our janus_session") from error

    async def attach(self, plugin: str, on_event: OnEvent, label: str = "") -> JanusHandle:
        work = self._tasks.spawn(self._attach(plugin, on_event, label))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(self._undo_attach)
            raise

    async def _attach(self, plugin: str, on_event: OnEvent, label: str) -> JanusHandle:
        reply = await self.call({"janus": "attach", "plugin": plugin, "opaque_id": label})
        handle = JanusHandle(self, int(reply["data"]["id"]), on_event)
        self._handles[handle.id] = handle
        return handle

    async def held(self) -> tuple[Held, ...]:
        if self._strays is None:
            return ()
        if not self._admin.known:
            raise JanusUnreachable("where Janus' Admin API is has not been told")
        known = self._handles
        return tuple(
            held for held in await self._admin.held(self._janus_session) if held.id not in known
        )

    def adopt(self, held: Held, on_event: OnEvent) -> JanusHandle:
        handle = self._handles[held.id] = JanusHandle(self, held.id, on_event)
        for message in (self._strays or {}).pop(held.id, ()):
            handle.deliver(message)
        return handle

    def settle(self) -> None:
        self._strays = None

    async def received(self, handles: Collection[int]) -> Mapping[int, int]:
        return await self._admin.received(self._janus_session, handles)

    def _undo_attach(self, attached: asyncio.Task[JanusHandle]) -> None:
        if not attached.cancelled() and attached.exception() is None:
            self._tasks.spawn(attached.result().detach())

    async def detach(self, handle: JanusHandle) -> None:
        """Detach now, or with the next keepalive when it cannot be said now. Never raises."""
        if self._handles.pop(handle.id, None) is not None:
            self._orphans.add(handle.id)
            await self._detach_orphans()

    async def to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Await ``work``; it goes on when who awaits it is cancelled."""
        return await asyncio.shield(self._tasks.spawn(work))

    async def _detach_orphans(self) -> None:
        for handle_id in list(self._orphans):
            try:
                await self.call({"janus": "detach", "handle_id": handle_id}, ACKNOWLEDGED)
            except JanusRefused:
                pass  # it is gone already
            except JanusUnreachable:
                return  # said again with the next keepalive, or gone with the janus_session
            self._orphans.discard(handle_id)

    async def silent_plugins(self) -> tuple[str, ...]:
        """Asked at most every ``HEALTH_SECONDS``, however often somebody wants to know."""
        async with self._health_turn:
            now = asyncio.get_running_loop().time()
            if self._health is None or now - self._health[0] >= HEALTH_SECONDS:
                timeout = min(self.timing.request, HEALTH_TIMEOUT_SECONDS)
                found = await take_health(self._url, self._api_secret, self.admin_key, timeout)
                self._health = asyncio.get_running_loop().time(), found.silent
            return self._health[1]

    async def _find_unknown_handles(self) -> None:
        """An attach that was answered on a connection that dropped leaves a handle that nobody here
        knows. Twice in a row, for one of which the answer is under way is unknown as well."""
        if not self._looks_left or self._strays is not None or not self._admin.known:
            return
        try:
            there = await self.handles()
        except SoundError as error:
            log.debug("Janus' handles cannot be looked through: %s", error)
            return
        unknown = there - self._handles.keys() - self._orphans
        if found := unknown & self._unknown:
            log.warning("%d handles are given up that were attached unnoticed", len(found))
            self._orphans |= found
        self._unknown, self._looks_left = unknown, self._looks_left - 1

    async def handles(self) -> frozenset[int]:
        """What Janus says over its Admin API, which must have been given to the constructor."""
        return frozenset(await self._admin.handles(self._janus_session))

    # ------------------------------------------------------------------ messages

    def _on_message(self, message: Message) -> None:
        """What is no reply that somebody waits for: an event, or a reply that came too late."""
        kind = message.get("janus")
        handle = self._handles.get(message.get("sender", 0))
        if handle is not None:
            handle.deliver(message)
        elif kind == "timeout":
            log.warning("Janus ended our janus_session: it had heard nothing from us for too long")
            self._janus_session = None
            self._lost.set()
        elif self._strays is not None and "sender" in message:
            told = self._strays.setdefault(message["sender"], [])
            if len(told) < MOST_STRAYS:
                told.append(message)
        elif kind == "success" and "sender" not in message and "id" in message.get("data", {}):
            self._orphans.add(int(message["data"]["id"]))  # attached after nobody waited any more

    # ------------------------------------------------------------------ connecting

    async def _supervise(self) -> None:
        while True:
            await self._connect_until_it_works()
            await self._stay_alive()
            await self._drop_transport()

    async def _connect_until_it_works(self) -> None:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + self.timing.reclaim
        pause = self.timing.backoff_first
        while True:
            try:
                await self._connect()
            except SoundError as error:
                await self._drop_transport()
                if isinstance(error.__cause__, ConnectionRefusedError) or loop.time() > give_up:
                    self._end_janus_session()  # nobody listens: Janus is gone, and so are handles
                self._settle_first_attempt(error)
                log.debug("Janus cannot be reached: %s", error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, self.timing.backoff_most)
            else:
                self._settle_first_attempt(None)
                return

    async def _connect(self) -> None:
        self._lost = lost = asyncio.Event()
        transport = Transport(
            self._url,
            self._api_secret,
            open_timeout=self.timing.request,
            on_message=self._on_message,
            on_lost=lost.set,
        )
        try:
            await connect(transport)
            if self._janus_session is not None and not await self._claim(transport):
                self._end_janus_session()
            if self._janus_session is None:
                reply = await exchange(transport, {"janus": "create"}, REPLIES, self.timing.request)
                self._janus_session = int(reply["data"]["id"])
        except BaseException:
            await transport.shut()
            raise
        self._transport = transport
        self._tell("up")

    async def _claim(self, transport: Transport) -> bool:
        claim = {"janus": "claim", "session_id": self._janus_session}
        try:
            await exchange(transport, claim, REPLIES, self.timing.request)
        except JanusRefused as error:
            log.warning("The janus_session is lost: %s", error)
            return False
        log.info("Connected to Janus again; all seats go on")
        self._unknown, self._looks_left = frozenset(), LOOKS_AFTER_CLAIM
        return True

    async def _stay_alive(self) -> None:
        """Return when the connection is lost, however that shows."""
        while not self._lost.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self.timing.keepalive):
                    await self._lost.wait()
            if self._lost.is_set():
                return
            try:
                await self.call({"janus": "keepalive"}, ACKNOWLEDGED)
                await self._find_unknown_handles()
                await self._detach_orphans()
            except SoundError as error:
                log.warning("Janus does not answer any more: %s", error)
                if isinstance(error, JanusRefused):
                    self._end_janus_session()
                return

    async def _drop_transport(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.shut()

    def _settle_first_attempt(self, error: SoundError | None) -> None:
        first, self._first_attempt = self._first_attempt, None
        if first is None or first.done():
            return
        if error is None:
            first.set_result(None)
        else:
            if self._strays is not None:
                # Claimed later, nobody would take over what is in it.
                self._end_janus_session()
            first.set_exception(error)
            first.exception()  # looked at: nobody may be waiting any more

    def _end_janus_session(self) -> None:
        self._janus_session = self._strays = None
        handles, self._handles = self._handles, {}
        self._orphans.clear()
        for handle in handles.values():
            handle.gone = True
        self._tell("down")

    def _tell(self, state: State) -> None:
        if state == self._told:
            return
        self._told = state
        for callback in self._callbacks:
            callback(state)
