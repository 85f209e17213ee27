"""The whole app in this process: its own database, a Janus in memory, time in the test's hands.

Nothing of ours is replaced: sockets go through Socket.IO's own packets, pages through WSGI.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from flask_socketio import SocketIO
from flask_socketio.test_client import SocketIOTestClient
from werkzeug.test import TestResponse

from config.settings import Settings
from flags.forced_flags import Forced
from flags.sources.interface import Closing
from media.janus_audit import Audit
from tests.fakes.janus import SDP, TwinJanus
from tests.fakes.runtime import HandRuntime
from tests.harness.flags import Clock
from tests.harness.names import add_person
from tests.harness.template_database import copy_template
from webapp.accounts.authentication import COOKIE
from webapp.accounts.models import Person
from webapp.accounts.user_agent import Device
from webapp.app.factory import core_of, create_app, start, stop
from webapp.app.services import Core
from webapp.http import preview_prefix
from webapp.previews.preview_spec import Wanted

OFFER = SDP
"""What a browser might offer, as far as a Janus in memory looks at it."""

Ack = dict[str, Any]
Received = tuple[str, Any]


@dataclass(frozen=True)
class Guest:
    """Somebody who is signed in. `login` is the id of their login, `cookie` what it put into
    their browser."""

    person: Person
    login: str
    cookie: str

    @property
    def id(self) -> str:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.display_name

    @property
    def header(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.cookie}"}


@dataclass(frozen=True)
class Looker(Guest):
    """QA in a preview: `person` is the one made up for it, whose path the cookie belongs to."""

    preview: str

    @property
    def base(self) -> str:
        return preview_prefix.base_of(self.id)

    @property
    def header(self) -> dict[str, str]:
        return {"Cookie": f"{preview_prefix.COOKIE}={self.cookie}"}


class Browser(FlaskClient):
    """Reads every answer to its end, as browsers do."""

    def open(self, *args: Any, **given: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True, **given})


class Tab:
    """One page of somebody's browser, with its socket."""

    def __init__(
        self,
        house: House,
        guest: Guest,
        page: str | None,
        language: str = "en",
        page_id: str | None = None,
    ) -> None:
        named = {"slug": page, "page_id": page_id}
        self.guest = guest
        self._house = house
        self._client = house.socketio.test_client(
            house.app,
            headers={**guest.header, "Accept-Language": language},
            auth={name: value for name, value in named.items() if value} or None,
            flask_test_client=_below_path(house, guest) if isinstance(guest, Looker) else None,
        )
        house.settle()

    @property
    def connected(self) -> bool:
        return bool(self._client.is_connected())

    @property
    def sid(self) -> str:
        manager = self._house.socketio.server.manager
        sid: str = manager.sid_from_eio_sid(self._client.eio_sid, "/")
        return sid

    def call(self, event: str, *content: Any) -> Ack:
        """Sends an event and returns its ack, when everything that follows has happened."""
        ack: Ack = self._client.emit(event, *content, callback=True)
        self._house.settle()
        return ack

    def does(self, event: str, **content: Any) -> dict[str, Any]:
        """The same for what must succeed: returns the data of the ack."""
        ack = self.call(event, content)
        assert ack["ok"], f"{event}: {ack['error']}"
        data: dict[str, Any] = ack["data"]
        return data

    def refused(self, event: str, **content: Any) -> str:
        """The same for what must not: returns the code of the error."""
        ack = self.call(event, content)
        assert not ack["ok"], f"{event} was not refused: {ack}"
        code: str = ack["error"]["code"]
        return code

    def received(self, name: str | None = None) -> list[Received]:
        """What came since the last look, all of it or by name."""
        came = [(packet["name"], packet["args"][0]) for packet in self._client.queue]
        self._client.queue.clear()
        return [(event, data) for event, data in came if name in (None, event)]

    def close(self) -> None:
        """The socket goes away, without a word."""
        if self.connected:
            self._client.disconnect()
        self._house.settle()


def _below_path(house: House, looker: Looker) -> FlaskClient:
    """A browser's request below the path of a preview, as it is behind
    `webapp.http.preview_prefix`."""
    client = house.app.test_client()
    client.environ_base[preview_prefix.ENVIRON] = looker.id
    client.set_cookie(preview_prefix.COOKIE, looker.cookie)
    return client


class House:
    """See the module. `settings` are those of config/settings.py, beside what tests need."""

    def __init__(
        self,
        folder: Path,
        *,
        janus: TwinJanus | None = None,
        clock: Clock | None = None,
        **settings: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.settings = settings
        self._hosts = 0
        self.clock = clock or Clock()
        self.runtime = HandRuntime(self.clock)
        self.janus: TwinJanus = janus or self.runtime.on_loop(TwinJanus)
        given = {"var_folder": folder, "flood_factor": 1000.0, **settings}
        copy_template(folder, **settings)
        self.app = create_app(
            Settings.model_validate(given),
            runtime=self.runtime,
            connection=self.janus,
            clock=self.clock,
        )
        self.app.test_client_class = Browser
        self.core: Core = core_of(self.app)
        self.socketio: SocketIO = self.app.extensions["socketio"]
        start(self.app)
        self.settle()

    # ------------------------------------------------------------------ people

    def guest(self, name: str, cohort: str = "alpha", **properties: Any) -> Guest:
        """Somebody new, signed in."""
        return self.sign_in(add_person(self.core, name, cohort, **properties))

    def sign_in(self, person: Person) -> Guest:
        with self.core.db.session() as db_session:
            device = Device("", "desktop")
            entered = self.core.accounts.logins.begin(db_session, person, device)
        return Guest(person, entered.login.id, entered.cookie)

    def looks(self, qa: Guest, cohort: str = "beta", **forced: Forced) -> Looker:
        """QA in a preview as somebody of a cohort; `forced` by feature, with underscores."""
        asked = {key.replace("_", "-"): each for key, each in forced.items()}
        wanted = Wanted("Beta listener", cohort, forced=asked)
        made = self.core.previews.make(qa.person, wanted)
        device = Device("", "desktop")
        entered = self.core.previews.open(made.id, qa.person, qa.login, device)
        return Looker(entered.person, entered.login.id, entered.cookie, made.id)

    def tab(
        self,
        guest: Guest,
        page: str | None = None,
        language: str = "en",
        page_id: str | None = None,
    ) -> Tab:
        return Tab(self, guest, page, language, page_id)

    def browser(self, guest: Guest | None = None) -> FlaskClient:
        """For pages; keeps its cookies."""
        client = self.app.test_client()
        if isinstance(guest, Looker):
            client.set_cookie(preview_prefix.COOKIE, guest.cookie, path=f"{guest.base}/")
        elif guest is not None:
            client.set_cookie(COOKIE, guest.cookie)
        return client

    # ------------------------------------------------------------------ a Space with people in it

    def space(self, host: Guest | None = None) -> tuple[Tab, str]:
        """A live Space: its host's tab, who has joined it, and its slug."""
        if host is None:
            # Nobody may be called as the host of a live Space is.
            self._hosts += 1
            host = self.guest("Hana" if self._hosts == 1 else f"Hana {self._hosts}", followers=1200)
        tab = self.tab(host)
        slug = tab.does("hosting.open", title="Morning show")["slug"]
        tab.does("space.join", slug=slug)
        return tab, slug

    def joined(self, guest: Guest, slug: str, page_id: str | None = None) -> Tab:
        tab = self.tab(guest, slug, page_id=page_id)
        tab.does("space.join", slug=slug)
        return tab

    def on_stage(self, host: Tab, guest: Guest, slug: str) -> Tab:
        """Somebody who asked and was taken on stage, with a seat on the bridge."""
        tab = self.joined(guest, slug)
        tab.does("speaking.request")
        host.does("hosting.accept", person=guest.id)
        tab.does("stage.offer", sdp=OFFER)
        return tab

    def listening(self, guest: Guest, slug: str, page_id: str | None = None) -> Tab:
        """Somebody who hears the Space."""
        tab = self.joined(guest, slug, page_id)
        self.warm(tab)
        tab.does("listening.start")
        return tab

    def warm(self, tab: Tab) -> str:
        """Negotiates the listening seat of a tab that is in a Space; returns its name."""
        seat: str = tab.does("listening.warm")["seat"]
        tab.does("listening.answer", seat=seat, sdp=OFFER)
        return seat

    # ------------------------------------------------------------------ gates

    def close_gate(self, key: str, closing: Closing = Closing.CUT) -> None:
        """As another process would: this one notices when it looks."""
        self.core.source.turn_off(key, closing, "a test")
        self.tick()

    def open_gate(self, key: str) -> None:
        self.core.source.turn_on(key, "a test")
        self.tick()

    def move(self, guest: Guest, cohort: str) -> None:
        self.core.accounts.people.move(guest.id, cohort)
        self.tick()

    # ------------------------------------------------------------------ time

    def settle(self) -> None:
        """Lets everything finish that is under way."""
        self.runtime.settle()

    def tick(self) -> None:
        """One round of what the process does by itself: follow changes, sweep, end what is due."""
        self.runtime.tick()

    def go_on(self, **ago: float) -> None:
        """`go_on(minutes=2)`: time passes, and what is due happens."""
        self.clock.go_on(**ago)
        self.tick()

    # ------------------------------------------------------------------ Janus

    def audit(self) -> Audit:
        """What Janus itself has now."""
        return self.runtime.run(self.core.engine.seats.audit(), 5)

    def seats(self) -> dict[str, Any]:
        """The seats that media knows, by their name."""
        return dict(self.core.engine.seats.seats())

    def on_bridge(self, slug: str) -> set[str]:
        """Ids of the people who have a seat in a Space's bridge room."""
        return {
            seat.split(".")[1]
            for seat, state in self.seats().items()
            if state.mix == slug and state.role == "speaker"
        }

    def janus_does(self, what: str, *args: Any) -> None:
        """`janus_does("crash")`: see tests.fakes.janus.TwinJanus."""
        self.runtime.on_loop(lambda: getattr(self.janus, what)(*args))
        self.settle()

    def talk(self, guest: Guest, slug: str, talking: bool = True) -> None:
        """Somebody on stage begins to be heard, or ends."""
        state = self.seats()[f"{slug}.{guest.id}.talk"]
        self.janus_does("talk", state.participant, talking)

    # ------------------------------------------------------------------ the end

    def successor(self) -> House:
        """This process ends without a word, and the next one starts on the same Janus."""
        self.runtime.run(self.janus.part(), 5)
        return House(self.folder, janus=self.janus, clock=self.clock, **self.settings)

    def close(self) -> None:
        stop(self.app)
        # Flask-SocketIO's test clients are never forgotten, nor is the app behind them.
        clients = SocketIOTestClient.clients
        for eio_sid in [sid for sid, client in clients.items() if client.app is self.app]:
            del clients[eio_sid]
