"""The web process, with a Janus in memory and a way to ask who is present.

`python -m tests.harness.served_process`, with the settings of the product in its environment: for
storms in which sound is not what matters. People are gone a few seconds after their socket.
"""

from __future__ import annotations

import os
import signal

os.environ["EVENTLET_HUB"] = "asyncio"

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet
    import eventlet.wsgi

eventlet.monkey_patch(socket=True, select=True, thread=True, time=True, psycopg=True)

from datetime import timedelta  # noqa: E402
from typing import Any  # noqa: E402

from config.settings import Settings  # noqa: E402
from tests.fakes.janus import TwinJanus  # noqa: E402
from webapp.accounts.authentication import open_to_strangers  # noqa: E402
from webapp.app.factory import core_of, create_app, start  # noqa: E402
from webapp.audio.webrtc import service  # noqa: E402
from webapp.infra.runtime import EventletRuntime  # noqa: E402

GONE_AFTER_SECONDS = 3.0


def main() -> None:
    # Ends at once: an interrupt raised in whichever greenlet runs might end that one alone.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    service.GONE_AFTER = timedelta(seconds=GONE_AFTER_SECONDS)
    settings = Settings()
    app = create_app(settings, runtime=EventletRuntime(), connection=TwinJanus())
    presence = core_of(app).presence

    @open_to_strangers
    def present() -> dict[str, Any]:
        return {
            "sockets": sorted(one.person.id for one in presence.everyone()),
            "owners": sorted((slug, person_id) for slug, person_id in presence._owners),
        }

    app.add_url_rule("/who-is-present", "who_is_present", present)
    start(app)
    listening = eventlet.listen((settings.host, settings.port), backlog=1024)
    eventlet.wsgi.server(listening, app, log_output=False, debug=False, max_size=5000)


if __name__ == "__main__":
    main()
