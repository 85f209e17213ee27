"""The product as people meet it: a real web process on a port of its own, with a real Janus."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from config.settings import PREFIX, Settings
from flags.sources.interface import Source
from script.servers.janus import JanusServer
from tests.harness.names import add_person
from webapp.accounts.authentication import COOKIE
from webapp.accounts.models import Person
from webapp.accounts.user_agent import Device
from webapp.app.factory import core_of, create_app
from webapp.infra.migrations import upgrade
from webapp.spaces.schemas import OnStage, Standing

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120
"""Two are enough, unless a machine has no processor left."""


@dataclass(frozen=True)
class Visitor:
    """A person who is signed in, with what their browser needs for it."""

    id: str
    name: str
    cookie: str
    base_url: str

    @property
    def cookies(self) -> list[dict[str, str]]:
        """For Playwright's `add_cookies`."""
        return [{"name": COOKIE, "value": self.cookie, "url": self.base_url}]

    @property
    def header(self) -> dict[str, str]:
        """For anything else."""
        return {"Cookie": f"{COOKIE}={self.cookie}"}


class RunningApp:
    """`python wsgi.py` in a process of its own. `folder` keeps its database and its log.

    `settings` are those of `config/settings.py`, lower case, beside the ones that tests need.
    `janus`: None for a `program` that needs none.
    """

    program: tuple[str, ...] = ("wsgi.py",)

    def __init__(self, janus: JanusServer | None, folder: Path, **settings: object) -> None:
        self._janus = janus
        self.folder = folder
        self.port = _free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "web.log"
        self._given = settings
        self._process: subprocess.Popen[bytes] | None = None
        # A second app over the same database: what a person at the command line is.
        self._app = create_app(self._settings())
        self._core = core_of(self._app)
        upgrade(self._core.db.engine)

    def behind(self, front: str) -> RunningApp:
        """People reach it at this address, of a web server in front. Before the start."""
        self.base_url = front
        self._given = {**self._given, "base_url": front}
        return self

    def allow(self, *fronts: str) -> RunningApp:
        """People may also reach it at these addresses. Before the start."""
        origins = json.dumps([self.base_url, *fronts])
        self._given = {**self._given, "allowed_origins": origins}
        return self

    @property
    def janus(self) -> JanusServer:
        assert self._janus is not None
        return self._janus

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def flags(self) -> Source:
        """The definitions, edited as the command line edits them: from another process."""
        return self._core.source

    def person(
        self,
        name: str,
        cohort: str = "alpha",
        *,
        followers: int = 0,
        roles: tuple[str, ...] = ("tester",),
    ) -> Visitor:
        """Somebody new, signed in."""
        person = add_person(self._core, name, cohort, followers=followers, roles=roles)
        return Visitor(person.id, name, self._sign_in(person), self.base_url)

    def move(self, visitor: Visitor, cohort: str) -> None:
        """Puts somebody into another cohort."""
        self._core.accounts.people.move(visitor.id, cohort)

    def stage(self, slug: str) -> list[OnStage]:
        """Who is on stage, as the database has it."""
        return self._core.spaces.stage(slug)

    def standing(self, slug: str, person_id: str) -> Standing | None:
        """Somebody's place in a Space, as the database has it."""
        return self._core.spaces.standing(slug, person_id)

    def give_up(self, slug: str, person_id: str) -> None:
        """Takes somebody out of a Space, as is done with those who are away for too long."""
        self._core.spaces.leave(slug, person_id)

    def cohort(self, name: str) -> None:
        """Another cohort, which has no feature yet."""
        self._core.accounts.people.add_cohort(name)

    def addresses(self, **arguments: str) -> list[str]:
        """Every address that the product has, whatever its methods; `arguments` fill it in."""
        rules = (rule.rule for rule in self._app.url_map.iter_rules())
        return sorted({_filled(rule, arguments) for rule in rules})

    def start(self) -> RunningApp:
        """Starts the process and returns when it is ready."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(PREFIX)
        }
        environment |= {f"{PREFIX}{name.upper()}": str(v) for name, v in self._values().items()}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.program], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self._process.kill()  # nobody leaves what was not entered
            self._process.wait()
            raise
        return self

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Ends the process and waits for it: for good, or with SIGTERM so that another follows."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=20)
            self._process = None

    def __enter__(self) -> RunningApp:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._core.runtime.stop()
        self._core.db.close()

    def _sign_in(self, person: Person) -> str:
        with self._core.db.session() as db_session:
            entered = self._core.accounts.logins.begin(db_session, person, Device("", "desktop"))
        return entered.cookie

    def _values(self) -> dict[str, object]:
        janus = self._janus
        of_janus = (
            {}
            if janus is None
            else {
                "janus_url": janus.url,
                "janus_api_secret": janus.api_secret,
                "janus_admin_key": janus.admin_key,
                "janus_admin_url": janus.admin_url,
                "janus_admin_secret": janus.admin_secret,
            }
        )
        return {"port": self.port, "var_folder": self.folder, **of_janus, **self._given}

    def _settings(self) -> Settings:
        return Settings.model_validate(self._values())

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + READY_SECONDS
        ready = f"http://127.0.0.1:{self.port}/readyz"  # itself, and not what is in front
        while True:
            try:
                with urllib.request.urlopen(ready, timeout=5):
                    return
            except OSError as error:  # not there, not ready, or too busy to say
                # An error that is kept keeps this frame, which keeps it: its socket would be found
                # open in whichever test the garbage is collected.
                last = str(error)
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-3000:]
                raise RuntimeError(f"the web process is not ready ({last}):\n{tail}")
            select_for(0.05)


def _filled(rule: str, arguments: dict[str, str]) -> str:
    given = r"<(?:\w+:)?(\w+)>"
    return re.sub(given, lambda name: arguments.get(name[1], "x"), rule)


def select_for(seconds: float) -> None:
    """Leaves the processor to others between two looks at a condition."""
    signal.sigtimedwait([], seconds)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
