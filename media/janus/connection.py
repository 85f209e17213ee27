"""A janus_session that lives as long as Janus does.

The WebSocket may drop: the connection is sought again and the janus_session claimed, within
``reclaim`` seconds, and nobody notices; every handle and all sound goes on. When the janus_session
is lost, because Janus ended or the time is over, "down" is told, and "up" once there is a new one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from media.errors import HandleGone, JanusRefused, JanusTimeout, JanusUnreachable, SoundError
from media.janus.transport import Transport
from media.ports import Message, OnEvent, OnState, State
from media.tasks import Tasks

log = logging.getLogger(__name__)

REPLIES = frozenset({"success", "event", "error"})
ACKNOWLEDGED = frozenset({"ack", "success", "error"})
T = TypeVar("T")
NO_SUCH_SESSION = 458
NO_SUCH_HANDLE = 459


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
    """See ``media.ports.Connection``. ``open`` it once, ``close`` it at the end."""

    def __init__(
        self,
        url: str,
        api_secret: str,
        admin_key: str,
        *,
        timing: Timing | None = None,
        admin_url: str = "",
        admin_secret: str = "",
    ) -> None:
        self._url = url
        self._api_secret = api_secret
        self.admin_key = admin_key
        self._admin = (admin_url, admin_secret)
        self.timing = timing or Timing()
        self._transport: Transport | None = None  # while it works
        self._janus_session: int | None = None
        self._handles: dict[int, JanusHandle] = {}
        self._orphans: set[int] = set()  # handles to detach as soon as that can be said
        self._callbacks: list[OnState] = []
        self._tasks = Tasks()
        self._supervisor: asyncio.Task[None] | None = None
        self._first_attempt: asyncio.Future[None] | None = None
        self._told: State = "down"
        self._lost = asyncio.Event()

    # ------------------------------------------------------------------ life

    @property
    def up(self) -> bool:
        """Whether requests can be made now."""
        return self._transport is not None

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
        with suppress(TimeoutError):
            async with asyncio.timeout(self.timing.request):
                await self._tasks.finish()
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.cancel()
            await asyncio.wait([supervisor])
        await self._tasks.cancel()
        if self._transport is not None:
            with suppress(SoundError):
                await self.call({"janus": "destroy"}, ACKNOWLEDGED)
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

    async def attach(self, plugin: str, on_event: OnEvent) -> JanusHandle:
        work = self._tasks.spawn(self._attach(plugin, on_event))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(self._undo_attach)
            raise

    async def _attach(self, plugin: str, on_event: OnEvent) -> JanusHandle:
        reply = await self.call({"janus": "attach", "plugin": plugin})
        handle = JanusHandle(self, int(reply["data"]["id"]), on_event)
        self._handles[handle.id] = handle
        return handle

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

    async def handles(self) -> frozenset[int]:
        """What Janus says over its Admin API, which must have been given to the constructor."""
        url, secret = self._admin
        transport = Transport(
            url,
            subprotocol="janus-admin-protocol",
            open_timeout=self.timing.request,
            on_message=lambda _: None,
            on_lost=lambda: None,
        )
        try:
            await connect(transport)
            ask: Message = {"janus": "list_handles", "session_id": self._janus_session}
            ask["admin_secret"] = secret
            reply = await exchange(transport, ask, REPLIES, self.timing.request)
        finally:
            await transport.shut()
        return frozenset(int(handle) for handle in reply["handles"])

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
            first.set_exception(error)
            first.exception()  # looked at: nobody may be waiting any more

    def _end_janus_session(self) -> None:
        self._janus_session = None
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


class JanusHandle:
    """See ``media.ports.Handle``. One request at a time, and no detaching before its reply: Janus
    1.1.2 crashes, with everybody's sound, when a handle is detached while it negotiates."""

    def __init__(self, connection: JanusConnection, handle_id: int, on_event: OnEvent) -> None:
        self._connection = connection
        self._on_event = on_event
        self._turn = asyncio.Lock()
        self.id = handle_id
        self.gone = False

    async def request(self, body: Mapping[str, Any], jsep: Message | None = None) -> Message:
        message: Message = {"janus": "message", "body": dict(body)}
        if jsep is not None:
            message["jsep"] = jsep
        reply = await self._connection.to_the_end(self._call(message, REPLIES))
        data = reply.get("plugindata", {}).get("data", {})
        if "error_code" in data:
            raise JanusRefused(int(data["error_code"]), str(data.get("error", "")))
        return reply

    async def trickle(self, candidate: Message | None) -> None:
        said = {"completed": True} if candidate is None else candidate
        message = {"janus": "trickle", "candidate": said}
        await self._connection.to_the_end(self._call(message, ACKNOWLEDGED))

    async def detach(self) -> None:
        self.gone = True
        await self._connection.to_the_end(self._detach())

    async def _call(self, message: Message, final: frozenset[str]) -> Message:
        async with self._turn:
            if self.gone:
                raise HandleGone(f"handle {self.id} is no more")
            try:
                return await self._connection.call({**message, "handle_id": self.id}, final)
            except JanusRefused as error:
                if error.code == NO_SUCH_HANDLE:
                    raise HandleGone(str(error)) from error
                raise

    async def _detach(self) -> None:
        async with self._turn:
            await self._connection.detach(self)

    def deliver(self, message: Message) -> None:
        """An event of this handle. A callback that fails must not end the connection."""
        if self.gone:
            return
        try:
            self._on_event(message)
        except Exception:
            log.exception("An event of handle %s was not understood", self.id)


async def connect(transport: Transport) -> None:
    """Open the WebSocket. Raises JanusUnreachable."""
    try:
        await transport.connect()
    except Exception as error:
        await transport.shut()
        raise JanusUnreachable(f"Janus cannot be reached: {error}") from error


async def exchange(
    transport: Transport, message: Message, final: frozenset[str], timeout: float
) -> Message:
    """One request and its final reply; the core's errors become JanusRefused."""
    try:
        reply = await transport.exchange(message, final, timeout)
    except TimeoutError as error:
        raise JanusTimeout(f"Janus did not answer {message['janus']!r} in {timeout:g} s") from error
    except ConnectionError as error:
        raise JanusUnreachable(str(error)) from error
    if reply["janus"] == "error":
        raise JanusRefused(int(reply["error"]["code"]), str(reply["error"]["reason"]))
    return reply
