"""Janus as we run it: locked up, on loopback, and gone when it should be."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from script.servers.janus import JanusOptions, JanusServer, JanusWillNotStart, answers

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]
PATIENCE = 10.0


def test_it_answers_and_leaves_no_trace() -> None:
    with JanusServer() as janus:
        folder, pid = janus.folder, janus.pid
        assert answers(janus.port)
        assert folder is not None
        assert pid is not None
    assert not folder.exists()
    assert not psutil.pid_exists(pid)
    assert janus.pid is None
    janus.stop()


def test_its_folder_is_for_its_own_user_only() -> None:
    with JanusServer() as janus:
        assert janus.folder is not None
        state = janus.folder.stat()
        process = psutil.Process(janus.pid)
        assert stat.S_IMODE(state.st_mode) == 0o700
        assert state.st_uid == process.uids().real == process.uids().effective
        assert process.uids().real != 0


def test_only_loopback_is_listened_on() -> None:
    with JanusServer() as janus:
        listening = psutil.Process(janus.pid).net_connections("tcp")
        assert {line.laddr for line in listening} == {
            ("127.0.0.1", janus.port),
            ("127.0.0.1", janus.admin_port),
        }


def test_nothing_is_loaded_that_is_not_used() -> None:
    with JanusServer() as janus:
        maps = {Path(mapped.path).name for mapped in psutil.Process(janus.pid).memory_maps()}
        ours = {name for name in maps if name.startswith("libjanus_")}
        assert {name.split(".so")[0] for name in ours} == {
            "libjanus_audiobridge",
            "libjanus_streaming",
            "libjanus_websockets",
        }


def test_every_start_has_its_own_secrets_and_a_restart_keeps_them() -> None:
    janus = JanusServer()
    with janus:
        first, address = janus.secrets, janus.url
        os.kill(janus.pid or 0, signal.SIGKILL)
        janus.restart()
        assert (janus.secrets, janus.url) == (first, address)
        assert answers(janus.port)
    with janus:
        assert janus.secrets != first
    assert len({first.api_secret, first.admin_secret, first.admin_key}) == 3


def test_two_run_side_by_side() -> None:
    with JanusServer() as one, JanusServer() as other:
        assert answers(one.port)
        assert answers(other.port)
        assert one.url != other.url


def test_a_folder_may_be_given() -> None:
    folder = Path(tempfile.gettempdir()) / f"given-{os.getpid()}"
    with JanusServer(folder) as janus:
        assert janus.folder == folder
        assert (folder / "janus.jcfg").exists()
    assert not folder.exists()


def test_a_missing_program_is_named_with_what_to_do() -> None:
    with pytest.raises(JanusWillNotStart, match=r"no program 'no-janus'.*apt-get install janus"):
        JanusServer(program="no-janus").start()


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        janus = JanusServer(options=JanusOptions(port=port))
        with pytest.raises(JanusWillNotStart, match=rf"Websockets server.*{port}") as error:
            janus.start()
    assert "\n" not in str(error.value)
    assert janus.folder is None


OWNER = """
import sys
from script.servers.janus import JanusServer
janus = JanusServer(die_with_parent={die})
janus.start()
print(janus.pid, janus.folder, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("die", [True, False])
def test_a_parent_that_dies_takes_janus_along_if_wanted(die: bool) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(die=die)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        pid, folder = owner.stdout.readline().split()
        janus = psutil.Process(int(pid))
        owner.kill()
    try:
        if die:
            janus.wait(PATIENCE)
        else:
            assert janus.is_running()
    finally:
        if janus.is_running():
            janus.kill()
            janus.wait(PATIENCE)
    assert not janus.is_running()
    an_hour_ago = time.time() - 3600
    os.utime(folder, (an_hour_ago, an_hour_ago))
    with JanusServer() as other:
        assert not Path(folder).exists()
        assert other.folder is not None
        assert other.folder.exists()
