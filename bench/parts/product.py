"""The product as it runs: a web process and a Janus of its own, gone with the benchmark."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.parts.wire import Wire, Wires
from script.servers.janus import JanusServer
from tests.harness.server import RunningApp, Visitor


@contextmanager
def product(**settings: object) -> Iterator[RunningApp]:
    """A fresh one, with `settings` of config/settings.py."""
    with (
        JanusServer() as janus,
        tempfile.TemporaryDirectory() as folder,
        RunningApp(janus, Path(folder), **settings) as app,
    ):
        yield app


def people(app: RunningApp, how_many: int, cohort: str = "alpha") -> list[Visitor]:
    """That many signed in people."""
    return [app.person(f"Person {number}", cohort) for number in range(how_many)]


async def live_space(app: RunningApp, opened: Wires) -> tuple[Wire, str]:
    """A live Space: its host's socket, and its slug."""
    host = app.person("Host", followers=1200)
    wire = await opened.open(host.header)
    slug = (await wire.call("hosting.open", {"title": "Benchmark"}))["slug"]
    await wire.call("space.join", {"slug": slug})
    return wire, slug
