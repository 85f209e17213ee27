"""The web process: how it starts, and how it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from config.settings import REPOSITORY
from script.servers.janus import JanusServer
from tests.harness.janus import janus
from tests.harness.server import RunningApp
from tests.media.rig import connection_to

pytestmark = pytest.mark.server

__all__ = ["janus"]

PATIENCE = 60.0


def python(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env=settings,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def hear_out(browser: ClientConnection) -> None:
    """Everything that is still on its way; raises ConnectionClosed at the end of it."""
    while True:
        browser.recv(PATIENCE)


def test_a_command_runs_without_eventlet(tmp_path: Path) -> None:
    done = python(
        "-c",
        "import sys, wsgi; wsgi.create_app(); print('eventlet' in sys.modules)",
        SOUNDCHECK_VAR_FOLDER=str(tmp_path),
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


WAITING = """
import runpy
try:
    runpy.run_path("wsgi.py", run_name="__main__")
except SystemExit as ended:
    assert ended.code

import socket, threading, time
import eventlet

here, there = socket.socketpair()
lock = threading.Lock()
lock.acquire()
waits = {
    "sleeps": (lambda: time.sleep(0.01), lambda: None),
    "reads": (lambda: there.recv(1), lambda: here.send(b"x")),
    "locks": (lambda: lock.acquire(timeout=60), lock.release),
}
for name, (wait, end) in waits.items():
    done = []
    waiting = eventlet.spawn(lambda: (wait(), done.append(name)))
    eventlet.spawn(lambda: (done.append("others"), end())).wait()
    waiting.wait()
    print(*done)
"""


def test_who_waits_holds_up_nobody() -> None:
    """Whatever a serving process waits with: Python's own sleeping, sockets and locks."""
    done = python("-c", WAITING, SOUNDCHECK_PORT="many")
    assert done.stdout.splitlines() == ["others sleeps", "others reads", "others locks"]


def test_flask_finds_the_commands(tmp_path: Path) -> None:
    done = python("-m", "flask", "--app", "wsgi", "--help", SOUNDCHECK_VAR_FOLDER=str(tmp_path))
    assert {"flags", "people"} <= set(done.stdout.split())
    assert done.stderr == ""


def test_a_second_one_on_the_same_port_is_refused(janus: JanusServer, tmp_path: Path) -> None:
    with RunningApp(janus, tmp_path) as app:
        second = python(
            "wsgi.py", SOUNDCHECK_PORT=str(app.port), SOUNDCHECK_VAR_FOLDER=str(tmp_path)
        )
    assert second.returncode == 1
    assert second.stderr.startswith(f"soundcheck: port {app.port} is taken")
    assert second.stderr.count("\n") == 1


def test_a_wrong_setting_is_told_in_a_line(tmp_path: Path) -> None:
    done = python("wsgi.py", SOUNDCHECK_PORT="many", SOUNDCHECK_VAR_FOLDER=str(tmp_path))
    assert done.returncode == 1
    assert "SOUNDCHECK_PORT" in done.stderr
    assert done.stderr.count("\n") == 1


async def test_sigterm_leaves_the_janus_session_to_the_next_and_ctrl_c_ends_it(
    janus: JanusServer, tmp_path: Path
) -> None:
    with RunningApp(janus, tmp_path) as app:
        kept = tmp_path / f"janus-session-{app.port}"
        number = int(kept.read_text())
        app.stop(signal.SIGTERM)
        assert await claimed(janus, number)
        app.start()
        assert int(kept.read_text()) == number, "the next one has claimed it"
        app.stop(signal.SIGINT)
        assert not kept.exists()
        assert not await claimed(janus, number)


async def claimed(janus: JanusServer, number: int) -> bool:
    """Whether a janus_session can be claimed; it is left as it was."""
    connection = connection_to(janus, resume=number)
    await connection.open()
    found = connection.janus_session == number
    await connection.part()
    return found


@contextmanager
def online(app: RunningApp) -> Iterator[ClientConnection]:
    """Somebody's browser, connected."""
    url = f"ws://127.0.0.1:{app.port}/socket.io/?EIO=4&transport=websocket"
    headers = app.person("Ada").header
    with connect(url, origin=app.base_url, additional_headers=headers) as browser:
        assert str(browser.recv(PATIENCE)).startswith("0{")
        browser.send("40{}")
        assert str(browser.recv(PATIENCE)).startswith("40{")
        yield browser


def test_who_leaves_is_not_in_the_log(janus: JanusServer, tmp_path: Path) -> None:
    """eventlet would write everybody's address, twice, at the end of their socket."""
    with RunningApp(janus, tmp_path) as app:
        for _ in range(3):
            with online(app):
                pass
    assert "127.0.0.1" not in app.log.read_text()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_ends_in_order_with_people_connected(
    janus: JanusServer, tmp_path: Path, how: signal.Signals
) -> None:
    with RunningApp(janus, tmp_path) as app, online(app) as browser:
        app.stop(how)
        with pytest.raises(ConnectionClosed):
            hear_out(browser)
    assert "Traceback" not in app.log.read_text()
