"""Debian's coturn for tests: on loopback, over TCP only, with a secret of its own."""

from __future__ import annotations

import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from script.servers.janus import free_port
from tests.harness.waits import until


@dataclass(frozen=True)
class Turn:
    """A TURN server that runs. `log` is what it tells."""

    url: str
    secret: str
    log: Path


@contextmanager
def coturn(folder: Path) -> Iterator[Turn]:
    """Runs one that takes TCP only, and may relay to Janus on this machine."""
    port, secret, log = free_port(), secrets.token_hex(16), folder / "coturn.log"
    options = {
        "listening-ip": "127.0.0.1",
        "listening-port": port,
        "relay-ip": _own_address(),
        "realm": "soundcheck",
        "static-auth-secret": secret,
        "userdb": folder / "coturn.sqlite3",
        "pidfile": folder / "coturn.pid",
        "log-file": "stdout",
        "cli-password": secrets.token_hex(16),
    }
    flags = ("use-auth-secret", "no-udp", "no-tls", "no-dtls", "no-cli", "allow-loopback-peers")
    written = [f"{name}={value}" for name, value in options.items()] + list(flags)
    (folder / "coturn.conf").write_text("\n".join(written), "utf-8")
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["turnserver", "-c", str(folder / "coturn.conf")],
            stdout=out,
            stderr=out,
        )
    try:
        until(lambda: process.poll() is not None or _listens(port), "coturn")
        assert process.poll() is None, log.read_text("utf-8", "replace")
        yield Turn(f"turn:127.0.0.1:{port}?transport=tcp", secret, log)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _own_address() -> str:
    """The address from which Janus is reached: it takes nothing from loopback."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))  # sends nothing
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address
