"""One Janus of our own: a folder made for it, fresh secrets, loopback, and an end with its owner.

Used by ``script/run`` and by the tests. Synchronous, and without anything of ours, so that a
supervisor can use it before it has any event loop.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from script.servers.log_files import start_limited, tail
from script.servers.process import Server, came_up, end

TEMPLATES = Path(__file__).parents[2] / "config" / "janus" / "templates"
UNPRIVILEGED = "nobody"
LINKED = {
    "plugins": ("libjanus_audiobridge.so", "libjanus_streaming.so"),
    "transports": ("libjanus_websockets.so",),
    "events": (),
    "loggers": (),
}
PORT_TAKEN = "Websockets server"  # in what Janus says when it cannot listen
PREFIX = "soundcheck-janus-"  # of the folders under the system's temporary directory
SWEPT_AFTER = 60.0  # seconds a folder may lie there before its Janus runs
INSTALL = "Install it: apt-get install janus"


class JanusWillNotStart(RuntimeError):
    """Janus is not there or ended while it started. The text: why, in a line, and what to do."""


@dataclass(frozen=True, slots=True)
class JanusOptions:
    """What a Janus may be told. Times in seconds; port ranges as Janus writes them."""

    port: int = 0  # 0: a free one is found
    admin_port: int = 0
    session_timeout: int = 60
    reclaim_session_timeout: int = 30
    media_ports: str = "20000-29999"
    mountpoint_ports: str = "30000-31999"
    bridge_ports: str = "32000-32499"
    interfaces: str = ""  # ICE on these only, comma separated; empty: on all
    public_address: str = ""  # what browsers reach when the machine is behind a 1:1 NAT
    start_timeout: float = 10.0
    stop_timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one start of Janus is locked with. Never shown: not in ``repr``, not in a log."""

    api_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    admin_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    admin_key: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


class JanusServer(Server):
    """A Janus process with its own configuration folder.

    ``folder``: where to write the configuration; without one a fresh folder is made under the
    system's temporary directory (the checkout may lie where an unprivileged user cannot go).
    The folder is removed by ``stop``. ``die_with_parent``: Janus ends when the thread that
    started it does, however that came about; pass False when it is to outlive its parent.

    >>> with JanusServer() as janus:
    ...     print(janus.url)
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        die_with_parent: bool = True,
        options: JanusOptions | None = None,
        program: str = "janus",
    ) -> None:
        self.options = options or JanusOptions()
        self._wanted_folder = folder
        self._die_with_parent = die_with_parent
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self.folder: Path | None = None
        self.secrets = Secrets()
        self.port = self.admin_port = 0

    @property
    def url(self) -> str:
        """WebSocket address of the Janus API."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def admin_url(self) -> str:
        """WebSocket address of the Admin API."""
        return f"ws://127.0.0.1:{self.admin_port}"

    @property
    def api_secret(self) -> str:
        return self.secrets.api_secret

    @property
    def admin_secret(self) -> str:
        return self.secrets.admin_secret

    @property
    def admin_key(self) -> str:
        return self.secrets.admin_key

    @property
    def pid(self) -> int | None:
        """The process id while Janus runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process is not None and running else None

    @property
    def log(self) -> Path:
        """What it says; gone with its folder. Bounded, see ``script.servers.log_files``."""
        assert self.folder is not None  # noqa: S101 - for whoever asks before the start
        return self.folder / "janus.log"

    def start(self) -> None:
        """Start Janus with fresh secrets and return when its API answers.

        Raises JanusWillNotStart. A port that somebody took in between is replaced by another.
        """
        if self.pid is not None:
            return
        for attempts_left in (2, 1, 0):
            self.secrets = Secrets()
            self.port = self.options.port or free_port()
            self.admin_port = self.options.admin_port or free_port()
            try:
                self._start_once()
                return
            except JanusWillNotStart as error:
                if self.options.port or PORT_TAKEN not in str(error) or not attempts_left:
                    raise

    def restart(self, stop_timeout: float | None = None) -> None:
        """Stop, if it runs, and start again where and as it was: same ports, same secrets.

        For a supervisor whose Janus ended while a web process knows how to reach it.
        ``stop_timeout``: seconds for it to end by itself, instead of those of the options.
        """
        self.stop(stop_timeout)
        self._start_once()

    def stop(self, timeout: float | None = None) -> None:
        """End Janus, if it runs, and remove its folder. May be called again."""
        process, self._process = self._process, None
        end(process, self.options.stop_timeout if timeout is None else timeout)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    # ------------------------------------------------------------------ starting

    def _start_once(self) -> None:
        program, installed = find_janus(self._program)
        user = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None
        self.folder = own_folder(self._wanted_folder)
        try:
            self._write(self.folder, installed)
            if user is not None:
                give_to(self.folder, user)
            command = [*self._wrapper(user), program, "-F", str(self.folder)]
            self._process = start_limited(command, self.log, cwd=self.folder)
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def _write(self, folder: Path, installed: Path) -> None:
        values = {
            "folder": str(folder),
            "api_secret": self.api_secret,
            "admin_secret": self.admin_secret,
            "admin_key": self.admin_key,
            "port": self.port,
            "admin_port": self.admin_port,
            "nat": nat_lines(self.options),
            **{name: getattr(self.options, name) for name in PLAIN_OPTIONS},
        }
        for template in TEMPLATES.glob("*.jcfg"):
            text = Template(template.read_text(encoding="utf-8")).substitute(values)
            (folder / template.name).write_text(text, encoding="utf-8")
        for kind, libraries in LINKED.items():
            (folder / kind).mkdir()
            for library in libraries:
                (folder / kind / library).symlink_to(installed / kind / library)

    def _wrapper(self, user: pwd.struct_passwd | None) -> list[str]:
        """``setpriv`` execs Janus, so that the process id stays that of Janus.

        It sets the death signal after the change of user, which would clear it.
        """
        wanted: list[str] = []
        if user is not None:
            wanted += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
            wanted += ["--no-new-privs"]
        if self._die_with_parent:
            wanted += ["--pdeathsig=TERM"]
        return ["setpriv", *wanted, "--"] if wanted else []

    def _wait_until_it_answers(self) -> None:
        patience = self.options.start_timeout
        if came_up(self._process, lambda: answers(self.port), patience):
            return
        if self._process is None or self._process.poll() is not None:
            raise JanusWillNotStart(
                f"Janus ended while it started: {self._reason()}. Are the ports {self.port} "
                f"and {self.admin_port} free, and does `{self._program} --version` work?"
            )
        raise JanusWillNotStart(
            f"Janus did not answer within {patience:g} s: "
            f"{self._reason()}. Is the machine overloaded? Try again."
        )

    def _reason(self) -> str:
        """The line of the log that tells why: the first fatal one (those after it are what came
        of it), else the last error, else the last line."""
        if self.folder is None or not self.log.exists():
            return "it left no log"
        log = tail(self.log).decode("utf-8", errors="replace")
        lines = [line.strip(" .") for line in log.splitlines() if line.strip(" .")]
        fatal = [line for line in lines if "[FATAL]" in line]
        errors = [line for line in lines if "[ERR]" in line]
        return (fatal[:1] or errors[-1:] or lines[-1:] or ["its log is empty"])[0]


PLAIN_OPTIONS = (
    "session_timeout",
    "reclaim_session_timeout",
    "media_ports",
    "mountpoint_ports",
    "bridge_ports",
)


def find_janus(program: str = "janus") -> tuple[str, Path]:
    """The program and the folder with its plugins and transports. Raises JanusWillNotStart."""
    found = shutil.which(program)
    if found is None:
        raise JanusWillNotStart(f"There is no program {program!r} here. {INSTALL}")
    if shutil.which("setpriv") is None:
        raise JanusWillNotStart("There is no setpriv. Install it: apt-get install util-linux")
    for root in (Path("/usr/lib"), Path("/usr/local/lib"), Path("/opt/janus/lib")):
        for folder in (root / "janus", *root.glob("*/janus")):
            if all((folder / k / lib).exists() for k, libs in LINKED.items() for lib in libs):
                return found, folder
    raise JanusWillNotStart(f"Janus is here, but not its plugins. {INSTALL}")


def own_folder(wanted: Path | None) -> Path:
    if wanted is None:
        sweep(Path(tempfile.gettempdir()))
        return Path(tempfile.mkdtemp(prefix=PREFIX))
    wanted.mkdir(mode=0o700, parents=True)
    return wanted


def sweep(temporary: Path) -> None:
    """Remove the folders of those whose owner was killed: they could not do it themselves."""
    old = time.time() - SWEPT_AFTER
    left = [path for path in temporary.glob(f"{PREFIX}*") if modified(path) < old]
    if not left:
        return
    running = b"".join(command_line(process) for process in Path("/proc").glob("[0-9]*"))
    for path in left:
        if os.fsencode(path) not in running:
            shutil.rmtree(path, ignore_errors=True)


def modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()


def command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def give_to(folder: Path, user: pwd.struct_passwd) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    folder.chmod(0o700)


def nat_lines(options: JanusOptions) -> str:
    lines = []
    if options.interfaces:
        lines.append(f'\tice_enforce_list = "{options.interfaces}"')
    if options.public_address:
        lines.append(f'\tnat_1_1_mapping = "{options.public_address}"')
        lines.append("\tkeep_private_host = true")
    return "\n".join(lines)


def free_port() -> int:
    """A TCP port on loopback that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, timeout: float = 1.0) -> bool:
    """Whether a Janus answers ``ping`` on this port (RFC 6455 by hand: a frame, masked with 0)."""
    ping = b'{"janus":"ping","transaction":"up"}'
    opening = (
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: janus-protocol\r\n\r\n"
    )
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as line:
            line.sendall(opening.encode())
            if b" 101 " not in line.recv(4096):
                return False
            line.sendall(b"\x81" + bytes([0x80 | len(ping)]) + b"\0\0\0\0" + ping)
            return b'"pong"' in line.recv(4096)
    except OSError:
        return False
