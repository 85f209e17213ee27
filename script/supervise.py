"""Starts Janus and the web process, with --unleash an Unleash server as well, says when they are
ready, and ends them together.

Run by script/run, which has installed everything. Ends on Ctrl-C, SIGTERM or SIGHUP (exit code 0),
or with a one-line reason when a part does not start, or dies soon after it did (exit code 1); a
part that dies later is started again: of the web process another one is kept, which has loaded and
takes over. SIGUSR1 exchanges the web process for a new one, of the code as it is now. It ends what
it started, by process id, and nothing else.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config.setting_types import owner_of  # noqa: E402
from config.settings import PREFIX, Settings, first_problem  # noqa: E402
from media.hls_encoder import end_all, missing  # noqa: E402
from script import privileges  # noqa: E402
from script.janus_restarter import DiedTooSoon, KeptJanus  # noqa: E402
from script.servers.janus import JanusOptions, JanusServer, JanusWillNotStart  # noqa: E402
from script.servers.log_files import rotate  # noqa: E402
from script.servers.tcp_ports import preferred_port  # noqa: E402
from script.servers.unleash import PORT, UnleashServer, UnleashWillNotStart  # noqa: E402
from script.servers.unleash_restarter import KeptUnleash  # noqa: E402
from script.standby import (  # noqa: E402
    LOOK_EVERY_SECONDS,
    READY_SECONDS,
    Signals,
    Told,
    Waiting,
    end,
)
from webapp.infra.process_priority import go_ahead  # noqa: E402

BACKLOG = 1024
"""Connections that may wait while the web process is exchanged."""


TICK_SECONDS = 1.0
"""Between two looks at what no signal tells: faults of Janus, the length of logs."""


class CannotRun(Exception):
    """Why Soundcheck is not running (any more), in a line, with what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        settings, unleash = _settings(arguments)
        go_ahead()  # before the right to it is given up
        _leave_root(settings)
        with ExitStack() as started:
            _serve(settings, unleash, started, Signals())
    except Told:
        return 0
    except (CannotRun, JanusWillNotStart, UnleashWillNotStart) as reason:
        say(str(reason))
        return 1
    return 0


def say(text: str) -> None:
    print(f"script/run: {text}", file=sys.stderr, flush=True)


def _settings(arguments: Sequence[str] | None) -> tuple[Settings, bool]:
    """The settings, and whether an Unleash of our own is wanted."""
    parser = argparse.ArgumentParser(prog="script/run")
    parser.add_argument("--port", type=int)
    parser.add_argument("--no-demo", action="store_true")
    parser.add_argument("--unleash", action="store_true")
    options = parser.parse_args(arguments)
    given = {"demo": not options.no_demo} | ({"port": options.port} if options.port else {})
    try:
        settings = Settings(**given)
    except ValidationError as problem:
        hint = " (or start with --no-demo)" if _only_demo_is_wrong(given) else ""
        raise CannotRun(f"{first_problem(problem)}{hint}") from None
    if options.unleash and settings.unleash_url is not None:
        raise CannotRun("--unleash starts an Unleash of our own, and UNLEASH_URL names another one")
    return settings, options.unleash


def _only_demo_is_wrong(given: dict[str, Any]) -> bool:
    if not given["demo"]:
        return False
    try:
        Settings(**given | {"demo": False})
    except ValidationError:
        return False
    return True


def _leave_root(settings: Settings) -> None:
    """Goes on as an unprivileged user, in the same process, when root has started it."""
    if not privileges.is_root():
        return
    more = {}
    if settings.listen_fd is None and settings.port < privileges.PRIVILEGED_PORTS:
        listening = _listen(settings).detach()  # that user may not
        os.set_inheritable(listening, True)
        more = {f"{PREFIX}LISTEN_FD": str(listening)}
    try:
        privileges.leave_root(settings, privileges.program(), **more)
    except OSError as problem:
        raise CannotRun(f"cannot go on as an unprivileged user: {problem}") from None


def _serve(settings: Settings, unleash: bool, started: ExitStack, signals: Signals) -> None:
    if reason := missing(settings.ffmpeg_program):
        raise CannotRun(reason)
    started.enter_context(_only_one(settings.var_folder))
    listening = started.enter_context(_listen(settings))
    (settings.var_folder / "demo-links.json").unlink(missing_ok=True)
    parts = Parts(settings, unleash, listening)
    started.callback(parts.stop)
    parts.start()
    _wait_until_ready(settings, parts, signals)
    _announce(settings, parts.unleash)
    while True:
        loading = parts.keep_reserve()
        if signals.wait(TICK_SECONDS if loading is None else min(loading, TICK_SECONDS)):
            parts.exchange_web(signals)
        parts.look_after()


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Two at once from one folder would take each other's database and links for their own."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "run.lock").open("a+")
    except PermissionError:
        raise CannotRun(
            f"{folder} belongs to {owner_of(folder)}: start as that user or as root, or set "
            f"{PREFIX}VAR_FOLDER to a folder of your own."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotRun(
                f"it runs already from {folder} (process {lock.read().strip()}): end that one "
                f"first, or set {PREFIX}VAR_FOLDER to another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _listen(settings: Settings) -> socket.socket:
    """What the web processes accept connections from, one after the other. It stays when they go:
    who comes in between waits for the next one, instead of being turned away."""
    try:
        if settings.listen_fd is not None:
            return socket.socket(fileno=settings.listen_fd)
        (family, _, _, _, address), *_ = socket.getaddrinfo(
            settings.host or None,
            settings.port,
            type=socket.SOCK_STREAM,
            flags=socket.AI_PASSIVE,
        )
        listening = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as problem:
        raise CannotRun(
            f"port {settings.port} on {settings.host} cannot be used "
            f"({problem.strerror or problem}): end what uses it, or choose another one with --port."
        ) from None
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class Parts:
    """Janus and the web process, and perhaps Unleash. `look_after` starts again what has died."""

    def __init__(self, settings: Settings, unleash: bool, listening: socket.socket) -> None:
        self._settings = settings
        self._listening = listening
        self.unleash: KeptUnleash | None = None
        if unleash:
            server = UnleashServer(settings.var_folder / "unleash", preferred_port(PORT))
            self.unleash = KeptUnleash(server, say)
        public = JanusOptions(public_address=str(settings.janus_public_address or ""))
        janus = JanusServer(program=settings.janus_program, options=public)
        last_words = settings.var_folder / "janus.log"
        self._janus = KeptJanus(janus, say, last_words, settings.steady_seconds)
        self._web: subprocess.Popen[bytes] | None = None
        self._next: Waiting | None = None
        self._reserve: Waiting | None = None
        self._reserved = False
        self._web_since = 0.0

    def start(self) -> None:
        """Raises JanusWillNotStart, UnleashWillNotStart. The web process may still end:
        `look_after` tells."""
        if self.unleash is not None:
            self.unleash.start()
        self._janus.start()
        self._start_web()

    def stop(self) -> None:
        """The web process first, so that it can give its seats back to Janus. SIGINT tells it that
        this is the end."""
        self._end_reserve()
        if self._next is not None:
            self._next.end()
        if self._web is not None:
            end(self._web, signal.SIGINT)
        self._janus.stop()
        # One that was killed has left its encoders to a next one, which does not come any more.
        end_all(self._settings.hls_folder / "streams")
        if self.unleash is not None:
            self.unleash.stop()

    def look_after(self) -> None:
        """Starts again what has died, replaces a Janus that is of no use, and bounds the logs.
        Raises CannotRun when that is no use: it died too soon."""
        try:
            self._janus.look()
        except DiedTooSoon as reason:
            raise CannotRun(f"{reason}; then start again.") from None
        if self.unleash is not None:
            self.unleash.look()
            server = self.unleash.server
            for log in filter(rotate, (server.log, server.postgres.log)):
                say(f"{log} grew too long: its end is in {log.name}.1")
        if self._reserve is not None and self._reserve.process.poll() is not None:
            say("the web process in reserve ended: the next one will have to load first")
            self._end_reserve()
        if self._web is not None and self._web.poll() is not None:
            self._restart_web(self._web.returncode)

    def keep_reserve(self) -> float | None:
        """Has another web process load, once for each that serves, as soon as the death of that one
        would not be the end. Returns the seconds until then; None when it is done."""
        if self._reserved:
            return None
        left = self._settings.steady_seconds - (time.monotonic() - self._web_since)
        if left > 0:
            return left
        self._reserve, self._reserved = Waiting(self._begin_next), True
        return None

    def exchange_web(self, signals: Signals) -> None:
        """Another web process in the place of this one: SIGTERM has it leave everybody's seats to
        the next. That has loaded by then, so that nobody serves for a moment only; when it cannot,
        this one stays. Raises Told."""
        say("another web process takes over")
        self._next = Waiting(self._begin_next)
        if not self._next.has_loaded(signals):
            say("the new web process did not load, see above: the one that runs goes on")
            self._next.end()
            self._next = None
            return
        self._end_reserve()  # it is of the code as it was
        if self._web is not None:
            end(self._web, signal.SIGTERM)
        self._serves(self._next.take_over())
        self._next = None

    def _restart_web(self, code: int) -> None:
        if self._too_soon(self._web_since):
            raise CannotRun(f"the web process ended (code {code}): see above; then start again.")
        say(f"the web process ended (code {code}): another one takes over")
        if self._reserve is None:
            self._start_web()
        else:
            self._serves(self._reserve.take_over())
            self._reserve = None

    def _too_soon(self, since: float) -> bool:
        return time.monotonic() - since < self._settings.steady_seconds

    def _start_web(self) -> None:
        self._serves(self._begin_web())

    def _end_reserve(self) -> None:
        if self._reserve is not None:
            self._reserve.end()
            self._reserve = None

    def _serves(self, process: subprocess.Popen[bytes]) -> None:
        self._web, self._web_since, self._reserved = process, time.monotonic(), False

    def _begin_next(self, line: int) -> subprocess.Popen[bytes]:
        return self._begin_web("--next", stdin=line)

    def _begin_web(self, *options: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        settings, janus = self._settings, self._janus.server
        handed_down = {
            "PORT": str(settings.port),
            "DEMO": str(settings.demo),
            "JANUS_URL": janus.url,
            "JANUS_API_SECRET": janus.api_secret,
            "JANUS_ADMIN_KEY": janus.admin_key,
            "JANUS_ADMIN_URL": janus.admin_url,
            "JANUS_ADMIN_SECRET": janus.admin_secret,
            "LISTEN_FD": str(self._listening.fileno()),
        } | self._unleash_settings()
        # A session of its own, so that Ctrl-C reaches the supervisor alone, which then ends it
        # before Janus; and a death signal, should the supervisor be killed.
        return subprocess.Popen(
            ["setpriv", "--pdeathsig=TERM", "--", sys.executable, "wsgi.py", *options],
            cwd=ROOT,
            env=os.environ | {PREFIX + name: value for name, value in handed_down.items()},
            stdin=stdin,
            start_new_session=True,
            pass_fds=(self._listening.fileno(),),
        )

    def _unleash_settings(self) -> dict[str, str]:
        if self.unleash is None:
            return {}
        server = self.unleash.server
        return {
            "UNLEASH_URL": server.url,
            "UNLEASH_BACKEND_TOKEN": server.backend_token,
            "UNLEASH_ADMIN_TOKEN": server.admin_token,
        }


def _wait_until_ready(settings: Settings, parts: Parts, signals: Signals) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while missing := _not_ready(settings):
        parts.look_after()
        if time.monotonic() > deadline:
            raise CannotRun(f"not ready after {READY_SECONDS:g} s: {missing}")
        signals.wait(LOOK_EVERY_SECONDS)


def _not_ready(settings: Settings) -> str:
    """What /readyz still misses; empty when nothing."""
    host = "127.0.0.1" if settings.host in ("", "0.0.0.0") else settings.host  # noqa: S104
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.port}/readyz", timeout=1):
            return ""
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.read(500).decode(errors="replace") or str(answer)
    except OSError as problem:
        return str(problem)


def _announce(settings: Settings, kept: KeptUnleash | None) -> None:
    say(f"serving {settings.base_url}; Ctrl-C ends it")
    if kept is not None:
        unleash = kept.server
        say(f"Unleash: {unleash.url}, as {unleash.user}; password: {unleash.secrets_file}")
    if settings.demo:
        links: dict[str, str] = json.loads((settings.var_folder / "demo-links.json").read_text())
        for name, url in links.items():
            print(f"{name}: {url}", flush=True)
    else:
        say("the first administrator: .venv/bin/flask --app wsgi people admin NAME")


if __name__ == "__main__":
    sys.exit(main())
