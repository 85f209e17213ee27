"""script/run as a person starts it, watched by its output and its processes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from config.settings import PREFIX, REPOSITORY
from tests.harness.shared_folder import let_others_in

PATIENCE = 60.0
"""Seconds that anything may take before a test gives up on it."""


def free_port() -> int:
    """A TCP port on loopback that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Running:
    """One script/run. `lines` grows as it prints; leaving the context ends what is left of it."""

    def __init__(self, var: Path, *options: str, port: int | None = None, **settings: str) -> None:
        self.var = var
        let_others_in(var.parent)  # started by root, script/run goes on as another user
        self.port = port or free_port()
        self.lines: list[str] = []
        self._new_line = threading.Condition()
        # A group of its own: a terminal's Ctrl-C goes to the whole group, so that can be tested.
        self.process = subprocess.Popen(
            [REPOSITORY / "script" / "run", "--port", str(self.port), *options],
            env=self._environment(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._supervisor = psutil.Process(self.process.pid)
        self._seen: set[psutil.Process] = set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _environment(self, settings: dict[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        return kept | {PREFIX + "VAR_FOLDER": str(self.var)} | settings

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._new_line:
                self.lines.append(line.rstrip("\n"))
                self._new_line.notify_all()
        with self._new_line:
            self._new_line.notify_all()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        for process in [*self.family(), *self._seen, self._supervisor]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()
        self._reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def until(self, pattern: str) -> re.Match[str]:
        """Waits for a line that matches, and fails when the output ends without one."""
        with self._new_line:
            self._new_line.wait_for(
                lambda: self._find(pattern) or not self._reader.is_alive(), PATIENCE
            )
        found = self._find(pattern)
        assert found, f"no {pattern!r} in:\n{self.said}"
        return found

    def _find(self, pattern: str) -> re.Match[str] | None:
        return next((found for line in self.lines if (found := re.search(pattern, line))), None)

    def until_ready(self) -> Running:
        self.until(r"^script/run: serving http")
        return self

    def until_all_is_there(self) -> None:
        """Waits for /readyz to say so: for when a part comes back."""
        deadline = time.monotonic() + PATIENCE
        while (told := self._readiness()) != 200:
            assert time.monotonic() < deadline, f"{told}\n{self.said}"

    def _readiness(self) -> int | str:
        try:
            return self.get("/readyz")[0]
        except OSError as problem:
            return str(problem)

    def family(self) -> list[psutil.Process]:
        """Every process that it has started, now."""
        children: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            children = self._supervisor.children(recursive=True)
        self._seen.update(children)
        return children

    def child(self, name: str) -> psutil.Process:
        """The one process of its family with this word in its command line."""
        (found,) = self.children(name)
        return found

    def children(self, name: str) -> list[psutil.Process]:
        """Those of its family with this word in their command line."""
        found = []
        for child in self.family():
            with suppress(psutil.NoSuchProcess):
                found += [child] if name in " ".join(child.cmdline()) else []
        return found

    @property
    def web(self) -> psutil.Process:
        """The web process that serves; for when it is ready."""
        (found,) = [process for process in self.children("wsgi.py") if _serves(process)]
        return found

    @property
    def reserve(self) -> psutil.Process | None:
        """The web process that waits for its turn, if there is one."""
        waiting = [process for process in self.children("wsgi.py") if not _serves(process)]
        return next(iter(waiting), None)

    def exchange(self) -> None:
        """Asks for another web process, as after an update."""
        self.process.send_signal(signal.SIGUSR1)

    def ctrl_c(self) -> int:
        """What a terminal does: SIGINT to the whole foreground group. The result: exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.ended()

    def ended(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON of a page."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as page:
                return page.status, json.load(page)
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, json.loads(answer.read())


def _serves(process: psutil.Process) -> bool:
    """Who does is connected to Janus, at least."""
    with suppress(psutil.NoSuchProcess):
        return any(each.status == psutil.CONN_ESTABLISHED for each in process.net_connections())
    return False


def gone(processes: list[psutil.Process], patience: float = PATIENCE) -> bool:
    """Whether they have all ended; waits up to `patience` seconds for those that are about to."""
    _, alive = psutil.wait_procs(processes, timeout=patience)
    return alive == []
