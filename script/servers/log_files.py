"""Bounds what the servers beside ours write: a log may fill no disk, whatever its server runs into.

Two ways. A server that writes nothing but its log gets a limit of the kernel's for each file: what
is beyond it is lost, and the server goes on. A supervisor rotates the logs of all of them.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

MAX_LOG_BYTES = 16 * 2**20
"""What one log may take; with the one that was rotated before, twice as much."""

LIMITER = "prlimit"
"""Of util-linux, as setpriv; it becomes the server, so that the process id stays."""

ROTATED_BYTES = 2**20
"""What is kept of a log that has grown too long, from its end."""


def start_limited(
    command: Sequence[str], log: Path, cwd: Path | None = None, most: int = MAX_LOG_BYTES
) -> subprocess.Popen[bytes]:
    """Starts a server whose log, and any other file that it writes, gets no longer than ``most``
    bytes. Raises OSError."""
    with log.open("ab") as output:
        return subprocess.Popen(  # no shell, and nothing that anybody sends
            [LIMITER, f"--fsize={most}:{most}", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            restore_signals=False,  # SIGXFSZ stays ignored: the write fails, the server goes on
        )


def rotate(log: Path, most: int = MAX_LOG_BYTES // 2) -> bool:
    """Empties a log that is longer than ``most`` bytes; its end is kept beside it, as ``NAME.1``.

    In place: its server goes on writing to it, and must have opened it for appending.
    """
    try:
        if log.stat().st_size <= most:
            return False
        (log.parent / f"{log.name}.1").write_bytes(tail(log))
        os.truncate(log, 0)
    except OSError:
        return False
    return True


def tail(log: Path, most: int = ROTATED_BYTES) -> bytes:
    """The end of a log, ``most`` bytes at the most; empty when there is none."""
    with suppress(OSError), log.open("rb") as file:
        file.seek(-min(most, os.fstat(file.fileno()).st_size), os.SEEK_END)
        return file.read(most)
    return b""


def last_line(log: Path) -> str:
    """The last line of a log, for an error message."""
    lines = tail(log).decode("utf-8", errors="replace").strip().splitlines()
    return (lines or ["it left no log"])[-1]
