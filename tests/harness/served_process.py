"""The web process, with a Janus in memory, and ways to ask who is present and what is under way.

`python -m tests.harness.served_process`, with the settings of the product in its environment: for
storms in which sound is not what matters. People are gone a few seconds after their socket.
With the argument `patient` they have a minute, and whatever waits for the database or for Janus
waits until the test lets it go.
"""

from __future__ import annotations

import os
import signal
import sys

os.environ["EVENTLET_HUB"] = "asyncio"

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet
    import eventlet.wsgi

eventlet.monkey_patch(socket=True, select=True, thread=True, time=True, psycopg=True)

from collections import Counter  # noqa: E402
from datetime import timedelta  # noqa: E402
from typing import Any  # noqa: E402

from flask import Flask, request  # noqa: E402

from config.settings import Settings  # noqa: E402
from tests.fakes.janus import TwinJanus  # noqa: E402
from webapp.accounts.authentication import open_to_strangers  # noqa: E402
from webapp.app.factory import core_of, create_app, start  # noqa: E402
from webapp.app.services import Core  # noqa: E402
from webapp.audio.webrtc import service, sound_check  # noqa: E402
from webapp.infra import database  # noqa: E402
from webapp.infra.runtime import EventletRuntime  # noqa: E402

GONE_AFTER_SECONDS = 3.0

PATIENCE_SECONDS = 60.0


class Handlers:
    """Which events are being handled, and how often each person's were."""

    def __init__(self, core: Core) -> None:
        self._presence = core.presence
        self._dispatch = core.sockets.dispatch
        self.under_way: list[tuple[str, object]] = []
        self.handled: Counter[tuple[str, object]] = Counter()

    def dispatch(self, sid: str, name: object, arguments: tuple[Any, ...]) -> Any:
        connection = self._presence.by_sid(sid)
        event = (connection.person.id if connection else "", name)
        self.under_way.append(event)
        try:
            return self._dispatch(sid, name, arguments)
        finally:
            self.under_way.remove(event)
            self.handled[event] += 1


def tell_what_is_under_way(app: Flask, core: Core, janus: TwinJanus) -> None:
    """Addresses for `tests.harness.evening`."""
    handlers = Handlers(core)
    core.sockets.dispatch = handlers.dispatch  # type: ignore[method-assign]

    @open_to_strangers
    def under_way() -> dict[str, Any]:
        return {
            "events": handlers.under_way,
            "handled": handlers.handled[request.args.get("person", ""), request.args.get("event")],
            "seats": sorted(core.engine.seats.seats()),
            "participants": sorted(
                name for room in janus.rooms.values() for name in room.participants
            ),
        }

    @open_to_strangers
    def known() -> dict[str, bool]:
        return {name: one.after_disconnect for name, one in core.sockets.actions.items()}

    @open_to_strangers
    def hold_up() -> dict[str, Any]:
        (janus.freeze if request.args["janus"] == "frozen" else janus.thaw)()
        return {}

    for rule, view in (("what-is-under-way", under_way), ("which-events-exist", known)):
        app.add_url_rule(f"/{rule}", rule, view)
    app.add_url_rule("/hold-up", "hold-up", hold_up)


def main() -> None:
    # Ends at once: an interrupt raised in whichever greenlet runs might end that one alone.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if "patient" in sys.argv:
        database.BUSY_SECONDS = service.SECONDS_FOR_SOUND = PATIENCE_SECONDS
        sound_check.SECONDS_FOR_JANUS = PATIENCE_SECONDS
        service.GONE_AFTER = timedelta(seconds=PATIENCE_SECONDS)
    else:
        service.GONE_AFTER = timedelta(seconds=GONE_AFTER_SECONDS)
    settings = Settings()
    janus = TwinJanus(PATIENCE_SECONDS) if "patient" in sys.argv else TwinJanus()
    app = create_app(settings, runtime=EventletRuntime(), connection=janus)
    core = core_of(app)
    presence = core.presence

    @open_to_strangers
    def present() -> dict[str, Any]:
        return {
            "sockets": sorted(one.person.id for one in presence.everyone()),
            "owners": sorted((slug, person_id) for slug, person_id in presence._owners),
        }

    app.add_url_rule("/who-is-present", "who_is_present", present)
    if "patient" in sys.argv:
        tell_what_is_under_way(app, core, janus)
    start(app)
    listening = eventlet.listen((settings.host, settings.port), backlog=1024)
    eventlet.wsgi.server(listening, app, log_output=False, debug=False, max_size=5000)


if __name__ == "__main__":
    main()
