"""Where the web process starts.

python wsgi.py                     serves until SIGTERM (another process follows and takes up what
                                   goes on meanwhile) or Ctrl-C (the end: nothing is left in Janus)
python wsgi.py --next              loads, says so on standard input, a socket, and serves when that
                                   ends: the process before it need not end sooner
flask --app wsgi COMMAND           runs a command of the product
"""

from __future__ import annotations

import os
import sys

SERVING = __name__ == "__main__"

if SERVING:
    # Serving needs eventlet's asyncio hub and green sockets before any other import. A command
    # works alone and waits for nobody: it stays unpatched, and starts sooner.
    os.environ["EVENTLET_HUB"] = "asyncio"

    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
        import eventlet
        import eventlet.green.socket

    # By name: naming one leaves out all others. Whatever waits without being named here (sleeping
    # too) holds up everybody. Child processes are asyncio's, which stays as it is.
    eventlet.monkey_patch(socket=True, select=True, thread=True, time=True, psycopg=True)

    from greenlet import GreenletExit

    from webapp.app.factory import core_of, load_features, start, stop
    from webapp.app.factory import create_app as app_with
    from webapp.http import security
    from webapp.http import server as http_server
    from webapp.infra import gc_tuning
    from webapp.infra.database_lock import HANDOVER_SECONDS, REFUSAL, DatabaseLock, Purpose
    from webapp.infra.runtime import EventletRuntime
else:
    from webapp.app.command_line import create_app

    __all__ = ["create_app"]

import errno
import signal
import socket
from contextlib import suppress
from typing import Any

from config.settings import Settings, settings_or_exit

BACKLOG = 1024
"""Connections that may wait to be accepted: a restart brings everybody back at once."""
KEEP_LOCK_SECONDS = 5.0
"""Between two looks whether the lock on the database is still ours."""
GOODBYE_SECONDS = 1.0
"""How long requests under way may take to finish when the process is told to stop. Browsers'
sockets never finish by themselves: they are cut after it, and come back to the next process."""


def main() -> int:
    """Serves until told to stop. The result is the process's exit code."""
    if "--next" in sys.argv[1:]:
        _wait_for_turn()
    settings = settings_or_exit("soundcheck")
    try:
        listening = _listen(settings)
    except OSError as problem:
        return _refuse(_why_not_listening(problem, settings))
    lock = DatabaseLock(settings.database_url, Purpose.SERVING)
    if settings.sole_web_process and not lock.take(HANDOVER_SECONDS):
        return _refuse(REFUSAL)
    app = app_with(settings, runtime=EventletRuntime())
    start(app)
    if settings.sole_web_process:
        core_of(app).runtime.every(KEEP_LOCK_SECONDS, lambda: _keep(lock))
    gc_tuning.set_aside()
    server = eventlet.spawn(
        http_server.serve, listening, app, _connection_limits(settings), core_of(app).refusals
    )
    told = _wait_until_told(server)
    server.kill()
    with eventlet.Timeout(GOODBYE_SECONDS, False), suppress(GreenletExit):
        server.wait()
    stop(app, for_good=told == signal.SIGINT)
    return 0


def _keep(lock: DatabaseLock) -> None:
    """Ends this process when PostgreSQL was away, and another web process came first."""
    if not lock.keep():
        _refuse(REFUSAL)
        os.kill(os.getpid(), signal.SIGTERM)


def _wait_for_turn() -> None:
    """Where one like us serves until we are ready: what takes long is done by now."""
    load_features()
    with suppress(ConnectionError):  # it is our turn already
        os.write(sys.stdin.fileno(), b"loaded")
        os.read(sys.stdin.fileno(), 1)


def _listen(settings: Settings) -> Any:
    if settings.listen_fd is not None:
        return eventlet.green.socket.socket(fileno=settings.listen_fd)
    (family, _, _, _, address), *_ = eventlet.green.socket.getaddrinfo(
        settings.host, settings.port, type=eventlet.green.socket.SOCK_STREAM
    )
    listening = eventlet.listen(address, family, backlog=BACKLOG, reuse_port=False)
    # Passed on to every connection: a second small message must not wait, up to 40 ms, until the
    # browser has acknowledged the first (Nagle's algorithm).
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _connection_limits(settings: Settings) -> Any:
    return http_server.ConnectionLimits(
        seconds=settings.request_seconds,
        per_address=settings.connections_per_address,
        is_proxy=settings.is_trusted_proxy,
        headers=security.headers(secure=settings.cookie_secure),
    )


def _wait_until_told(server: Any) -> signal.Signals | None:
    """Returns on SIGTERM, on SIGINT, or (None) when the server has ended by itself."""
    told = eventlet.Event()

    def tell(number: signal.Signals | None) -> None:
        if not told.ready():
            told.send(number)

    loop = eventlet.hubs.get_hub().loop
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell, number)
    server.link(lambda _: tell(None))
    by: signal.Signals | None = told.wait()
    return by


def _why_not_listening(problem: OSError, settings: Settings) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"port {settings.port} is taken: end what uses it, or choose another one."
    return f"cannot listen on {settings.host}:{settings.port}: {problem.strerror or problem}."


def _refuse(reason: str) -> int:
    print(f"soundcheck: {reason}", file=sys.stderr)
    return 1


if SERVING:
    sys.exit(main())
