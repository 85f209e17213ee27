"""Socket.IO itself: who may connect, and every event into the one dispatcher."""

from __future__ import annotations

import logging
import re
from typing import Any

from flask import request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO
from socketio.packet import ACK, BINARY_EVENT, CONNECT, DISCONNECT, EVENT, Packet

from webapp.accounts.authentication import current_login_id, current_person
from webapp.app.services import Core
from webapp.app.socketio_gateway import SocketGateway
from webapp.gating.model import Wire
from webapp.http import engineio_socket
from webapp.http.engineio_sessions import SocketSessions
from webapp.http.engineio_socket import MalformedPacket
from webapp.infra.i18n import current_language
from webapp.realtime.presence import Connection, Disconnected

log = logging.getLogger(__name__)

PING_SECONDS = 10
"""A socket that answers no ping within this is gone: noticed after twice as long at the most."""

SLUG = re.compile(r"[a-z0-9]{1,16}")

PAGE_ID = re.compile(r"[0-9a-f-]{8,36}")

NOT_FOR_BROWSERS = frozenset({"connect", "disconnect", "*"})
"""Names under which python-socketio keeps our own handlers, and would run them for a browser that
sends an event called so."""

FROM_BROWSERS = frozenset({CONNECT, DISCONNECT, EVENT, ACK, BINARY_EVENT})
"""Kinds of packets that a browser of ours could send."""

MOST_ATTACHMENTS = 4
"""Binary parts of one event, each kept until the last has come. We ask for none at all."""


class CheckedPacket(Packet):
    """What browsers send, brought into the one form that the dispatcher looks at. Raises
    MalformedPacket."""

    def __init__(self, *given: Any, encoded_packet: Any = None, **named: Any) -> None:
        if encoded_packet is not None and not encoded_packet:
            raise MalformedPacket
        super().__init__(*given, encoded_packet=encoded_packet, **named)

    def decode(self, encoded_packet: Any) -> int:
        try:
            attachments: int = super().decode(encoded_packet)
            known = self.packet_type in FROM_BROWSERS
        except Exception:  # noqa: BLE001 - whatever it is, it is no packet
            raise MalformedPacket from None
        if not known or attachments > MOST_ATTACHMENTS:
            raise MalformedPacket
        if self.packet_type in (EVENT, BINARY_EVENT) and not _is_named(self.data):  # type: ignore[has-type]
            self.data = [""]
        return attachments

    def add_attachment(self, attachment: Any) -> bool:
        try:
            complete: bool = super().add_attachment(attachment)
        except Exception:  # noqa: BLE001 - the same
            raise MalformedPacket from None
        return complete


def _is_named(data: Any) -> bool:
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        return False
    return data[0] not in NOT_FOR_BROWSERS


def make(async_mode: str, origins: tuple[str, ...], most_bytes: int) -> SocketIO:
    """The server; `init` joins it to the app."""
    return SocketIO(
        async_mode=async_mode,
        cors_allowed_origins=list(origins),
        max_http_buffer_size=most_bytes,
        manage_session=False,
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
        cookie=None,
        allow_upgrades=False,
        serializer=CheckedPacket,
        # Given, for by themselves they would write past our log and its limits.
        logger=logging.getLogger("socketio.server"),
        engineio_logger=logging.getLogger("engineio.server"),
    )


def init(core: Core, socketio: SocketIO) -> None:
    """Takes connections in and hands every event to the dispatcher."""
    socketio.init_app(core.app)
    server = socketio.server
    sessions = SocketSessions(core.settings.flood_factor)
    sessions.follow(server.eio)
    core.app.wsgi_app = SocketGateway(core, sessions)  # type: ignore[method-assign]
    if socketio.async_mode == "eventlet":
        from webapp.http import websocket

        websocket.install()
        engineio_socket.install(
            server.eio,
            core.runtime.later,
            core.runtime.spawn,
            lambda sid: server.manager.sid_from_eio_sid(sid, "/") is not None,
            core.refusals,
        )
    core.gating.wire = Wire(
        send=lambda event, data, sid: server.emit(event, data, to=sid),
        enter=lambda sid, room: server.enter_room(sid, room),
        leave=lambda sid, room: server.leave_room(sid, room),
    )
    socketio.on_event("connect", lambda auth=None: _connect(core, socketio, auth))
    socketio.on_event("disconnect", lambda *_reason: _disconnect(core, request.sid))  # type: ignore[attr-defined]

    # Straight on the server: a Flask context for every event would cost more than the event.
    @server.on("*")
    def dispatch(event: str, sid: str, *arguments: Any) -> dict[str, Any]:
        return core.sockets.dispatch(sid, event, arguments)


def drop_login(core: Core, socketio: SocketIO, login_id: str, person_id: str) -> None:
    """Ends the sockets of a device that was signed out, and all that it holds in the sound."""
    core.holdings.end_login(login_id, person_id)
    for connection in core.presence.of_person(person_id):
        if connection.login_id == login_id:
            socketio.server.disconnect(connection.sid)


def _connect(core: Core, socketio: SocketIO, auth: Any) -> None:
    person, login_id = current_person(), current_login_id()
    if person is None or login_id is None:
        raise Refused("not_signed_in")
    page = auth.get("slug") if isinstance(auth, dict) else None
    page = page if isinstance(page, str) and SLUG.fullmatch(page) else None
    sid: str = request.sid  # type: ignore[attr-defined]
    page_id = auth.get("page_id") if isinstance(auth, dict) else None
    page_id = page_id if isinstance(page_id, str) and PAGE_ID.fullmatch(page_id) else None
    server = socketio.server
    if server.manager.eio_sid_from_sid(sid, "/") not in server.environ:
        # It ended while the database was waited for. Socket.IO tells of no end before the answer
        # to a connection: nobody would ever take it out of presence.
        raise Refused("gone")
    connection = Connection(sid, person, login_id, current_language(), page=page, page_id=page_id)
    core.presence.add(connection)
    if page is not None:
        core.sound.places.see(page, person.id)
    # After the answer to the connection itself, which must be the first thing that is sent.
    core.runtime.spawn(core.gating.greet, connection)


def _disconnect(core: Core, sid: str) -> None:
    connection = core.presence.remove(sid)
    if connection is not None:
        core.events.publish(Disconnected(connection))
