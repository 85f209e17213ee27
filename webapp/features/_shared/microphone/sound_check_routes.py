"""The sound check: a page on which people hear themselves as others will, before going on stage."""

from __future__ import annotations

from collections.abc import Iterable

from flask import render_template

from webapp.accounts.authentication import signed_in_person
from webapp.accounts.models import Person
from webapp.app.services import Core
from webapp.audio.webrtc.sound_check import MIX
from webapp.audio.webrtc.turn_credentials import ice_servers
from webapp.gating.event_dispatcher import Call, Nothing, Reply, Sent
from webapp.gating.http import GatedPages
from webapp.infra.i18n import current_language, strings_for
from webapp.spaces.sdp_schemas import CandidateSent, Sdp


class Description(Sent):
    sdp: Sdp


def register(core: Core, *keys: str) -> None:
    """Registers page and events behind any of the gates `keys`."""
    core.app.register_blueprint(_pages(core, keys))
    checks = core.checks
    on = core.sockets.on

    @on("check.begin", Description, *keys)
    def begin(call: Call, sent: Description) -> Reply:
        made = checks.begin(call.connection, sent.sdp)
        return {
            "talk": {"seat": made.talk, "sdp": made.answer},
            "hear": {"seat": made.listen, "sdp": made.offer},
        }

    @on("check.answer", Description, *keys)
    def answer(call: Call, sent: Description) -> None:
        checks.answer(call.person.id, sent.sdp)

    @on("check.candidate", CandidateSent, *keys)
    def candidate(call: Call, sent: CandidateSent) -> None:
        checks.candidate(call.person.id, sent.seat, sent.content)

    @on("check.end", Nothing, *keys, after_disconnect=True)
    def end(call: Call, _sent: Nothing) -> None:
        checks.end(call.person.id)


def involved(core: Core) -> Iterable[tuple[Person, str]]:
    """Everybody who is trying out their sound, with the name of their mix in a slug's place."""
    return [(one.person, MIX + one.person.id) for one in core.checks.under_way()]


def close(core: Core, person_id: str, where: str) -> bool:
    """Ends the sound check of somebody to whom none of the features that have it is open any more.
    False: `where` is no sound check. A check is nothing to finish: also where they drain."""
    if not where.startswith(MIX):
        return False
    keys = core.sockets.actions["check.begin"].gates
    people = [person for person, mix in involved(core) if mix == where]
    if not any(core.gating.is_open(person, key) for person in people for key in keys):
        core.checks.end(person_id)
    return True


def _pages(core: Core, keys: tuple[str, ...]) -> GatedPages:
    pages = GatedPages("check", __name__, template_folder="templates", gates=keys)

    @pages.get("/check")
    def page() -> str:
        language = current_language()
        start = {
            "language": language,
            "strings": strings_for("", language)
            | strings_for("features/_shared/microphone", language),
            "ice": ice_servers(core.settings, core.clock(), signed_in_person().id),
        }
        return render_template("check.html", start=start)

    return pages
