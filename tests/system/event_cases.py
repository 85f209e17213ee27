"""Every event that browsers send, with who sends it, a valid payload, and how to see that it was
carried out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.harness.evening import ANSWER, OFFER, Evening

Content = dict[str, Any]
Prepare = Callable[[Evening], Awaitable[Content]]
Done = Callable[[Evening], bool]

BATCH = {"path": "seat", "received": 250, "lost": 0, "concealed": 0.0, "seconds": 5}


def plain(**content: Any) -> Prepare:
    async def prepare(_: Evening) -> Content:
        return content

    return prepare


def about(role: str, **content: Any) -> Prepare:
    async def prepare(evening: Evening) -> Content:
        return {"person": evening.id_of(role), **content}

    return prepare


async def of_this_space(evening: Evening) -> Content:
    return {"slug": evening.slug}


async def seat_to_answer(evening: Evening) -> Content:
    return {"seat": (await evening.me.does("listening.warm"))["seat"], "sdp": ANSWER}


async def seat_to_start(evening: Evening) -> Content:
    await evening.me.does("listening.answer", **await seat_to_answer(evening))
    return {}


def candidate(kind: str) -> Prepare:
    async def prepare(evening: Evening) -> Content:
        return {"seat": f"{evening.slug}.{evening.my_id}.{kind}", "candidate": None}

    return prepare


def in_check(content: Callable[[Content], Content]) -> Prepare:
    async def prepare(evening: Evening) -> Content:
        return content(await evening.me.does("check.begin", sdp=OFFER))

    return prepare


def on_stage(evening: Evening, role: str) -> bool:
    return evening.id_of(role) in [one.id for one in evening.app.stage(evening.slug)]


def is_muted(role: str) -> Done:
    return lambda e: any(p.id == e.id_of(role) and p.muted for p in e.app.stage(e.slug))


def is_listening(evening: Evening) -> bool:
    standing = evening.app.standing(evening.slug, evening.my_id)
    return standing is not None and standing.listening


def is_here(evening: Evening) -> bool:
    return evening.app.standing(evening.slug, evening.my_id) is not None


def is_over(evening: Evening) -> bool:
    return evening.app.standing(evening.slug, evening.id_of("host")) is None


def hosts_another(evening: Evening) -> bool:
    return evening.my_id in [host for _, host in evening.app.live()]


def has_not_asked(evening: Evening) -> bool:
    return evening.id_of("asker") not in evening.app.asking(evening.slug)


NOTHING = plain()


@dataclass(frozen=True)
class Case:
    """One event: who sends it, what it carries (prepared while the line is good), and how to see
    that it was carried out. None: it changes nothing that lasts."""

    event: str
    actor: str
    prepare: Prepare = NOTHING
    done: Done | None = None
    about: str = "listener"
    """Who is there beside a host that sends it."""

    @property
    def witness(self) -> str:
        """Who sees what becomes of it."""
        return self.about if self.actor == "host" else "host"


CASES = (
    Case("lobby.list", "visitor"),
    Case("space.join", "visitor", of_this_space, is_here),
    Case("space.leave", "listener", done=lambda e: not is_here(e)),
    Case("listening.warm", "asker"),
    Case("listening.restart", "listener"),
    Case("listening.answer", "asker", seat_to_answer),
    Case("listening.candidate", "listener", candidate("listen")),
    Case("listening.start", "asker", seat_to_start, is_listening),
    Case("listening.stop", "listener", done=lambda e: not is_listening(e)),
    Case("listening.heard", "listener", plain(ms=400)),
    Case("listening.stats", "listener", plain(**BATCH)),
    Case("reactions.send", "listener", plain(emoji="🎉")),
    Case("speaking.request", "listener", done=lambda e: e.my_id in e.app.asking(e.slug)),
    Case("speaking.cancel", "asker", done=has_not_asked),
    Case("speaking.leave", "speaker", done=lambda e: not on_stage(e, "speaker")),
    Case("speaking.where", "listener"),
    Case("stage.offer", "speaker", plain(sdp=OFFER)),
    Case("stage.restart", "speaker", plain(sdp=OFFER)),
    Case("stage.candidate", "speaker", candidate("talk")),
    Case("stage.mute", "speaker", plain(muted=True), is_muted("speaker")),
    Case("stage.mute", "host", plain(muted=True), is_muted("host")),
    Case("check.begin", "visitor", plain(sdp=OFFER)),
    Case("check.answer", "visitor", in_check(lambda _: {"sdp": ANSWER})),
    Case(
        "check.candidate",
        "visitor",
        in_check(lambda made: {"seat": made["talk"]["seat"], "candidate": None}),
    ),
    Case("check.end", "visitor", in_check(lambda _: {})),
    Case("hosting.open", "visitor", plain(title="Another"), hosts_another),
    Case("hosting.people", "host"),
    Case("hosting.accept", "host", about("asker"), lambda e: on_stage(e, "asker"), about="asker"),
    Case("hosting.decline", "host", about("asker"), has_not_asked, about="asker"),
    Case("hosting.mute", "host", about("speaker"), is_muted("speaker"), about="speaker"),
    Case(
        "hosting.remove",
        "host",
        about("speaker"),
        lambda e: not on_stage(e, "speaker"),
        about="speaker",
    ),
    Case("hosting.end", "host", done=is_over),
    Case("hosting.where", "host"),
    Case("hosting.cohost", "host", about("speaker", co_host=True), about="speaker"),
    Case("hosting.keep", "host", plain(goes_on=True)),
    Case("hosting.hearing", "host"),
)

ENDED_BY_ITS_SOCKET = "check.end"
"""What it gives up goes with the socket as well: `nothing_is_left` sees whether it has."""
