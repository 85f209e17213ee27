"""A network of somebody's own: a namespace behind a pair of virtual interfaces. Needs root."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = "10.77.0.1"
PREFIX = "soundck"


class Network:
    """Whoever is in it reaches this machine as `HERE`, from `address`."""

    def __init__(self, holder: int, folder: Path) -> None:
        self._holder = holder
        self._folder = folder
        self._last = 2
        run("ip", "link", "add", f"{PREFIX}0", "type", "veth", "peer", "name", f"{PREFIX}1")
        run("ip", "link", "set", f"{PREFIX}1", "netns", str(holder))
        run("ip", "address", "add", f"{HERE}/24", "dev", f"{PREFIX}0")
        run("ip", "link", "set", f"{PREFIX}0", "up")
        self._inside("ip", "link", "set", "lo", "up")
        self.connect()

    @property
    def address(self) -> str:
        return f"10.77.0.{self._last}"

    def program(self, name: str) -> Path:
        """An executable that runs a program in this network."""
        file = self._folder / Path(name).name
        file.write_text(f'#!/bin/sh\nexec nsenter --net=/proc/{self._holder}/ns/net {name} "$@"\n')
        file.chmod(0o755)
        return file

    def connect(self) -> None:
        """The network is there (again), with the address that it had."""
        self._inside("ip", "address", "replace", f"{self.address}/24", "dev", f"{PREFIX}1")
        self._inside("ip", "link", "set", f"{PREFIX}1", "up")
        self._inside("ip", "route", "replace", "default", "via", HERE)

    def disconnect(self) -> None:
        """No cable."""
        self._inside("ip", "link", "set", f"{PREFIX}1", "down")

    def move(self) -> None:
        """Another address, at once; the one before is gone."""
        before = self.address
        self._last += 1
        self._inside("ip", "address", "delete", f"{before}/24", "dev", f"{PREFIX}1")
        self.connect()

    def lose(self, percent: int) -> None:
        """So much of what comes in over UDP is lost, at random."""
        self._inside("nft", "flush ruleset")
        if percent:
            self._inside("nft", "add table inet air")
            self._inside("nft", "add chain inet air in { type filter hook input priority 0 ; }")
            rule = f"numgen random mod 100 < {percent} drop"
            self._inside("nft", f"add rule inet air in meta l4proto udp {rule}")

    def _inside(self, *command: str) -> None:
        run("nsenter", f"--net=/proc/{self._holder}/ns/net", *command)


@contextmanager
def network() -> Iterator[Network]:
    """Gone with its context."""
    if os.geteuid() != 0:
        raise SystemExit("this benchmark changes networks: run it as root")
    with tempfile.TemporaryDirectory() as folder:
        holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        try:
            wait_for_namespace(holder.pid)
            yield Network(holder.pid, Path(folder))
        finally:
            holder.kill()
            holder.wait()
            subprocess.run(["ip", "link", "delete", f"{PREFIX}0"], capture_output=True, check=False)


def wait_for_namespace(holder: int) -> None:
    """Until the holder has left ours."""
    ours = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{holder}/ns/net").readlink() == ours:
        os.sched_yield()


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
