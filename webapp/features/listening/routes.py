"""The page of a Space."""

from __future__ import annotations

from flask import abort, render_template, url_for

from webapp.accounts.authentication import signed_in_person
from webapp.app.services import Core
from webapp.gating.http import GatedPages
from webapp.pages.routes import boot

ROOM = "space-state.js"
"""What the features of a Space's page share. Not a part of the shell: whoever cannot listen has
never heard of it."""


def blueprint(core: Core, key: str) -> GatedPages:
    """Pages of listening."""
    pages = GatedPages("listening", __name__, template_folder="templates", gates=(key,))

    @pages.get("/spaces/<slug>")
    def space(slug: str) -> str:
        told = core.spaces.told(slug)
        ended = told is None and core.spaces.title_of_ended(slug)
        if told is None and not ended:
            abort(404)
        person = signed_in_person()
        core.sound.places.see(slug, person.id)
        start = {
            **boot(person, "space", slug),
            "room": url_for("assets", file=f"listening/{ROOM}"),
        }
        return render_template("space.html", space=told, ended=ended, boot=start)

    return pages
