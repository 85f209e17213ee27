"""HTTP behind gates: pages and files of a feature that is closed for somebody do not exist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, request, send_from_directory
from werkzeug.exceptions import NotFound

from webapp.accounts.authentication import current_person
from webapp.gating.model import Folder
from webapp.gating.service import Gating
from webapp.infra.i18n import strings_for

FEATURES = Path(__file__).parents[1] / "features"

MOST_GATES = 2
"""Of one page: so many answers are worked out for every address that is closed or does not exist,
so that the time it takes does not tell which."""


class GatedPages(Blueprint):
    """A blueprint whose pages exist for those who have any of the features `gates`."""

    def __init__(self, *args: Any, gates: tuple[str, ...], **options: Any) -> None:
        super().__init__(*args, **options)
        if len(gates) > MOST_GATES:
            raise ValueError(f"more than {MOST_GATES} gates: {gates}")
        self.gates = gates


def init_app(app: Flask, gating: Gating) -> None:
    """Closes pages and serves files; to be called after what loads the person."""

    @app.before_request
    def refuse_closed() -> None:
        pages = app.blueprints.get(request.blueprint or "")
        if isinstance(pages, GatedPages):
            if not _any_open(gating, pages.gates):
                _take_time(gating, MOST_GATES - len(pages.gates))
                raise NotFound
        elif isinstance(request.routing_exception, NotFound):
            _take_time(gating, MOST_GATES)

    @app.get("/assets/<path:file>")
    def assets(file: str) -> Response:
        # A folder's name may have a slash in it (`_shared/microphone`); none begins another's.
        person = current_person()
        names = () if person is None else gating.folder_names(person)
        folder = next((name for name in names if file.startswith(f"{name}/")), None)
        if folder is None:
            abort(404)
        inside = file.removeprefix(f"{folder}/")
        response = send_from_directory(FEATURES / folder / "static", inside, max_age=0)
        # A shared cache must not keep for others what this person may load.
        response.headers["Cache-Control"] = "private, no-cache"
        return response


def payload(folder: Folder, variant: str | None, language: str) -> dict[str, Any]:
    """What a browser needs to load a feature: addresses and texts, and nothing about rules."""
    strings: dict[str, str] = {}
    for name in (*folder.shares, folder.name):
        strings |= strings_for(f"features/{name}", language)
    return {
        "key": folder.key,
        "variant": variant,
        "module": f"/assets/{folder.name}/{folder.module}",
        "styles": [f"/assets/{folder.name}/{style}" for style in folder.styles],
        "strings": strings,
    }


def _take_time(gating: Gating, answers: int) -> None:
    """Works out so many answers for nothing."""
    person = current_person()
    if person is not None:
        for key in list(gating.folders)[:answers]:
            gating.gate.weigh(key, gating.asking(person).context)


def _any_open(gating: Gating, keys: tuple[str, ...]) -> bool:
    person = current_person()
    slug = (request.view_args or {}).get("slug")
    return person is not None and any(gating.admits(person, key, slug) for key in keys)
