"""The socket surface: one handler for every event, one registry of what exists.

An event that is not in the registry, and one whose gate is closed for the person, get the same
answer, before anything else about them is looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from media.errors import SeatGone, SoundError
from webapp.accounts.models import Person
from webapp.gating.service import Gating
from webapp.http.errors import AppError
from webapp.infra.database import commit_only_if
from webapp.realtime.event_queues import EventQueues
from webapp.realtime.presence import Connection, Presence

log = logging.getLogger(__name__)

Reply = dict[str, Any]
S = TypeVar("S", bound="Sent")


class Sent(BaseModel):
    """Base of what browsers send: unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Nothing(Sent):
    """An event without content."""


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, and through which socket."""

    person: Person
    connection: Connection

    @property
    def slug(self) -> str:
        """The Space that this socket is in. `not_in_space` when it is in none."""
        if self.connection.slug is None:
            raise AppError("not_in_space")
        return self.connection.slug


Handler = Callable[[Call, Any], Reply | None]


@dataclass(frozen=True)
class Action:
    """An event that exists: who may send it, what it carries, what it does.

    `gates`: any of them suffices. `entry`: it begins something, so draining does not admit to it.
    `after_disconnect`: it gives something up, and may be the last that a page sends before it is
    closed: it is carried out although the socket has ended meanwhile.
    `queue`: events of one connection with the same queue are handled in the order in which they
    came; None for those that need no order.
    """

    name: str
    gates: tuple[str, ...]
    sent: type[Sent]
    handle: Handler
    entry: bool
    after_disconnect: bool
    queue: str | None


class Sockets:
    """Dispatches events. `allow(person_id, action)` says whether somebody is not flooding,
    `refused(code, person_id)` counts what is refused."""

    def __init__(
        self,
        presence: Presence,
        gating: Gating,
        allow: Callable[[str, str], bool],
        refused: Callable[[str, str], None],
    ) -> None:
        self._presence = presence
        self._gating = gating
        self._allow = allow
        self._refused = refused
        self._actions: dict[str, Action] = {}
        self._queues = EventQueues()

    @property
    def actions(self) -> Mapping[str, Action]:
        """Every event that exists, by name."""
        return self._actions

    def on(
        self,
        name: str,
        sent: type[Sent],
        *gates: str,
        entry: bool = False,
        after_disconnect: bool = False,
        queue: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Registers an event behind any of `gates` (see `Action`)."""

        def register(handle: Handler) -> Handler:
            if name in self._actions:
                raise ValueError(f"{name} is registered twice")
            self._actions[name] = Action(name, gates, sent, handle, entry, after_disconnect, queue)
            return handle

        return register

    def dispatch(self, sid: str, name: object, arguments: tuple[Any, ...]) -> Reply:
        """The ack of one event: `{ok: True, data}` or `{ok: False, error: {code, message}}`."""
        connection = self._presence.by_sid(sid)
        language = connection.language if connection else "en"
        try:
            if connection is None:
                raise AppError("try_again")
            return {"ok": True, "data": self._run(connection, name, arguments) or {}}
        except AppError as error:
            if connection:
                self._refused(error.code, connection.person.id)
                log.debug("%.40r refused %s to %s", name, error.code, connection.person.id)
            return error.as_ack(language)
        except SeatGone:
            log.info("%.40r: the seat was gone", name)
            return AppError("seat_gone").as_ack(language)
        except (SoundError, TimeoutError) as error:
            log.warning("%s: sound failed: %s", name, type(error).__name__)
            return AppError("sound_unavailable").as_ack(language)
        except SQLAlchemyError as error:
            log.error("%s could not be saved: %s", name, type(error).__name__)
            return AppError("try_again").as_ack(language)
        except Exception:  # the boundary of the surface: a fault of ours is still an answer
            log.exception("%s failed", name)
            return AppError("internal").as_ack(language)

    def _run(
        self, connection: Connection, name: object, arguments: tuple[Any, ...]
    ) -> Reply | None:
        self._gating.evaluate(connection)
        action = self._actions.get(name) if isinstance(name, str) else None
        if action is None or not self._admits(connection, action):
            self._limit(connection, "unknown")
            raise AppError("unknown_event")
        self._limit(connection, action.name)
        sent = _parse(action.sent, arguments)
        with self._queues.turn(connection.sid, action.queue) as waited:
            check = partial(self._check_caller, connection, connection.slug, action)
            if waited:
                check()
            with commit_only_if(check):
                return action.handle(Call(connection.person, connection), sent)

    def _check_caller(self, connection: Connection, slug: str | None, action: Action) -> None:
        """Raises `not_in_space` or `unknown_event` when an action that began in the Space `slug`
        (None: in none) must not be carried out any more. To be called after whatever waited: its
        socket may have ended, another page of the same person may have taken its place, and its
        gate may have closed."""
        connected = self._presence.is_connected(connection)
        if not connected and not action.after_disconnect:
            raise AppError("not_in_space")
        if slug is not None:
            owner = self._presence.in_space(slug, connection.person.id)
            if owner is not connection and not (owner is None and action.after_disconnect):
                raise AppError("not_in_space")
        if not action.after_disconnect and not self._admits(connection, action):
            raise AppError("unknown_event")

    def _admits(self, connection: Connection, action: Action) -> bool:
        # From memory, as for an event that does not exist: time must not tell them apart.
        if not any(key in connection.gates for key in action.gates):
            return False
        if action.entry:
            return any(self._gating.is_open(connection.person, key) for key in action.gates)
        person, slug = connection.person, connection.where
        return any(self._gating.admits(person, key, slug) for key in action.gates)

    def _limit(self, connection: Connection, action: str) -> None:
        if not self._allow(connection.person.id, action):
            raise AppError("too_many")


def _parse(sent: type[S], arguments: tuple[Any, ...]) -> S:
    """The content of an event; `bad_input` names the fields that are wrong, never their values."""
    content = arguments[0] if arguments else {}
    if len(arguments) > 1:
        raise AppError("bad_input")
    try:
        return sent.model_validate(content)
    except ValidationError as error:
        known = set(sent.model_fields)
        wrong = sorted({str(part) for issue in error.errors() for part in issue["loc"][:1]} & known)
        raise AppError("bad_input", fields=wrong) from None
