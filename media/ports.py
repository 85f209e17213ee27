"""What sound needs from a Janus. Two implementations: ``media.janus`` and, in memory, ``twins``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

Message = dict[str, Any]
OnEvent = Callable[[Message], None]
State = Literal["up", "down"]
OnState = Callable[[State], None]


class Handle(Protocol):
    """One plugin handle. Every request has a time limit and raises a SoundError."""

    @property
    def id(self) -> int: ...

    async def request(self, body: Mapping[str, Any], jsep: Message | None = None) -> Message:
        """Send ``body`` to the plugin and return the whole reply (``plugindata``, ``jsep``).

        Asynchronous requests are followed to their final event. Raises JanusRefused when the
        core or the plugin answers with an error, JanusTimeout, JanusUnreachable, HandleGone.
        """
        ...

    async def trickle(self, candidate: Message | None) -> None:
        """Pass on a remote ICE candidate; None says that there are no more."""
        ...

    async def detach(self) -> None:
        """Give the handle up. Never raises: what cannot be said now is said on reconnection."""
        ...


class Connection(Protocol):
    """A janus_session that lives as long as Janus does."""

    @property
    def up(self) -> bool: ...

    @property
    def admin_key(self) -> str: ...

    async def attach(self, plugin: str, on_event: OnEvent) -> Handle:
        """A new handle. ``on_event`` is called on the loop with each message that is no reply."""
        ...

    def on_state(self, callback: OnState) -> None:
        """Call back with "down" when every handle is lost and "up" when there can be new ones.

        A connection that drops and is resumed in time is neither.
        """
        ...

    async def handles(self) -> frozenset[int]:
        """The handles that Janus itself says this janus_session has."""
        ...
