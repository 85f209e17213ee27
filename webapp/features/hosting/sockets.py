"""Events of hosting."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from webapp.app.services import Core
from webapp.gating.event_dispatcher import Call, Nothing, Reply, Sent
from webapp.http.errors import AppError
from webapp.spaces.models import HOST
from webapp.spaces.text_validation import one_line


class Open(Sent):
    title: Annotated[str, Field(max_length=400), AfterValidator(one_line(80))]
    goes_on: bool = False


class GoesOn(Sent):
    goes_on: bool


class Somebody(Sent):
    person: str = Field(pattern=r"^[0-9a-f]{32}$")


class CoHost(Somebody):
    co_host: bool


def register(core: Core, key: str) -> None:
    on = core.sockets.on

    @on("hosting.open", Open, key, entry=True)
    def open_space(call: Call, sent: Open) -> Reply:
        slug = core.spaces.open(call.person, sent.title, goes_on=sent.goes_on)
        return {"slug": slug, "url": f"/spaces/{slug}"}

    @on("hosting.people", Nothing, key)
    def people(call: Call, _sent: Nothing) -> Reply:
        standing = core.spaces.standing(call.slug, call.person.id)
        _require(standing is not None and standing.runs)
        return {**_panel(core, key, call.slug), "goes_on": core.succession.goes_on(call.slug)}

    @on("hosting.accept", Somebody, key)
    def accept(call: Call, sent: Somebody) -> None:
        core.stage.accept(call.slug, call.person.id, sent.person)

    @on("hosting.decline", Somebody, key, after_disconnect=True)
    def decline(call: Call, sent: Somebody) -> None:
        core.stage.decline(call.slug, call.person.id, sent.person)

    @on("hosting.mute", Somebody, key, after_disconnect=True)
    def mute(call: Call, sent: Somebody) -> None:
        core.stage.mute_other(call.slug, call.person.id, sent.person)

    @on("hosting.remove", Somebody, key, after_disconnect=True)
    def remove(call: Call, sent: Somebody) -> None:
        core.stage.remove(call.slug, call.person.id, sent.person)

    @on("hosting.end", Nothing, key, after_disconnect=True)
    def end(call: Call, _sent: Nothing) -> None:
        standing = core.spaces.standing(call.slug, call.person.id)
        _require(standing is not None and standing.leads)
        core.spaces.end(call.slug)


def register_leading(core: Core, key: str) -> None:
    """Who helps the host, and who stands in for them."""
    on = core.sockets.on

    @on("hosting.where", Nothing, key)
    def where(call: Call, _sent: Nothing) -> Reply:
        return _place(core, call.slug, call.person.id)

    @on("hosting.cohost", CoHost, key, queue="hosting")
    def co_host(call: Call, sent: CoHost) -> None:
        _require(not sent.co_host or sent.person in _helpers(core, key, call.slug))
        core.succession.set_co_host(call.slug, call.person.id, sent.person, sent.co_host)

    @on("hosting.keep", GoesOn, key, queue="hosting")
    def goes_on(call: Call, sent: GoesOn) -> None:
        core.succession.set_goes_on(call.slug, call.person.id, sent.goes_on)


def tell_queue(core: Core, key: str, slug: str) -> None:
    """Tells those who run the Space, and nobody else, who waits and who could help them."""
    running = [one for one in core.spaces.stage(slug) if one.runs or one.role == HOST]
    connections = [core.presence.in_space(slug, one.id) for one in running]
    told = [one for one in connections if one is not None and key in one.gates]
    if told:
        panel = _panel(core, key, slug)
        for connection in told:
            core.tell.emit("hosting.queue", panel, connection.sid)


def tell_place(core: Core, key: str, slug: str, person_id: str) -> None:
    """Tells somebody who has this feature whether they run the Space."""
    connection = core.presence.in_space(slug, person_id)
    if connection is not None and key in connection.gates:
        core.tell.emit("hosting.place", _place(core, slug, person_id), connection.sid)


def _place(core: Core, slug: str, person_id: str) -> Reply:
    standing = core.spaces.standing(slug, person_id)
    return {"runs": bool(standing and standing.runs), "leads": bool(standing and standing.leads)}


def _panel(core: Core, key: str, slug: str) -> Reply:
    people = [waiting.model_dump(mode="json") for waiting in core.stage.queue(slug)]
    return {"people": people, "helpers": _helpers(core, key, slug)}


def _helpers(core: Core, key: str, slug: str) -> list[str]:
    """Ids of the speakers for whom this feature is open: who else could run a Space?"""
    connections = [core.presence.in_space(slug, one.id) for one in core.spaces.stage(slug)]
    return [
        one.person.id
        for one in connections
        if one is not None and key in one.gates and not _is_host(core, slug, one.person.id)
    ]


def _is_host(core: Core, slug: str, person_id: str) -> bool:
    space = core.spaces.live(slug)
    return space is not None and space.host_id == person_id


def _require(condition: bool) -> None:
    if not condition:
        raise AppError("not_allowed")
