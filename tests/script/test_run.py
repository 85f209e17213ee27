"""What script/run promises to whoever starts it, on the real parts."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from config.settings import REPOSITORY
from script.servers.janus import JanusServer
from tests.harness.script_run import PATIENCE, Running, gone
from tests.harness.waits import until

pytestmark = pytest.mark.server

DEMO_PEOPLE = ["host", "tester", "listener", "outsider", "product", "qa"]


def test_prints_a_link_a_line_for_each_demo_person(tmp_path: Path) -> None:
    with Running(tmp_path) as soundcheck:
        soundcheck.until_ready().until(r"^qa: ")
        found = [re.fullmatch(r"(\w+): (http\S+)", line) for line in soundcheck.lines]
        printed = {link[1]: link[2] for link in found if link}
        assert list(printed) == DEMO_PEOPLE
        assert json.loads((tmp_path / "demo-links.json").read_text()) == printed
        assert len(set(printed.values())) == len(DEMO_PEOPLE)
        assert all(
            url.startswith(f"http://127.0.0.1:{soundcheck.port}/") for url in printed.values()
        )


def test_says_that_it_lives_and_that_all_is_there(tmp_path: Path) -> None:
    with Running(tmp_path, "--no-demo") as soundcheck:
        soundcheck.until_ready()
        assert soundcheck.get("/healthz")[0] == 200
        status, told = soundcheck.get("/readyz")
        assert (status, told["database"], told["janus"]) == (200, True, True)
        assert told["definitions"]["healthy"]


def test_second_start_serves_with_little_work(tmp_path: Path) -> None:
    with Running(tmp_path) as first:
        first.until_ready()
        assert first.ctrl_c() == 0
    # Of the processor, not by the clock: it is about what a start has to do, not about the machine.
    assert processor_seconds_to_serve(tmp_path) < 5


def processor_seconds_to_serve(var: Path) -> float:
    with Running(var) as soundcheck:
        soundcheck.until_ready()
        parts = [psutil.Process(soundcheck.process.pid), *soundcheck.family()]
        times = [part.cpu_times() for part in parts]
        taken = sum(one.user + one.system for one in times)
        assert soundcheck.ctrl_c() == 0
    return taken


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM", "closing the terminal"])
def test_ends_all_that_it_started_and_only_that(tmp_path: Path, how: str) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with JanusServer() as another_janus, Running(tmp_path) as soundcheck:
        soundcheck.until_ready()
        family = soundcheck.family()
        assert {child.name() for child in family} >= {"janus"}
        if how == "Ctrl-C":
            code = soundcheck.ctrl_c()
        else:
            number = signal.SIGTERM if how == "SIGTERM" else signal.SIGHUP
            soundcheck.process.send_signal(number)
            code = soundcheck.ended()
        assert code == 0, soundcheck.said
        assert "Traceback" not in soundcheck.said
        assert gone(family, patience=0)
        assert another_janus.pid is not None
        assert bystander.poll() is None
        bystander.communicate(b"\n")


def test_ends_with_a_browser_connected(tmp_path: Path) -> None:
    with Running(tmp_path) as soundcheck:
        soundcheck.until_ready()
        with socket.create_connection(("127.0.0.1", soundcheck.port)):
            assert soundcheck.ctrl_c() == 0


@pytest.mark.parametrize("victim", ["wsgi.py", "janus"])
def test_a_part_that_dies_soon_ends_the_other_and_is_named(tmp_path: Path, victim: str) -> None:
    with Running(tmp_path, SOUNDCHECK_STEADY_SECONDS="3600") as soundcheck:
        soundcheck.until_ready().until("^qa: ")
        family = soundcheck.family()
        soundcheck.child(victim).kill()
        assert soundcheck.ended() == 1
        assert gone(family)
        reason = soundcheck.lines[-1]
        if victim == "janus":
            assert "Janus ended by itself" in reason
            assert (tmp_path / "janus.log").stat().st_size > 0
        else:
            assert "the web process ended (code -9)" in reason


def test_a_janus_that_dies_later_is_started_again(tmp_path: Path) -> None:
    with Running(tmp_path, SOUNDCHECK_STEADY_SECONDS="0") as soundcheck:
        dead = soundcheck.until_ready().child("janus")
        dead.kill()
        soundcheck.until("starting it again")
        until(lambda: soundcheck.children("janus") not in ([], [dead]), "another Janus")
        soundcheck.until_all_is_there()
        family = soundcheck.family()
        assert soundcheck.ctrl_c() == 0
        assert gone(family)


def test_another_web_process_takes_over_and_nobody_is_turned_away(tmp_path: Path) -> None:
    with Running(tmp_path) as soundcheck:
        first = soundcheck.until_ready().web
        soundcheck.process.send_signal(signal.SIGUSR1)
        url = f"http://127.0.0.1:{soundcheck.port}/healthz"
        while first.is_running():
            with urllib.request.urlopen(url, timeout=PATIENCE) as page:
                assert page.status == 200
        soundcheck.until_all_is_there()
        soundcheck.until("another web process takes over")
        family = soundcheck.family()
        assert soundcheck.ctrl_c() == 0
        assert gone(family)


def test_one_that_does_not_load_takes_nothing_over(tmp_path: Path) -> None:
    with Running(tmp_path, "--no-demo", SOUNDCHECK_STEADY_SECONDS="3600") as soundcheck:
        first = soundcheck.until_ready().child("wsgi.py")
        soundcheck.process.send_signal(signal.SIGUSR1)
        until(lambda: soundcheck.children("--next"), "the next web process", PATIENCE)
        soundcheck.child("--next").kill()
        soundcheck.until("did not load, see above: the one that runs goes on")
        assert soundcheck.children("wsgi.py") == [first]
        assert soundcheck.get("/healthz")[0] == 200
        soundcheck.process.send_signal(signal.SIGUSR1)
        until(lambda: soundcheck.children("--next"), "the next web process", PATIENCE)
        family = soundcheck.family()
        assert soundcheck.ctrl_c() == 0, "also in the middle of it"
        assert gone(family)


def test_nothing_is_left_when_it_is_killed(tmp_path: Path) -> None:
    with Running(tmp_path) as soundcheck:
        soundcheck.until_ready()
        family = soundcheck.family()
        os.kill(soundcheck.process.pid, signal.SIGKILL)
        assert gone(family)


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Running(tmp_path, port=port) as soundcheck:
            assert soundcheck.ended() == 1
    assert soundcheck.said.count("\n") == 0
    assert f"port {port}" in soundcheck.said
    assert "--port" in soundcheck.said


def test_a_janus_that_ends_at_once_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "janus"
    broken.write_text("#!/bin/sh\necho '[FATAL] no entropy left'\nexit 1\n")
    broken.chmod(0o755)
    tmp_path.chmod(0o755)
    with Running(tmp_path / "var", SOUNDCHECK_JANUS_PROGRAM=str(broken)) as soundcheck:
        assert soundcheck.ended() == 1
    assert len(soundcheck.lines) == 1
    assert "Janus" in soundcheck.said


def test_a_janus_that_is_not_there_is_told(tmp_path: Path) -> None:
    with Running(tmp_path, SOUNDCHECK_JANUS_PROGRAM="no-such-janus") as soundcheck:
        assert soundcheck.ended() == 1
    assert len(soundcheck.lines) == 1
    assert "apt-get install janus" in soundcheck.said


def test_missing_ffmpeg_ends_the_start_with_one_line(tmp_path: Path) -> None:
    with Running(tmp_path, SOUNDCHECK_FFMPEG_PROGRAM="no-such-ffmpeg") as soundcheck:
        assert soundcheck.ended() == 1
    assert len(soundcheck.lines) == 1
    assert "apt-get install ffmpeg" in soundcheck.said


def test_without_the_demo_there_are_no_demo_links(tmp_path: Path) -> None:
    (tmp_path / "demo-links.json").write_text("{}")
    with Running(tmp_path, "--no-demo") as soundcheck:
        soundcheck.until_ready().until("first administrator")
        assert not (tmp_path / "demo-links.json").exists()
        assert not any(line.startswith("host:") for line in soundcheck.lines)


def test_the_first_administrator_is_made_by_a_command(tmp_path: Path) -> None:
    with Running(tmp_path, "--no-demo") as soundcheck:
        soundcheck.until_ready()
        command = ["-m", "flask", "--app", "wsgi", "people", "admin", "Ada"]
        printed = subprocess.run(
            [sys.executable, *command],
            cwd=REPOSITORY,
            env=os.environ
            | {
                "SOUNDCHECK_VAR_FOLDER": str(tmp_path),
                "SOUNDCHECK_PORT": str(soundcheck.port),
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert f"http://127.0.0.1:{soundcheck.port}/" in printed


def test_a_second_one_from_the_same_folder_is_refused(tmp_path: Path) -> None:
    with Running(tmp_path) as first:
        first.until_ready()
        with Running(tmp_path) as second:
            assert second.ended() == 1
            assert f"process {first.process.pid}" in second.said
        assert first.get("/healthz")[0] == 200


@pytest.mark.parametrize("options", [["--frobnicate"], ["--port"], ["--port", "many"]])
def test_an_option_that_is_none_is_answered_with_the_usage(options: list[str]) -> None:
    done = subprocess.run(
        [REPOSITORY / "script" / "run", *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Usage: script/run" in done.stderr


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    with Running(tmp_path, SOUNDCHECK_LOG_LEVEL="LOUD") as soundcheck:
        assert soundcheck.ended() == 1
    assert "SOUNDCHECK_LOG_LEVEL" in soundcheck.lines[-1]


@contextmanager
def ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Nobody waits for it when the test has failed."""
    try:
        yield
    finally:
        process.kill()


def test_an_encoder_that_a_killed_web_process_left_ends_with_it(tmp_path: Path) -> None:
    """Nobody takes it over any more. Its folder is `SOUNDCHECK_HLS_FOLDER`, wherever that is."""
    streams = tmp_path / "elsewhere" / "streams"
    with Running(tmp_path, "--no-demo", SOUNDCHECK_HLS_FOLDER=str(streams.parent)) as soundcheck:
        soundcheck.until_ready()
        # What it ends is its own: root, who may be running this, gives away what it keeps.
        owner = tmp_path.stat().st_uid
        with subprocess.Popen(["sleep", "600"], user=owner) as encoder, ending(encoder):
            folder = streams / "space1"
            folder.mkdir(parents=True)
            os.chown(folder, owner, -1)
            started = Path(f"/proc/{encoder.pid}/stat").read_text().rpartition(")")[2].split()[19]
            told = {"pid": encoder.pid, "started": int(started), "port": 5000}
            (folder / "encoder.json").write_text(json.dumps(told))
            assert soundcheck.ctrl_c() == 0
            assert encoder.wait(PATIENCE) == -signal.SIGKILL
