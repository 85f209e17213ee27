"""The shell that everybody gets: the lobby, its start data, browser libraries, and health."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, send_file
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from webapp.accounts.authentication import (
    current_person,
    from_this_machine,
    open_to_strangers,
    signed_in_person,
)
from webapp.accounts.models import Person
from webapp.app.services import Core
from webapp.infra.i18n import current_language, strings_for
from webapp.previews.service import may_preview

VENDOR = Path(__file__).with_name("vendor.json")
NODE_MODULES = Path(__file__).parents[2] / "node_modules"

SECONDS_FOR_JANUS = 8.0
"""Its plugins have two seconds each, one after the other with the connection."""

RECORDER = "/qa/static/preview-bridge.js"
"""For QA in a preview: loaded with their own login, like everything of the workbench."""

STRANGERS_LIBRARIES = ("figtree.woff2",)

FOLDERS_OF_LIBRARIES = {"hls.js": "listening"}
"""Libraries that exist for those who may load that feature's files, and for QA."""

QA_LIBRARIES = ("modern-screenshot.js",)

YEAR_SECONDS = int(timedelta(days=365).total_seconds())


def boot(person: Person, page: str, slug: str | None = None) -> dict[str, Any]:
    """What a page's scripts start from. The same for everybody but for who they are."""
    language = current_language()
    return {
        "me": {"id": person.id, "name": person.display_name},
        "page": page,
        "slug": slug,
        "language": language,
        "strings": strings_for("", language),
        **({"recorder": RECORDER} if person.preview else {}),
    }


def blueprint(core: Core) -> Blueprint:
    """Pages that stand behind no gate."""
    shell = Blueprint("shell", __name__)
    vendor: dict[str, str] = json.loads(VENDOR.read_text("utf-8"))

    @shell.get("/")
    def lobby() -> str:
        return render_template("lobby.html", boot=boot(signed_in_person(), "lobby"))

    @shell.get("/static/vendor/<name>")
    @open_to_strangers
    def library(name: str) -> Response:
        """A browser library, from its package: only what vendor.json names."""
        if name not in vendor or not (NODE_MODULES / vendor[name]).is_file():
            abort(404)
        if name not in STRANGERS_LIBRARIES and not _may_load(core, name):
            abort(404)
        response = send_file(NODE_MODULES / vendor[name], max_age=3600)
        response.headers["Cache-Control"] = "private, max-age=3600"
        return response

    @shell.get("/healthz")
    @open_to_strangers
    def alive() -> Response:
        return jsonify(status="alive")

    @shell.get("/readyz")
    @open_to_strangers
    def ready() -> tuple[Response, int]:
        database, janus, definitions = _database_answers(core), _janus(core), _definitions(core)
        good = database and janus and definitions["healthy"]
        # Strangers are not to learn that something changes, or what is out of order.
        told = {"database": database, "janus": janus, "definitions": definitions}
        details = told if from_this_machine() else {}
        return jsonify(status="ready" if good else "not ready", **details), 200 if good else 503

    return shell


def _may_load(core: Core, name: str) -> bool:
    person = current_person()
    if person is None:
        return False
    if may_preview(person):
        return True
    folder = FOLDERS_OF_LIBRARIES.get(name)
    if folder is not None:
        return folder in core.gating.folder_names(person)
    return name not in QA_LIBRARIES


def _database_answers(core: Core) -> bool:
    try:
        with core.db.reading() as db_session:
            db_session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _janus(core: Core) -> bool:
    try:
        return core.runtime.run(core.engine.ready(), SECONDS_FOR_JANUS)
    except TimeoutError:
        return False


def _definitions(core: Core) -> dict[str, Any]:
    gate = core.gating.gate
    upstream = {} if core.upstream is None else {"unleash": core.upstream.told(core.clock())}
    return {
        # Without any definitions everything is closed: nobody should be sent here.
        "healthy": gate.healthy and gate.revision > 0,
        "revision": gate.revision,
        "unreadable": sorted(gate.unreadable),
        "age_seconds": round(gate.age(core.clock()).total_seconds()) if gate.revision else None,
        **upstream,
    }
