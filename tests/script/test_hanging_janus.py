"""A Janus whose AudioBridge loops for ever is replaced, and nobody has to kill it by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest

from media.janus.session import JanusConnection
from script.servers.log_files import MAX_LOG_BYTES
from tests.harness.script_run import PATIENCE, Running
from tests.harness.waits import until
from tests.media.looping_janus import make_audiobridge_loop

pytestmark = pytest.mark.server


def connection_of(web: psutil.Process) -> JanusConnection:
    """To the Janus that a web process was told of."""
    given = web.environ()
    return JanusConnection(
        given["SOUNDCHECK_JANUS_URL"],
        given["SOUNDCHECK_JANUS_API_SECRET"],
        given["SOUNDCHECK_JANUS_ADMIN_KEY"],
    )


async def make_loop(web: psutil.Process) -> None:
    connection = connection_of(web)
    await connection.open()
    try:
        await make_audiobridge_loop(connection)
    finally:
        await connection.part()


def log_of(janus: psutil.Process) -> Path:
    return Path(janus.cmdline()[-1]) / "janus.log"


def test_looping_audiobridge_is_noticed_and_replaced(tmp_path: Path) -> None:
    with Running(tmp_path, "--no-demo", SOUNDCHECK_STEADY_SECONDS="0") as soundcheck:
        soundcheck.until_ready()
        hanging = soundcheck.child("soundcheck-janus-")
        log = log_of(hanging)
        asyncio.run(make_loop(soundcheck.web))
        assert log.stat().st_size <= MAX_LOG_BYTES
        soundcheck.until("Janus is replaced: janus.plugin.audiobridge did not answer")
        until(lambda: not hanging.is_running(), "the hanging Janus to end", PATIENCE)
        soundcheck.until_all_is_there()
        following = soundcheck.child("soundcheck-janus-")
        assert following.pid != hanging.pid
        assert (tmp_path / "janus.log").stat().st_size <= 2**20, "the end of what it said"
        assert soundcheck.ctrl_c() == 0, soundcheck.said
