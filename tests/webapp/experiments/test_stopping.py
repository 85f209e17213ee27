"""A process that is told to stop loses nothing of what people have met."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest
from websockets.sync.client import connect

from script.servers.janus import JanusServer
from tests.harness.janus import janus
from tests.harness.server import RunningApp
from tests.webapp.experiments.recorded_rows import exposures
from webapp.infra.database import Database

pytestmark = pytest.mark.server

__all__ = ["janus"]

PATIENCE = 10.0
PEOPLE = 12


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_none_is_lost(janus: JanusServer, tmp_path: Path, how: signal.Signals) -> None:
    with ExitStack() as stack, RunningApp(janus, tmp_path) as app:
        people = [app.person(f"Guest {n}", followers=1000) for n in range(PEOPLE)]
        url = f"ws://127.0.0.1:{app.port}/socket.io/?EIO=4&transport=websocket"
        for person in people:
            opening = connect(url, origin=app.base_url, additional_headers=person.header)
            socket = stack.enter_context(opening)
            socket.recv(PATIENCE)
            socket.send("40{}")
            while "features" not in str(socket.recv(PATIENCE)):
                pass
        app.stop(how)
    db = Database(f"sqlite:///{tmp_path / 'soundcheck.sqlite3'}")
    met = [m.person for m in exposures(db, "web-hosting")]
    db.close()
    assert sorted(met) == sorted(person.id for person in people)
