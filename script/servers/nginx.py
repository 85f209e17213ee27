"""The site's configuration, and an nginx of its own in a folder: for tests and benchmarks."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from script.servers.log_files import start_limited, tail
from script.servers.process import Server, came_up, end

TEMPLATES = Path(__file__).parents[2] / "config" / "nginx" / "templates"
HSTS = "\t\tadd_header Strict-Transport-Security max-age=31536000;\n"
"""The same year that the web process says."""
START_SECONDS, STOP_SECONDS = 10.0, 5.0


class NginxWillNotStart(Exception):
    """Why, in a line."""


def site(hls_folder: Path, *, web: str, listen: str, name: str = "_", secure: bool = False) -> str:
    """The site's configuration. ``web``: host and port of the web process; ``secure``: people
    reach it by HTTPS."""
    given = {"HLS_FOLDER": str(hls_folder), "WEB": web, "LISTEN": listen, "NAME": name}
    given["HSTS"] = HSTS if secure else ""
    return _filled("site.conf", given)


class NginxServer(Server):
    """A running nginx on a free port of loopback; it ends with the thread that started it.

    >>> with NginxServer(hls_folder, web="127.0.0.1:5000") as nginx:
    ...     print(nginx.url)
    """

    def __init__(self, hls_folder: Path, *, web: str, workers: int = 1) -> None:
        self._hls_folder = hls_folder
        self._web = web
        self._workers = workers
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of its master; the workers are its children."""
        assert self._process is not None  # noqa: S101 - for whoever asks too early
        return self._process.pid

    def start(self) -> None:
        """Raises NginxWillNotStart."""
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            raise NginxWillNotStart("There is no nginx here: apt-get install nginx-light")
        folder = self._folder = Path(tempfile.mkdtemp(prefix="soundcheck-nginx-"))
        # Its workers are another user when it is started by root.
        folder.chmod(0o755)
        self.port = _free_port()
        web, listen = self._web, f"127.0.0.1:{self.port}"
        (folder / "site.conf").write_text(site(self._hls_folder, web=web, listen=listen))
        given = {"FOLDER": str(folder), "WORKERS": str(self._workers)}
        (folder / "nginx.conf").write_text(_filled("nginx.conf", given))
        arguments = ["-c", str(folder / "nginx.conf"), "-p", str(folder)]
        early = ["-e", str(folder / "error.log")]
        self._process = start_limited(
            ["setpriv", "--pdeathsig=TERM", "--", program, *early, *arguments],
            folder / "error.log",
        )
        try:
            self._wait_until_it_answers(folder)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        end(self._process, STOP_SECONDS)
        self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _wait_until_it_answers(self, folder: Path) -> None:
        if not came_up(self._process, self._answers, START_SECONDS):
            log = tail(folder / "error.log", 500).decode(errors="replace")
            raise NginxWillNotStart(f"nginx does not start: {log}")

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


def _filled(template: str, given: dict[str, str]) -> str:
    text = (TEMPLATES / template).read_text("utf-8")
    return re.sub(r"@([A-Z_]+)@", lambda name: given[name[1]], text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
