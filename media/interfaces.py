"""What sound needs from a Janus. ``media.janus`` implements it, and a fake in tests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Message = dict[str, Any]
OnEvent = Callable[[Message], None]
State = Literal["up", "down"]
OnState = Callable[[State], None]


@dataclass(frozen=True, slots=True)
class Held:
    """A handle of our janus_session as Janus tells it. ``info`` is the plugin's own word."""

    id: int
    plugin: str
    label: str
    info: Message


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

    async def attach(self, plugin: str, on_event: OnEvent, label: str = "") -> Handle:
        """A new handle. ``on_event`` is called on the loop with each message that is no reply.

        Janus keeps ``label`` with it: by that a later process knows what it is for.
        """
        ...

    async def held(self) -> tuple[Held, ...]:
        """The handles that a process before this one left in the janus_session; ``adopt`` each."""
        ...

    def adopt(self, held: Held, on_event: OnEvent) -> Handle:
        """Take such a handle over. What it told since the janus_session was claimed follows."""
        ...

    def settle(self) -> None:
        """All that was held is adopted."""
        ...

    async def received(self, handles: Collection[int]) -> Mapping[int, int]:
        """How many packets have come from the browsers behind these handles so far; what is gone
        is left out."""
        ...

    def on_state(self, callback: OnState) -> None:
        """Call back with "down" when every handle is lost and "up" when there can be new ones.

        A connection that drops and is resumed in time is neither.
        """
        ...

    async def silent_plugins(self) -> tuple[str, ...]:
        """Those plugins that do not answer what they queue: nobody can take a seat. Raises
        JanusUnreachable when Janus itself does not answer."""
        ...

    async def handles(self) -> frozenset[int]:
        """The handles that Janus itself says this janus_session has."""
        ...
