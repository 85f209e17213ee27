"""Hosting: open a Space and run it.

Cut: no new Spaces, and the live ones end after a countdown that everybody in them sees; until then
their host can say goodbye. A co-host is a speaker again. Drain: live ones finish.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from webapp.accounts.models import Person
from webapp.app.services import Core
from webapp.features._shared.microphone import sound_check_routes
from webapp.features.hosting import listener_quality, sockets
from webapp.gating.model import Folder
from webapp.spaces import events as happened

KEY = "web-hosting"


def init(core: Core) -> Folder:
    """Wires the feature and describes it."""
    sockets.register(core, KEY)
    sockets.register_leading(core, KEY)
    listener_quality.register(core, KEY)
    core.events.subscribe(
        happened.QueueChanged, lambda event: sockets.tell_queue(core, KEY, event.slug)
    )
    countdown = timedelta(seconds=core.settings.ending_seconds)

    core.events.subscribe(
        happened.StandingChanged,
        lambda event: sockets.tell_place(core, KEY, event.slug, event.person_id),
    )
    core.events.subscribe(
        happened.StageChanged, lambda event: sockets.tell_queue(core, KEY, event.slug)
    )

    def involved() -> Iterable[tuple[Person, str]]:
        hosts = [(host, space.slug) for space, host in core.spaces.hosted()]
        return [*sound_check_routes.involved(core), *hosts, *core.succession.co_hosts()]

    def close(person_id: str, slug: str) -> None:
        if sound_check_routes.close(core, person_id, slug):
            return
        space = core.spaces.live(slug)
        if space is not None and space.host_id == person_id:
            core.spaces.begin_countdown(slug, countdown)
        else:
            core.succession.step_back(slug, person_id)

    def reopen(person_id: str, slug: str) -> None:
        space = core.spaces.live(slug)
        if space is not None and space.host_id == person_id:
            core.spaces.call_off_countdown(slug)

    def leaving(person_id: str, slug: str) -> bool:
        # Whom a cut of listening has put out of the Space has nothing to say goodbye with.
        space = core.spaces.live(slug)
        ending = space is not None and space.ends_at is not None and space.host_id == person_id
        return ending and core.spaces.standing(slug, person_id) is not None

    return Folder(
        key=KEY,
        name="hosting",
        module="hosting.js",
        styles=("hosting.css",),
        shares=("_shared/microphone",),
        inside=lambda person_id, slug: core.succession.was_chosen(slug, person_id),
        leaving=leaving,
        involved=involved,
        close=close,
        reopen=reopen,
    )
