"""Events of hosting."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from webapp.core import Core
from webapp.errors import AppError
from webapp.sockets import Call, Nothing, Reply, Sent
from webapp.spaces.text import one_line


class Open(Sent):
    title: Annotated[str, Field(max_length=400), AfterValidator(one_line(80))]


class Somebody(Sent):
    person: str = Field(pattern=r"^[0-9a-f]{32}$")


def register(core: Core, key: str) -> None:
    on = core.sockets.on

    @on("hosting.open", Open, key, entry=True)
    def open_space(call: Call, sent: Open) -> Reply:
        slug = core.spaces.open(call.person, sent.title)
        return {"slug": slug, "url": f"/spaces/{slug}"}

    @on("hosting.people", Nothing, key)
    def people(call: Call, _sent: Nothing) -> Reply:
        _require_host(core, call)
        return {"people": _queue(core, call.slug)}

    @on("hosting.accept", Somebody, key)
    def accept(call: Call, sent: Somebody) -> None:
        core.stage.accept(call.slug, call.person.id, sent.person)

    @on("hosting.decline", Somebody, key)
    def decline(call: Call, sent: Somebody) -> None:
        core.stage.decline(call.slug, call.person.id, sent.person)

    @on("hosting.mute", Somebody, key)
    def mute(call: Call, sent: Somebody) -> None:
        core.stage.mute_other(call.slug, call.person.id, sent.person)

    @on("hosting.remove", Somebody, key)
    def remove(call: Call, sent: Somebody) -> None:
        core.stage.remove(call.slug, call.person.id, sent.person)

    @on("hosting.end", Nothing, key)
    def end(call: Call, _sent: Nothing) -> None:
        _require_host(core, call)
        core.spaces.end(call.slug)


def tell_queue(core: Core, key: str, slug: str) -> None:
    """Tells the host, and nobody else, who waits."""
    space = core.spaces.told(slug)
    connection = core.presence.in_space(slug, space.host.id) if space else None
    if connection is not None and key in connection.gates:
        core.tell.emit("hosting.queue", {"people": _queue(core, slug)}, connection.sid)


def _queue(core: Core, slug: str) -> list[dict[str, object]]:
    return [waiting.model_dump(mode="json") for waiting in core.stage.queue(slug)]


def _require_host(core: Core, call: Call) -> None:
    standing = core.spaces.standing(call.slug, call.person.id)
    if standing is None or standing.role != "host":
        raise AppError("not_allowed")
