"""No log fills a disk, whatever its server runs into."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from script.servers.janus import JanusServer
from script.servers.log_files import MAX_LOG_BYTES, last_line, rotate, start_limited, tail
from script.servers.nginx import NginxServer
from tests.harness.waits import PATIENCE

pytestmark = pytest.mark.server

MOST = 100_000
FLOOD = """
import sys
for number in range(20_000):
    try:
        sys.stderr.write(f"line {number} of a flood\\n"); sys.stderr.flush()
    except OSError:
        pass
open(sys.argv[1], "w").close()
"""


def test_flood_ends_at_the_limit_and_its_server_goes_on(tmp_path: Path) -> None:
    log, survived = tmp_path / "log", tmp_path / "survived"
    process = start_limited([sys.executable, "-c", FLOOD, str(survived)], log, most=MOST)
    assert process.wait(PATIENCE) == 0
    assert survived.exists()
    assert 0 < log.stat().st_size <= MOST


@pytest.mark.parametrize("name", ["janus", "nginx"])
def test_our_servers_are_started_with_the_limit(tmp_path: Path, name: str) -> None:
    server = JanusServer() if name == "janus" else NginxServer(tmp_path, web="127.0.0.1:9")
    with server:
        assert isinstance(server, JanusServer | NginxServer)
        assert server.pid is not None
        limits = Path(f"/proc/{server.pid}/limits").read_text()
        assert re.search(rf"Max file size +{MAX_LOG_BYTES} +{MAX_LOG_BYTES} ", limits), limits


def test_log_that_grew_too_long_is_rotated_while_its_server_writes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        log.open("ab") as output,
        subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=output) as server,
    ):
        assert server.stdin is not None
        server.stdin.write(b"old\n" * MOST)
        server.stdin.flush()
        while log.stat().st_size < 4 * MOST:
            assert server.poll() is None
        assert rotate(log, most=MOST)
        assert log.stat().st_size == 0
        server.stdin.write(b"new\n")
        server.stdin.close()
        server.wait(PATIENCE)
    assert log.read_bytes() == b"new\n"
    assert (tmp_path / "log.1").read_bytes().endswith(b"old\n")
    assert not rotate(log, most=MOST), "and then it is short"


def test_rotated_part_and_tail_are_bounded(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file:
        os.truncate(file.fileno(), 10 * MAX_LOG_BYTES)
    assert rotate(log)
    assert (tmp_path / "log.1").stat().st_size < MAX_LOG_BYTES
    log.write_text("first\nlast\n")
    assert tail(log, 5) == b"last\n"
    assert last_line(log) == "last"


def test_log_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert not rotate(tmp_path / "none")
    assert tail(tmp_path / "none") == b""
    assert last_line(tmp_path / "none") == "it left no log"
