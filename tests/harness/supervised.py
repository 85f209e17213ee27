"""The product as an operator runs it: script/run, with parts that can be killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.settings import Settings
from tests.harness.names import add_person
from tests.harness.script_run import Running, free_port
from tests.harness.server import Visitor
from webapp.accounts.user_agent import Device
from webapp.app.factory import core_of, create_app


class Supervised:
    """`here` is the address by which another network reaches it; `base_url`, that which people use
    unless they are given another one."""

    def __init__(self, running: Running, here: str, base_url: str | None) -> None:
        self.running = running
        self.local = f"http://127.0.0.1:{running.port}"
        self.remote = f"http://{here}:{running.port}"
        self.base_url = base_url or self.remote
        settings = Settings(var_folder=running.var, port=running.port)
        self.database = running.var / "soundcheck.sqlite3"
        self._core = core_of(create_app(settings))

    def person(
        self,
        name: str,
        cohort: str = "alpha",
        *,
        followers: int = 0,
        roles: tuple[str, ...] = ("tester",),
        base_url: str | None = None,
    ) -> Visitor:
        """Somebody new, signed in."""
        person = add_person(self._core, name, cohort, followers=followers, roles=roles)
        with self._core.db.session() as db_session:
            entered = self._core.accounts.logins.begin(db_session, person, Device("", "desktop"))
        return Visitor(person.id, name, entered.cookie, base_url or self.base_url)

    def kill(self, part: str) -> None:
        self.running.child(part).kill()

    def kill_web(self) -> None:
        self.running.web.kill()

    def exchange(self) -> None:
        """Another web process, as after an update."""
        self.running.exchange()

    def close(self) -> None:
        self._core.runtime.stop()
        self._core.db.close()


@contextmanager
def supervised(
    folder: Path,
    here: str = "127.0.0.1",
    *,
    port: int | None = None,
    front: str | None = None,
    **more: str,
) -> Iterator[Supervised]:
    """A fresh one, ended with its context. `front`: the address of a web server in front, by which
    people come in; `more`: settings, as of the environment."""
    port = port or free_port()
    origins = [front] if front else [f"http://127.0.0.1:{port}", f"http://{here}:{port}"]
    settings = {
        "SOUNDCHECK_HOST": "0.0.0.0",
        "SOUNDCHECK_BASE_URL": origins[-1],
        "SOUNDCHECK_ALLOWED_ORIGINS": json.dumps(origins),
        "SOUNDCHECK_STEADY_SECONDS": "0",
        **more,
    }
    with Running(folder, "--no-demo", port=port, **settings) as running:
        running.until_ready()
        product = Supervised(running, here, front)
        try:
            yield product
        finally:
            product.close()
            running.ctrl_c()
