"""script/run started by root (where the tests are): no part of it is root's, and none takes sound
or commands from the network that need not."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from config.settings import REPOSITORY, Settings
from script import privileges
from script.servers.nginx import NginxServer
from tests.harness.script_run import Running
from tests.harness.socket_people import Ear
from tests.harness.supervised import Supervised, supervised
from tests.harness.waits import eventually
from webapp.infra.process_priority import AHEAD

pytestmark = pytest.mark.server

MEDIA_PORTS = range(20000, 30000)
"""Of Janus, for browsers (docs/operation.md)."""


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Supervised]:
    """There is no room in WebRTC: whoever listens does so through HLS."""
    with supervised(tmp_path / "var", SOUNDCHECK_WEBRTC_LISTENERS="0") as running:
        yield running


@pytest.fixture
async def encoding(product: Supervised) -> AsyncIterator[Supervised]:
    """With a listener, and so with an encoder."""
    host = product.person("Hana", followers=1200)
    guest = product.person("Lou")
    async with Ear(product, host) as hosting, Ear(product, guest) as listening:
        slug = (await hosting.does("hosting.open", title="Morning show"))["slug"]
        await hosting.does("space.join", slug=slug)
        await listening.does("space.join", slug=slug)
        assert "address" in await listening.does("listening.warm")
        await eventually(lambda: hears(product.running), "an encoder that hears")
        yield product


def hears(running: Running) -> bool:
    return any(taking_sockets(encoder) for encoder in running.children("mix.sdp"))


async def test_no_process_is_root(encoding: Supervised) -> None:
    running = encoding.running
    parts = [psutil.Process(running.process.pid), *running.family()]
    for word in ("supervise.py", "janus", "wsgi.py", "mix.sdp"):
        assert any(word in " ".join(part.cmdline()) for part in parts), f"{word} is missing"
    for part in parts:
        assert 0 not in (*part.uids(), *part.gids()), part.cmdline()
        assert "CapEff:\t0000000000000000" in Path(f"/proc/{part.pid}/status").read_text()


async def test_every_part_goes_before_work_of_ordinary_priority(encoding: Supervised) -> None:
    asked = (
        "from webapp.infra.process_priority import go_ahead; go_ahead();"
        " import os; print(os.getpriority(0, 0))"
    )
    allowed = subprocess.run(
        [sys.executable, "-c", asked], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert int(allowed.stdout) == AHEAD, "root may not raise the priority here"
    running = encoding.running
    parts = [psutil.Process(running.process.pid), *running.family()]
    assert {(part.name(), part.nice()) for part in parts if part.nice() != AHEAD} == set()


async def test_only_media_and_the_site_are_public(encoding: Supervised) -> None:
    running = encoding.running
    with NginxServer(running.var / "hls", web=f"127.0.0.1:{running.port}") as nginx:
        master = psutil.Process(nginx.pid)
        parts = [*running.family(), master, *master.children()]
        taking = [(part, each) for part in parts for each in taking_sockets(part)]
        names = {part.name() for part, _ in taking}
        assert {"janus", "ffmpeg", "nginx"} <= names
        for part, each in taking:
            if each.laddr.ip in ("127.0.0.1", "::1") or each.laddr.port == running.port:
                continue
            assert part.name() == "janus", (part, each)
            assert each.laddr.port in MEDIA_PORTS or await is_never_read(part, each.laddr.port), (
                each
            )
        assert all(0 not in worker.uids() for worker in master.children())


async def is_never_read(process: psutil.Process, port: int) -> bool:
    """Whether a process leaves lying what comes to its UDP port of IPv6: all of its threads sleep,
    and it is still there. The bridge sends a room's forwarded mix from such a socket, which it
    binds to nothing, and reads nothing from it."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as anybody:
        anybody.sendto(b"anything", ("::1", port))
    await eventually(lambda: all_threads_sleep(process), "nobody to be about to read it")
    lines = Path("/proc/net/udp6").read_text().splitlines()[1:]
    (line,) = [line.split() for line in lines if line.split()[1].endswith(f":{port:04X}")]
    return int(line[4].partition(":")[2], 16) > 0


def all_threads_sleep(process: psutil.Process) -> bool:
    """Whether none of its threads runs, or has been woken and waits for a processor."""
    try:
        tasks = Path(f"/proc/{process.pid}/task").iterdir()
        stats = [(task / "stat").read_text() for task in tasks]
    except OSError:  # a thread ended meanwhile
        return False
    return all(stat.rpartition(")")[2].split()[0] == "S" for stat in stats)


def taking_sockets(process: psutil.Process) -> list[psutil._common.pconn]:
    """Those of a process that take what anybody sends: as /proc/net/tcp, udp and their v6 have
    them."""
    return [
        each
        for each in process.net_connections(kind="inet")
        if each.status in (psutil.CONN_LISTEN, psutil.CONN_NONE) and not each.raddr
    ]


def test_commands_of_root_leave_the_files_to_their_owner(tmp_path: Path) -> None:
    var = tmp_path / "var"
    command(var, "people", "admin", "Ada")  # before any start
    with Running(var, "--no-demo") as soundcheck:
        soundcheck.until_ready()
        command(var, "people", "admin", "Bo")
        owners = {path.lstat().st_uid for path in var.rglob("*")}
        assert owners == {var.stat().st_uid}
        assert owners == {privileges.unprivileged_user(var).pw_uid} or not privileges.is_root()
        assert soundcheck.get("/readyz")[0] == 200
        assert soundcheck.ctrl_c() == 0
    command(var, "people", "admin", "Cleo")  # with nobody else at it: it makes SQLite's files
    with Running(var, "--no-demo") as soundcheck:
        soundcheck.until_ready()
        command(var, "people", "admin", "Dan")
        assert soundcheck.ctrl_c() == 0


def command(var: Path, *words: str) -> None:
    environment = os.environ | {"SOUNDCHECK_VAR_FOLDER": str(var)}
    program = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    subprocess.run(program, cwd=REPOSITORY, env=environment, check=True, capture_output=True)


def test_another_users_folder_is_refused_in_a_line(tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.mkdir(mode=0o700)
    owner = pwd.getpwuid(os.getuid()).pw_name
    program = [sys.executable, "script/supervise.py", "--no-demo"]
    if privileges.is_root():
        needed = [REPOSITORY, Path(sys.prefix), Path(sys.base_prefix), var]
        program = privileges.as_user(pwd.getpwnam("nobody"), program, needed)
    else:
        var.chmod(0)
    environment = os.environ | {"SOUNDCHECK_VAR_FOLDER": str(var)}
    done = subprocess.run(
        program, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"{var} belongs to {owner}: start as that user or as root" in done.stderr


# --- what is given to the user ------------------------------------------------------------------


def some_user() -> pwd.struct_passwd:
    """Somebody else, where we may give files away."""
    return pwd.getpwnam("nobody") if privileges.is_root() else pwd.getpwuid(os.getuid())


def test_folder_is_given_with_all_that_is_in_it(tmp_path: Path) -> None:
    user = some_user()
    (tmp_path / "var" / "below").mkdir(parents=True)
    (tmp_path / "var" / "below" / "file").touch()
    privileges.give_to(tmp_path / "var", user)
    given = [tmp_path / "var", *(tmp_path / "var").rglob("*")]
    assert {path.stat().st_uid for path in given} == {user.pw_uid}


def test_what_a_link_leads_to_is_not_given(tmp_path: Path) -> None:
    """The user could have made it, to get what is root's."""
    var = tmp_path / "var"
    var.mkdir()
    for name in ("file", "other"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    (var / "to-file").symlink_to(tmp_path / "file")
    (var / "to-folder").symlink_to(tmp_path / "folder")
    (var / "same").hardlink_to(tmp_path / "other")
    privileges.give_to(var, some_user())
    for name in ("file", "folder", "other"):
        assert (tmp_path / name).stat().st_uid == os.getuid(), name


def test_files_stay_with_whom_they_belong_to(tmp_path: Path) -> None:
    privileges.give_to(tmp_path, some_user())
    assert privileges.unprivileged_user(tmp_path) == some_user()


def test_who_is_not_root_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    privileges.leave_root(Settings(var_folder=tmp_path), ["false"])
