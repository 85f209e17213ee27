"""The page of a Space."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from webapp.accounts import current_person
from webapp.boot import boot
from webapp.core import Core


def blueprint(core: Core, key: str) -> Blueprint:
    """Pages of listening; `gates` is what the web app's gating looks at."""
    pages = Blueprint("listening", __name__, template_folder="templates")
    core.app.extensions["soundcheck_gates"]["listening"] = (key,)

    @pages.get("/spaces/<slug>")
    def space(slug: str) -> str:
        told = core.spaces.told(slug)
        ended = told is None and core.spaces.title_of_ended(slug)
        if told is None and not ended:
            abort(404)
        person = current_person()
        return render_template(
            "space.html", space=told, ended=ended, boot=boot(person, "space", slug)
        )

    return pages
