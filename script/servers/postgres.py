"""One PostgreSQL of our own: its own data folder, loopback, and an end with its owner."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from script import privileges
from script.servers.log_files import last_line
from script.servers.process import Server, came_up, end
from script.servers.tcp_ports import answers, free_port

UNPRIVILEGED = "postgres"  # PostgreSQL refuses to run as root; Debian's package makes this user
START_SECONDS = 20.0
STOP_SECONDS = 10.0
INSTALL = "Install it: apt-get install postgresql"


class PostgresWillNotStart(RuntimeError):
    """PostgreSQL is not there or ended while it started. The text: why, and what to do."""


class PostgresServer(Server):
    """A PostgreSQL process on `folder`, which is made on first use and kept.

    As root it runs as an unprivileged user; where that user cannot reach `folder` (a checkout in
    a private home), the folder is shown to it at another place, to that process alone.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._view: Path | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def url(self, database: str = "postgres") -> str:
        """The address of a database, with the password in it."""
        return f"postgres://unleash:{self._password()}@127.0.0.1:{self.port}/{database}"

    @property
    def log(self) -> Path:
        """What it says, through all its starts; ``script.servers.log_files.rotate`` bounds it."""
        return self.folder / "postgres.log"

    def start(self) -> None:
        """Returns when it takes connections. Raises PostgresWillNotStart."""
        programs = _programs()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.folder / "data" / "PG_VERSION").exists():
            self._initialise(programs)
        self._remove_stale_lock()
        self._process = self._spawn([str(programs / "postgres"), *self._options()], "ab")
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Fast shutdown: connections end, everything committed is kept."""
        end(self._process, STOP_SECONDS)
        self._process = None
        if self._view is not None:
            self._view.rmdir()
            self._view = None

    def _initialise(self, programs: Path) -> None:
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        (self.folder / "data").mkdir(mode=0o700)
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        if (user := _user()) is not None:
            for path in (self.folder, self.folder / "data", password):
                os.chown(path, user.pw_uid, user.pw_gid)
        made = self._spawn(
            [
                str(programs / "initdb"),
                "--username=unleash",
                "--auth=scram-sha-256",
                "--pwfile={folder}/password",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "-D",
                "{folder}/data",
            ],
            "wb",
        )
        if made.wait(60) != 0:
            raise PostgresWillNotStart(f"initdb failed: {last_line(self.log)}")

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "60",
            "shared_buffers": "32MB",
        }
        return [
            "-D",
            "{folder}/data",
            *(f"--{k.replace('_', '-')}={v}" for k, v in settings.items()),
        ]

    def _spawn(self, command: list[str], mode: str) -> subprocess.Popen[bytes]:
        """`{folder}` in `command` stands for the folder as that process sees it."""
        user, seen, wrapper = _user(), self.folder, list[str]()
        if user is not None:
            rights: list[str] = []
            if not _reachable(self.folder, user):
                if privileges.can_mount():
                    seen = self._view = self._view or Path(
                        tempfile.mkdtemp(prefix="soundcheck-pg-")
                    )
                    bind = f'mount --bind "{self.folder}" "{seen}" && exec "$@"'
                    wrapper = ["unshare", "--mount", "--", "sh", "-c", bind, "sh"]
                else:
                    rights = [f"--{kind}-caps=+dac_read_search" for kind in ("inh", "ambient")]
            wrapper += ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", *rights]
            wrapper += ["--clear-groups", "--no-new-privs", "--pdeathsig=INT", "--"]
        else:
            wrapper = ["setpriv", "--pdeathsig=INT", "--"]
        shown = [part.replace("{folder}", str(seen)) for part in command]
        with self.log.open(mode) as log:
            return subprocess.Popen(
                [*wrapper, *shown],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )

    def _remove_stale_lock(self) -> None:
        """A lock file of a process that is gone (the machine went down) would refuse the start."""
        lock = self.folder / "data" / "postmaster.pid"
        if lock.exists():
            pid = int(lock.read_text(encoding="ascii").split()[0])
            if not Path(f"/proc/{pid}/exe").exists():
                lock.unlink()

    def _wait_until_it_answers(self) -> None:
        if came_up(self._process, lambda: answers(self.port), START_SECONDS):
            return
        if self._process is None or self._process.poll() is not None:
            raise PostgresWillNotStart(f"PostgreSQL ended as it started: {last_line(self.log)}")
        raise PostgresWillNotStart(f"PostgreSQL did not answer in {START_SECONDS:g} s")

    def _password(self) -> str:
        return (self.folder / "password").read_text(encoding="utf-8")


def _user() -> pwd.struct_passwd | None:
    return pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None


def _reachable(folder: Path, user: pwd.struct_passwd) -> bool:
    """Can `user` go to `folder`?"""
    return all(privileges.is_open_to(path, user) for path in folder.absolute().parents)


def _programs() -> Path:
    """The newest installed version's programs."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    if not found:
        raise PostgresWillNotStart(f"There is no PostgreSQL here. {INSTALL}")
    return found[-1]
