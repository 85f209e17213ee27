"""A cohort renamed while two real web processes serve over one database: nobody's gate flickers."""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from flags.catalogue import REACTIONS
from flags.sources.interface import Closing
from script.servers.janus import JanusServer
from tests.harness.databases import made, postgresql_server
from tests.harness.factories import Page
from tests.harness.janus import janus
from tests.harness.server import RunningApp, Visitor

pytestmark = pytest.mark.server

__all__ = ["janus"]

PATIENCE = 60.0
RENAMES = 3
FILE = "/assets/listening/listening.js"
"""Exists for those who have the feature, and for nobody else."""


@pytest.fixture
def both(janus: JanusServer, tmp_path: Path) -> Iterator[list[RunningApp]]:
    with ExitStack() as stack:
        url = made(stack.enter_context(postgresql_server(tmp_path)), "shared")
        folders = [tmp_path / name for name in ("one", "two")]
        for folder in folders:
            folder.mkdir()
        apps = [
            RunningApp(janus, folder, database_url=url, sole_web_process=False)
            for folder in folders
        ]
        yield [stack.enter_context(app) for app in apps]


class Watcher:
    """Fetches a gated file again and again, as a browser does. `met`: how often which status."""

    def __init__(self, app: RunningApp, visitor: Visitor) -> None:
        self.met: Counter[int] = Counter()
        self._port = app.port
        self._headers = visitor.header
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            with closing(HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)) as browser:
                browser.request("GET", FILE, headers=self._headers)
                self.met[browser.getresponse().status] += 1


@contextmanager
def socket(app: RunningApp, visitor: Visitor) -> Iterator[ClientConnection]:
    url = f"ws://127.0.0.1:{app.port}/socket.io/?EIO=4&transport=websocket"
    with connect(
        url, origin=app.base_url, additional_headers=visitor.header, ping_interval=None
    ) as opened:
        opened.recv(PATIENCE)
        opened.send("40{}")
        told(opened, "features")
        yield opened


def told(opened: ClientConnection, event: str) -> dict[str, Any]:
    """What the next event of this name says."""
    while True:
        text = str(opened.recv(PATIENCE))
        if text == "2":
            opened.send("3")
        elif text.startswith("42") and (message := json.loads(text[2:]))[0] == event:
            return dict(message[1])


def rename(app: RunningApp, manager: Visitor, old: str, new: str) -> None:
    """As a product manager does it, with the form on the page."""
    cookies = manager.header["Cookie"]
    with closing(HTTPConnection("127.0.0.1", app.port, timeout=PATIENCE)) as browser:
        browser.request("GET", "/console/people", headers={"Cookie": cookies})
        answer = browser.getresponse()
        form = Page(answer.read().decode()).named(f"Rename {old}").form
        assert form is not None
        session = str(answer.headers["Set-Cookie"]).split(";")[0]
        fields = urllib.parse.urlencode({**form.fields, "cohort": new})
        headers = {
            "Cookie": f"{cookies}; {session}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        browser.request("POST", form.action, fields, headers)
        answer = browser.getresponse()
        assert answer.status in (302, 303)


def test_nobody_loses_anything_in_either_process(both: list[RunningApp]) -> None:
    one, _ = both
    manager = one.person("Paula", "staff", roles=("product_manager",))
    with ExitStack() as stack:
        people = [(app, app.person(f"Guest {n}")) for app in both for n in range(2)]
        sockets = [stack.enter_context(socket(app, guest)) for app, guest in people]
        watchers = [stack.enter_context(Watcher(app, guest)) for app, guest in people[::2]]
        names = ["alpha", *(f"alpha{number}" for number in range(RENAMES))]
        for old, new in pairwise(names):
            rename(one, manager, old, new)
        assert set(one.flags.feature(REACTIONS).cohorts) == {"staff", names[-1]}
        # The first change that anybody hears of is this one.
        one.flags.turn_off(REACTIONS, Closing.CUT, "a test")
        changes = [told(each, "features.changed") for each in sockets]
        assert [change["closed"] for change in changes] == [
            [{"key": REACTIONS, "closing": "cut"}]
        ] * len(people)
    assert [set(watcher.met) for watcher in watchers] == [{200}] * len(both)
