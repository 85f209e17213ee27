"""Dark: whoever does not have a feature finds no trace of it in anything that the server sends,
while others in the same Space use it. Over a real process and a real Janus."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from flags.catalogue import CATALOGUE
from flags.sources.interface import Closing
from script.servers.janus import JanusServer
from tests.harness import feature_traces
from tests.harness.crawl import Sent, Wire, crawl
from tests.harness.server import RunningApp, Visitor
from tests.harness.socket_people import Ear
from tests.media.peers import Peer, Tone

pytestmark = pytest.mark.server

STATIC = Path(feature_traces.WEBAPP) / "static"
CSRF = re.compile(r'name="csrf_token" value="([^"]*)"')
LANGUAGES = ("en", "fr")
ALL = tuple(CATALOGUE)

HEADERS_OF_EVERYBODY = re.compile(
    r"^(Permissions-Policy|Vary|Accept-Ranges): .*$", re.MULTILINE | re.IGNORECASE
)
"""The same words on every answer to everybody, strangers too. The policy for microphones is among
them: that of a document cannot be widened later, when a gate opens on a page that is open."""


LIBRARIES = "/static/vendor/"
"""Published libraries, from their packages: their words are not ours."""


@dataclass
class Observer:
    """Somebody who does not have the features `closed`, and all that they were sent."""

    name: str
    has: tuple[str, ...]
    visitor: Visitor | None
    pages: list[Sent] = field(default_factory=list)
    ears: list[Ear] = field(default_factory=list)

    @property
    def closed(self) -> tuple[str, ...]:
        return tuple(key for key in ALL if key not in self.has)

    @property
    def headers(self) -> dict[str, str]:
        return self.visitor.header if self.visitor else {}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with JanusServer() as janus:
        folder = tmp_path_factory.mktemp("dark")
        with RunningApp(janus, folder, flood_factor=100) as app:
            yield app


def observers_of(app: RunningApp) -> list[Observer]:
    """Nobody's, a stranger's, a listener's view; and for each feature, of one who has the rest."""
    found = [
        Observer("stranger", (), None),
        Observer("outsider", (), app.person("Oscar", "public")),
        Observer("listener", ("web-listening",), app.person("Lou", "beta")),
    ]
    for key in ALL[1:]:
        cohort = f"no-{key}"
        app.cohort(cohort)
        has = tuple(other for other in ALL if other != key)
        for other in has:
            app.flags.set_cohort(other, cohort, True, "a test")
        found.append(Observer(cohort, has, app.person(f"Nel {len(found)}", cohort, followers=5000)))
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def observed(app: RunningApp) -> AsyncIterator[list[Observer]]:
    """A whole session in which others use everything, and what the observers got of it."""
    observers = observers_of(app)
    host = Ear(app, app.person("Hana", followers=1200))
    tester = Ear(app, app.person("Tomas"))
    async with host, tester:
        slug = (await host.does("hosting.open", title="Morning show"))["slug"]
        for observer in observers:
            await come_in(app, observer, slug)
        await everything_is_used(app, host, tester, slug)
        for observer in observers:
            if observer.visitor:
                await try_everything(observer, slug, tester.visitor.id)
            for language in LANGUAGES:
                # Beside the sockets, which must go on answering the server's pings.
                crawling = asyncio.to_thread(look_around, app, observer, slug, language)
                observer.pages += await crawling
        await host.does("hosting.end")
        for observer in observers:
            if "web-listening" in observer.has:
                await observer.ears[-1].until("space.ended")
            for ear in observer.ears:
                await ear.close()
    yield observers


async def come_in(app: RunningApp, observer: Observer, slug: str) -> None:
    """One socket in each language; the last is the one in the Space."""
    if observer.visitor is None:
        return
    for language in LANGUAGES:
        ear = await Ear(app, observer.visitor, language).open(slug)
        observer.ears.append(ear)
    await observer.ears[-1].call("space.join", {"slug": slug})
    await observer.ears[-1].call("listening.warm", {})
    await observer.ears[-1].call("listening.start", {})


async def everything_is_used(app: RunningApp, host: Ear, tester: Ear, slug: str) -> None:
    """Asking, accepting, talking, muting, reacting, removing; gates closing and opening."""
    await host.does("space.join", slug=slug)
    await tester.does("space.join", slug=slug)
    await tester.does("speaking.request")
    await tester.does("speaking.cancel")
    await tester.does("speaking.request")
    await host.does("hosting.decline", person=tester.visitor.id)
    await tester.does("speaking.request")
    await host.does("hosting.accept", person=tester.visitor.id)
    peer = Peer(Tone(440))
    answer = await tester.does("stage.offer", sdp=await peer.offer())
    await peer.accept(answer["sdp"])
    await host.until("space.talking", id=tester.visitor.id, talking=True)
    await tester.does("reactions.send", emoji="🎉")
    await host.does("reactions.send", emoji="❤️", to=tester.visitor.id)
    await host.until("reactions.frame")
    await host.does("hosting.mute", person=tester.visitor.id)
    await host.until("space.talking", id=tester.visitor.id, talking=False)
    await tester.does("stage.mute", muted=False)
    await host.does("hosting.remove", person=tester.visitor.id)
    await peer.close()
    await host.until("space.count")
    for key in ("web-speaking", "reactions"):
        tester.forget()
        app.flags.turn_off(key, Closing.CUT, "a test")
        await tester.until("features.changed")
        tester.forget()
        app.flags.turn_on(key, "a test")
        await tester.until("features.changed")
    app.flags.turn_off("web-hosting", Closing.CUT, "a test")
    await tester.until("space.ending", seconds=30)
    tester.forget()
    app.flags.turn_on("web-hosting", "a test")
    await tester.until("space.ending")


async def try_everything(observer: Observer, slug: str, somebody: str) -> None:
    """Sends every event there is, and some that never were: the answers are kept."""
    ear = observer.ears[-1]
    made_up = await ear.call("never.written", {})
    for key in observer.closed:
        for event in sorted(
            feature_traces.events(key) - set().union(*map(feature_traces.events, observer.has), ())
        ):
            for content in ({}, {"slug": slug}, {"person": somebody}, {"emoji": "🎉"}, None):
                assert await ear.call(event, content) == made_up, (observer.name, event)


def look_around(app: RunningApp, observer: Observer, slug: str, language: str) -> list[Sent]:
    """Every page that is linked or can be guessed, as a browser and as a program."""
    wire = Wire(app.base_url, observer.headers)
    files = [f"/static/{p.relative_to(STATIC)}" for p in STATIC.rglob("*") if p.is_file()]
    starts = [
        "/",
        "/account",
        f"/spaces/{slug}",
        "/spaces/nosuch",
        "/sign-in",
        "/sign-in/x",
        "/i/x",
    ]
    starts += ["/healthz", "/readyz", "/robots.txt", "/favicon.ico", "/console", "/console/history"]
    starts += ["/socket.io/", "/socket.io/?EIO=4&transport=polling", "/assets/", "/static/"]
    starts += [rule for rule in app.addresses(slug=slug, token="x") if "socket.io" not in rule]
    as_browser = crawl(
        wire, [*starts, *files], {"Accept": "text/html", "Accept-Language": language}
    )
    as_program = {"Accept": "application/json", "Accept-Language": language}
    return [*as_browser.values(), *(wire.sent(path, as_program) for path in starts)]


@pytest.mark.parametrize("key", ALL)
def test_no_trace_of_a_closed_feature(observed: list[Observer], key: str) -> None:
    found: list[str] = []
    for observer in observed:
        if key not in observer.closed:
            continue
        patterns = feature_traces.traces(key, observer.has)
        pages = [page for page in observer.pages if not page.address.startswith(LIBRARIES)]
        sent = [(page.address, HEADERS_OF_EVERYBODY.sub("", page.text)) for page in pages]
        sent += [("socket", ear.text) for ear in observer.ears]
        texts: dict[str, str] = {}
        for address, text in sent:
            if key in address or f"/assets/{feature_traces.FOLDERS[key]}" in address:
                text = text.replace(address, "")
            texts.setdefault(text, address)  # most answers are the same one
        found += [
            f"{observer.name} {address}: …{text[max(0, m.start() - 40) : m.end() + 40]!r}…"
            for text, address in texts.items()
            for pattern in patterns
            if (m := pattern.search(text))
        ]
    assert not found, "\n".join(sorted(set(found))[:40])


def addresses_of(app: RunningApp, key: str, slug: str) -> list[tuple[str, str]]:
    """What stands behind a gate, each beside an address of the same shape that never was."""
    folder = feature_traces.FOLDERS[key]
    static = feature_traces.FEATURES / folder / "static"
    files = sorted(p.relative_to(static) for p in static.rglob("*") if p.is_file())[:3]
    found = [(f"/assets/{folder}/{file}", f"/assets/never/{file}") for file in files]
    found += [(f"/assets/{folder}/{file}", f"/never/written/{file}") for file in files[:1]]
    found += [(f"/assets/{folder}/", "/assets/never/"), (f"/assets/{folder}", "/assets/never")]
    if key == "web-listening":
        found += [(f"/spaces/{slug}", f"/never/{slug}"), ("/spaces/nosuch", f"/never/{slug}")]
    return found


SHAPES = ("{}", "{}/", "/{}", "{}?a=1", "{}%00", "{}%2f..", "{};a", "{}//", "http://elsewhere{}")
METHODS = ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
HEADERS = (
    {"Accept": "text/html"},
    {"Accept": "application/json"},
    {"If-None-Match": "*"},
    {"If-None-Match": '"x"'},
    {"Range": "bytes=0-3"},
    {"If-Modified-Since": "Sat, 21 Nov 2026 12:00:00 GMT"},
    {"Origin": "https://elsewhere.example"},
    {"Access-Control-Request-Method": "GET", "Origin": "https://elsewhere.example"},
    {"X-Forwarded-For": "127.0.0.1", "X-HTTP-Method-Override": "GET"},
    {"Accept-Encoding": "gzip"},
    {"Connection": "Upgrade", "Upgrade": "websocket"},
    {"X-CSRFToken": "made up"},
)


def ways_to_ask() -> list[tuple[str, str, dict[str, str], str]]:
    """Shape of the address, method, headers, body."""
    ways: list[tuple[str, str, dict[str, str], str]]
    ways = [(shape, "GET", {"Accept": "text/html"}, "") for shape in SHAPES]
    ways += [("{}", method, {}, "") for method in METHODS]
    ways += [("{}", "GET", headers, "") for headers in HEADERS]
    ways += [("{}", "POST", headers, "a=1") for headers in HEADERS[:2]]
    return ways


@pytest.mark.parametrize("key", ALL)
def test_closed_addresses_answer_byte_for_byte_like_ones_that_never_were(
    app: RunningApp, observed: list[Observer], key: str
) -> None:
    for observer in observed:
        if key not in observer.closed:
            continue
        wire = Wire(app.base_url, observer.headers)
        # A real form token of theirs: with it nothing must be different either.
        token = CSRF.search(wire.sent("/account", {"Accept": "text/html"}).body)
        ways = [*ways_to_ask(), ("{}", "POST", {}, f"csrf_token={token[1] if token else ''}")]
        for there, never in addresses_of(app, key, observed_slug(observed)):
            for shape, method, headers, body in ways:
                asked = (shape.format(there), shape.format(never))
                first, second = (wire.answer(path, method, headers, body) for path in asked)
                assert first == second, (observer.name, method, asked[0], headers)


def observed_slug(observed: list[Observer]) -> str:
    """The slug of the Space that they were in."""
    pages = [page.address for observer in observed for page in observer.pages]
    return next(a.split("/")[2] for a in pages if re.fullmatch(r"/spaces/[a-z0-9]{8}", a))


def test_the_crawl_sees_what_is_there(observed: list[Observer]) -> None:
    """Without this an empty crawl would find nothing, and pass."""
    for observer in observed:
        addresses = {page.address: page.status for page in observer.pages}
        assert addresses["/static/css/base.css"] == 200
        # Scripts are for people who have signed in.
        scripts = 303 if observer.name == "stranger" else 200
        assert addresses["/static/js/main.js"] == scripts
        assert addresses["/static/js/connection.js"] == scripts
        if "web-listening" in observer.has:
            heard = {name for ear in observer.ears for name, _ in ear.heard}
            assert {"features", "space.stage", "space.talking", "space.count"} <= heard
            assert {"space.ending", "space.ended"} <= heard
        for key in observer.has:
            text = "".join(ear.text for ear in observer.ears)
            assert [p for p in feature_traces.traces(key) if p.search(text)], (observer.name, key)


def test_what_belongs_to_listening_is_seen(observed: list[Observer]) -> None:
    """A person on stage, their role, and that they talk: that is hearing a Space."""
    listener = next(o for o in observed if o.name == "listener")
    stages = [d["stage"] for ear in listener.ears for n, d in ear.heard if n == "space.stage"]
    assert ["host", "speaker"] in [[person["role"] for person in stage] for stage in stages]
    talking = [d["talking"] for ear in listener.ears for n, d in ear.heard if n == "space.talking"]
    assert talking[:2] == [True, False]
