"""The other side of `bench_reactions`: one broadcast per reaction, on the same stack.

Run as a process: serves Socket.IO on a port that it prints. Leaner than a product could be: no
login, no gate, no limits, no database; and, as ours, without compression.
"""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ["EVENTLET_HUB"] = "asyncio"

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet
    import eventlet.wsgi

eventlet.monkey_patch()

from flask import Flask
from flask_socketio import SocketIO

ROOM = "everybody"


def serve() -> None:
    """Until the process is ended."""
    app = Flask(__name__)
    socketio = SocketIO(app, async_mode="eventlet", ping_interval=10, ping_timeout=10)
    server = socketio.server

    @server.on("connect")
    def connect(sid: str, _environ: Any, _auth: Any = None) -> None:
        server.enter_room(sid, ROOM)

    @server.on("reactions.send")
    def react(_sid: str, sent: dict[str, Any]) -> dict[str, Any]:
        item = {"emoji": sent["emoji"], "to": None, "count": 1}
        server.emit("reactions.frame", {"items": [item]}, to=ROOM)
        return {"ok": True, "data": {}}

    listening = eventlet.listen(("127.0.0.1", 0), backlog=1024)
    print(listening.getsockname()[1], flush=True)
    eventlet.wsgi.server(listening, app, log_output=False, max_size=20_000)


if __name__ == "__main__":
    sys.exit(serve())
